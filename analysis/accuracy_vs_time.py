"""Test accuracy against the time of a training step: what a point costs beyond its budget."""

from pathlib import Path

import spectrum as sp

HERE = Path(__file__).parent

results = sp.load(HERE / "results" / "fashion-mnist")
sp.plot.save(sp.plot.figure("accuracy_vs_time", results), HERE / "figures" / "accuracy_vs_time.png")
