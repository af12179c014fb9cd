"""The race: the differences from the leading point as seeds came in, and where points dropped out."""

from pathlib import Path

import spectrum as sp

HERE = Path(__file__).parent

results = sp.load(HERE / "results" / "fashion-mnist")
sp.plot.save(sp.plot.figure("race_course", results), HERE / "figures" / "race_course.png")
