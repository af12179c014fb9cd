"""The README's first figure: test accuracy against the number of segments."""

from pathlib import Path

import spectrum as sp

HERE = Path(__file__).parent

results = sp.load(HERE / "results" / "fashion-mnist")
axes = sp.plot.accuracy_vs_segments(results)
sp.plot.save(axes.figure, HERE / "figures" / "accuracy_vs_segments.png")
