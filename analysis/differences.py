"""How far every point is behind the leading one, with simultaneous intervals."""

from pathlib import Path

import spectrum as sp

HERE = Path(__file__).parent

results = sp.load(HERE / "results" / "fashion-mnist")
sp.plot.save(sp.plot.figure("differences", results), HERE / "figures" / "differences.png")
