"""Every tuning trial, the response surface fitted to them, and the learning rate that was chosen at each point."""

from pathlib import Path

import spectrum as sp

HERE = Path(__file__).parent

results = sp.load(HERE / "results" / "fashion-mnist")
sp.plot.save(sp.plot.figure("response_curves", results), HERE / "figures" / "response_curves.png")
