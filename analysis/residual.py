"""What residual connections gain along the spectrum (paper, figure 9)."""

from pathlib import Path

import spectrum as sp

HERE = Path(__file__).parent

results = sp.load(HERE / "results" / "residual")
sp.plot.save(sp.plot.figure("effect_curves", results), HERE / "figures" / "residual.png")
