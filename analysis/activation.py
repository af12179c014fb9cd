"""What an activation between the convolutions gains, by the width of the segments (paper, figure 10, section 4.7)."""

from pathlib import Path

import spectrum as sp

HERE = Path(__file__).parent

results = sp.load(HERE / "results" / "activation")
sp.plot.save(sp.plot.figure("effects_by_width", results), HERE / "figures" / "activation.png")
