"""Test accuracy against the time of a training step: what a point costs beyond its budget."""

from pathlib import Path

import spectrum as sp

HERE = Path(__file__).parent

results = sp.load(HERE / "results" / "fashion-mnist")
axes = sp.plot.accuracy_vs_time(results)
sp.plot.save(axes.figure, HERE / "figures" / "accuracy_vs_time.png")
