"""By how much every point misses its budget."""

from pathlib import Path

import spectrum as sp

HERE = Path(__file__).parent

results = sp.load(HERE / "results" / "fashion-mnist")
axes = sp.plot.budget_match(results)
sp.plot.save(axes.figure, HERE / "figures" / "budget_match.png")
