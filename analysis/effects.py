"""What the factors of the paper's experiments do along the spectrum: sentences, and points with their intervals."""

import textwrap
from pathlib import Path

import spectrum as sp
from spectrum.report.formatting import signed_bounds, signed_points
from spectrum.report.statistics.factor_effects import Effect, FactorEffects
from spectrum.report.verdict.factor_sentences import factor_sections

RESULTS = Path(__file__).parent / "results"


def points(effect: Effect) -> str:
    """Such as '-0.20 (-0.81 to +0.41)'."""
    return f"{signed_points(effect.difference)} ({signed_bounds(effect.low, effect.high)})"


def table(effects: FactorEffects) -> str:
    """The effect at each segments value, and by how much it departs from the mean effect."""
    head = f"{'segments':<10}  {'effect (points)':<24}  departure from the mean"
    rows = [
        f"{point:<10}  {points(effect):<24}  {points(effects.interaction[point])}"
        for point, effect in effects.at.items()
    ]
    return "\n".join([head, *rows])


for study in ("activation", "residual", "fully-connected"):
    print(f"{study}:")
    found = sp.verdict(sp.load(RESULTS / study)).findings
    for effects, (heading, sentences) in zip(found.factors, factor_sections(found), strict=True):
        print(textwrap.fill(heading, 80, initial_indent="  ", subsequent_indent="  "))
        print(textwrap.fill(" ".join(sentences), 80, initial_indent="    ", subsequent_indent="    "))
        print(textwrap.indent(table(effects), "    "))
