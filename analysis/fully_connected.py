"""What fully connected layers before the classifier gain along the spectrum (paper, figures 7 and 8)."""

from pathlib import Path

import spectrum as sp

HERE = Path(__file__).parent

results = sp.load(HERE / "results" / "fully-connected")
sp.plot.save(sp.plot.figure("effect_curves", results), HERE / "figures" / "fully_connected.png")
