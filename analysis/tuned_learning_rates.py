"""Where the tuned learning rate of every point fell in its range, with all trials."""

from pathlib import Path

import spectrum as sp

HERE = Path(__file__).parent

results = sp.load(HERE / "results" / "fashion-mnist")
sp.plot.save(sp.plot.figure("tuned_learning_rates", results), HERE / "figures" / "tuned_learning_rates.png")
