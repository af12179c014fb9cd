"""Tuning as numbers: which settings every point tries, and what a few noisy trials say of the best one."""
