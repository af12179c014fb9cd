"""What crossed factors do, in sentences."""

from collections.abc import Iterator

from spectrum.report.formatting import listed, point_name, points
from spectrum.report.statistics.factor_effects import Effect, FactorEffects
from spectrum.report.statistics.findings import Findings
from spectrum.results.columns import RUNS


def factor_sections(found: Findings) -> Iterator[tuple[str, list[str]]]:
    """For each pair of values of a crossed factor, a heading and its sentences."""
    for effects in found.factors:
        yield f"{RUNS[effects.factor].label}: {effects.words}", list(_sentences(effects))


def _sentences(effects: FactorEffects) -> Iterator[str]:
    yield f"On average over {listed(effects.at)}, {_of(effects, effects.mean)}."
    shown = {point: effect for point, effect in effects.at.items() if effect.shown}
    if shown:
        rest = [point for point in effects.at if point not in shown]
        also = f"; no effect is shown at {listed(rest)}" if rest else ""
        subject = _subject(effects)
        yield f"{subject[:1].upper()}{subject[1:]} {listed(_at(shown))}{also}."
    else:
        yield "At no single number of segments is an effect shown."
    if not effects.interaction:
        return
    if effects.varies:
        above = [point for point, effect in effects.interaction.items() if effect.low > 0]
        below = [point for point, effect in effects.interaction.items() if effect.high < 0]
        parts = [f"it is above its average at {listed(above)}"] if above else []
        parts += [f"it is below its average at {listed(below)}"] if below else []
        yield f"The effect depends on the segments: {listed(parts)}."
    else:
        yield "It is not shown that the effect depends on the segments."


def _at(shown: dict[str, Effect]) -> Iterator[str]:
    """Such as 'costs 0.40 points at 4 segments (0.33 to 0.46)', then '0.78 at 8 (0.71 to 0.86)'."""
    said = ""
    for point, effect in shown.items():
        word = _gain(effect)
        size, interval = _amount(effect).split(" ", 1)
        yield (
            f"{size} at {point} {interval}"
            if word == said
            else f"{word} {size} points at {point_name(point)} {interval}"
        )
        said = word


def _of(effects: FactorEffects, effect: Effect) -> str:
    if effect.shown:
        return f"{_subject(effects)} {_gain(effect)} {_amount(effect)} points"
    return (
        f"no effect of {_subject(effects)} is shown: {points(effect.difference)} points "
        f"({points(effect.low)} to {points(effect.high)})"
    )


def _subject(effects: FactorEffects) -> str:
    """What gains or costs something: 'with residuals' is 'adding residuals'."""
    label = effects.value
    return f"adding {label.removeprefix('with ')}" if label.startswith("with ") else label


def _gain(effect: Effect) -> str:
    return "gains" if effect.difference > 0 else "costs"


def _amount(effect: Effect) -> str:
    low, high = sorted((abs(effect.low), abs(effect.high)))
    return f"{points(abs(effect.difference))} ({points(low)} to {points(high)})"
