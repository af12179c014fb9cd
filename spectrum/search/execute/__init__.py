"""Running a plan: what comes next, who trains it, and what becomes of it."""
