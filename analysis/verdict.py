"""A verdict and the table of its points, as text: of the README's study, or of the one in results/ that is named."""

import sys
from pathlib import Path

import spectrum as sp
from spectrum.terminal import show_points

HERE = Path(__file__).parent

study = sys.argv[1] if len(sys.argv) > 1 else "fashion-mnist"
verdict = sp.verdict(sp.load(HERE / "results" / study))
print(f"{verdict}\n")
show_points(verdict.findings)
