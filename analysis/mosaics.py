"""MAP@5 on pictures of several digits, along the spectrum."""

from pathlib import Path

import spectrum as sp

HERE = Path(__file__).parent

results = sp.load(HERE / "results" / "mosaics")
sp.plot.save(sp.plot.figure("accuracy_vs_segments", results), HERE / "figures" / "mosaics.png")
