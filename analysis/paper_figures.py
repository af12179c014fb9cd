"""The figures 1 to 5 of the paper, drawn by this library: Inception modules, canonical to extreme, and Xception."""

from pathlib import Path

import spectrum as sp

FIGURES = Path(__file__).parent / "figures"
MODULES = (sp.inception.canonical, sp.inception.simplified, sp.inception.reformulated, sp.inception.extreme)

for number, module in enumerate(MODULES, start=1):
    sp.draw(module(), image=(192, 35, 35)).save(FIGURES / f"paper_figure{number}.svg")
sp.draw(sp.networks.xception()).save(FIGURES / "paper_figure5.svg")
