"""What crossed factors do, in sentences."""

from collections.abc import Iterator

from spectrum.report.formatting import USED, listed, point_name, signed_bounds, signed_points
from spectrum.report.statistics.comparisons import tells_nothing
from spectrum.report.statistics.factor_effects import Effect, FactorEffects
from spectrum.report.statistics.findings import Findings
from spectrum.report.verdict.tuning_condition import under
from spectrum.results.columns import RUNS


def factor_sections(found: Findings) -> Iterator[tuple[str, list[str]]]:
    """For each pair of values of a crossed factor, a heading and its sentences."""
    for effects in found.factors:
        yield f"{RUNS[effects.factor].label}: {effects.words}", list(_sentences(effects, found.metric.label))


def _sentences(effects: FactorEffects, metric: str) -> Iterator[str]:
    used = "" if effects.tuning_known else USED
    yield under(used, f"On average over {listed(effects.at)}, {_of(effects, metric)}.")
    shown = {point: effect for point, effect in effects.at.items() if effect.shown}
    if shown:
        rest = [point for point in effects.at if point not in shown]
        also = f"; no effect is shown at {listed(rest)}" if rest else ""
        yield under(used, f"{_subject(effects)} {'; '.join(_at(shown, metric))}{also}.")
    else:
        yield "At no single number of segments is an effect shown."
    if not effects.interaction:
        return
    if effects.varies:
        above = [point for point, effect in effects.interaction.items() if effect.low > 0]
        below = [point for point, effect in effects.interaction.items() if effect.high < 0]
        parts = [f"it is above its average at {listed(above)}"] if above else []
        parts += [f"it is below its average at {listed(below)}"] if below else []
        yield under(used, f"The effect depends on the segments: {listed(parts)}.")
    else:
        yield "It is not shown that the effect depends on the segments."


def _at(shown: dict[str, Effect], metric: str) -> Iterator[str]:
    """Such as 'costs accuracy at 4 segments: -0.40 points (-0.46 to -0.33)', then 'at 8: -0.78 (-0.86 to -0.71)'."""
    said = ""
    for point, effect in shown.items():
        word = _gain(effect)
        if word == said:
            yield f"at {point}: {_interval(effect)}"
        else:
            yield f"{word} {metric} at {point_name(point)}: {_interval(effect, ' points')}"
        said = word


def _of(effects: FactorEffects, metric: str) -> str:
    """The mean effect: what it costs or gains, or that none is shown."""
    mean = effects.mean
    if mean.shown:
        return f"{_subject(effects)} {_gain(mean)} {metric}: {_interval(mean, ' points')}"
    if tells_nothing(mean.low, mean.high):
        return f"so few seeds cannot say anything about the effect of {_subject(effects)}"
    return f"no effect of {_subject(effects)} is shown: {_interval(mean, ' points')}"


def _subject(effects: FactorEffects) -> str:
    """What gains or costs something: 'with residuals' is 'adding residuals'."""
    label = effects.value
    return f"adding {label.removeprefix('with ')}" if label.startswith("with ") else label


def _gain(effect: Effect) -> str:
    return "gains" if effect.difference > 0 else "costs"


def _interval(effect: Effect, unit: str = "") -> str:
    """Such as '-0.40 points (-0.46 to -0.33)'."""
    return f"{signed_points(effect.difference)}{unit} ({signed_bounds(effect.low, effect.high)})"
