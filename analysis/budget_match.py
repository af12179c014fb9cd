"""By how much every point misses its budget."""

from pathlib import Path

import spectrum as sp

HERE = Path(__file__).parent

results = sp.load(HERE / "results" / "fashion-mnist")
sp.plot.save(sp.plot.figure("budget_match", results), HERE / "figures" / "budget_match.png")
