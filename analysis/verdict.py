"""The README's verdict and table of points, as text."""

from pathlib import Path

import spectrum as sp
from spectrum.terminal import show_points

HERE = Path(__file__).parent

verdict = sp.verdict(sp.load(HERE / "results" / "fashion-mnist"))
print(f"{verdict}\n")
show_points(verdict.findings)
