"""The README's first figure: test accuracy against the number of segments."""

from pathlib import Path

import spectrum as sp

HERE = Path(__file__).parent

results = sp.load(HERE / "results" / "fashion-mnist")
sp.plot.save(sp.plot.figure("accuracy_vs_segments", results), HERE / "figures" / "accuracy_vs_segments.png")
