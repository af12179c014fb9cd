"""Validation accuracy by epoch at every point, as the paper's figures 6 to 10 show it."""

from pathlib import Path

import spectrum as sp

HERE = Path(__file__).parent

results = sp.load(HERE / "results" / "fashion-mnist")
sp.plot.save(sp.plot.figure("training_profiles", results), HERE / "figures" / "training_profiles.png")
