"""What crossed factors do, in sentences."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from spectrum.report.statistics.findings import findings
from spectrum.report.verdict.factor_sentences import factor_sections
from spectrum.results.results import Results

Make = Callable[..., Results]


def said(
    given: Make,
    effect: dict[str, float],
    values: tuple[object, ...] = ("none", "relu"),
    factor: str = "intermediate",
    trials: tuple[int, int] = (4, 4),
    sd: float = 0.0004,
) -> list[tuple[str, list[str]]]:
    rng = np.random.default_rng(2)
    base = {"1": 0.9, "4": 0.92, "8": 0.93}
    parts = [
        given(
            {point: base[point] + shift + rng.normal(0, sd, 8 if sd < 1 else 2) for point, shift in shifts.items()},
            **{factor: value},
            trials=number,
        )
        for value, shifts, number in zip(values, (dict.fromkeys(base, 0.0), effect), trials, strict=True)
    ]
    return list(factor_sections(findings(Results("crossed", pd.concat([part.runs for part in parts])))))


def test_an_effect_that_depends_on_the_segments(given: Make) -> None:
    ((heading, sentences),) = said(given, {"1": 0.0, "4": -0.004, "8": -0.02})
    assert heading == "between the convolutions: relu in between against nothing in between"
    average, single, varies = sentences
    assert average.startswith("On average over 1, 4 and 8, relu in between costs accuracy: -0.8")
    assert re.fullmatch(
        r"Relu in between costs accuracy at 4 segments: -0\.\d\d points \(-0\.\d\d to -0\.\d\d\); "
        r"at 8: -\d\.\d\d \(-\d\.\d\d to -\d\.\d\d\); no effect is shown at 1\.",
        single,
    )
    assert varies == (
        "The effect depends on the segments: it is above its average at 1 and 4 and it is below its average at 8."
    )


def test_no_effect_at_all(given: Make) -> None:
    ((_, sentences),) = said(given, dict.fromkeys(["1", "4", "8"], 0.0))
    assert re.fullmatch(
        r"On average over 1, 4 and 8, no effect of relu in between is shown: [+-]0\.\d\d points "
        r"\(-0\.\d\d to \+0\.\d\d\)\.",
        sentences[0],
    )
    assert sentences[1:] == [
        "At no single number of segments is an effect shown.",
        "It is not shown that the effect depends on the segments.",
    ]


def test_what_is_added_is_named_as_such(given: Make) -> None:
    ((heading, sentences),) = said(given, {"1": 0.01, "4": 0.01, "8": 0.01}, (False, True), "residual")
    assert heading == "residual connections: with residuals against no residuals"
    assert sentences[0].startswith("On average over 1, 4 and 8, adding residuals gains accuracy: +1.0")
    assert sentences[1].startswith("Adding residuals gains accuracy at 1 segment: +")


def test_gains_and_costs_are_told_apart(given: Make) -> None:
    ((_, sentences),) = said(given, {"1": 0.01, "4": 0.0, "8": -0.01})
    assert re.match(
        r"Relu in between gains accuracy at 1 segment: \+(1\.0|0\.9)\d points \(\+0\.\d\d to ", sentences[1]
    )
    assert re.search(r"; costs accuracy at 8 segments: -(1\.0|0\.9)\d points \(-1\.\d\d to -0\.", sentences[1])


def test_one_common_point_says_nothing_of_dependence(given: Make) -> None:
    ((_, sentences),) = said(given, {"8": -0.02})
    assert len(sentences) == 2


def test_an_effect_at_rates_whose_loss_is_not_known_says_so(given: Make) -> None:
    ((_, sentences),) = said(given, {"1": 0.0, "4": -0.004, "8": -0.02}, trials=(4, 2))
    assert sentences[0].startswith("At the learning rates used, on average over 1, 4 and 8, relu in between costs")
    assert sentences[1].startswith("At the learning rates used, relu in between costs accuracy at ")
    assert sentences[2].startswith("At the learning rates used, the effect depends on the segments: ")


def test_what_is_known_of_one_groups_tuning_still_counts(given: Make) -> None:
    """Where the other's is not, its intervals are wider than if none were known."""
    rng = np.random.default_rng(2)
    table = {point: 0.9 + rng.normal(0, 0.0004, 8) for point in ("1", "4", "8")}

    def width(trials: tuple[int, int]) -> float:
        parts = [
            given(table, trials=number, intermediate=word)
            for word, number in zip(("none", "relu"), trials, strict=True)
        ]
        (effects,) = findings(Results("crossed", pd.concat([part.runs for part in parts]))).factors
        assert effects.tuning_known == (min(trials) > 2)
        return effects.mean.high - effects.mean.low

    assert width((2, 2)) < width((4, 2)) < width((4, 4))


def test_an_interval_of_all_that_is_possible_says_nothing(given: Make) -> None:
    wild = {"1": [0.1, 0.9], "4": [0.9, 0.2]}, {"1": [0.9, 0.1], "4": [0.3, 0.9]}
    parts = [given(table, intermediate=word) for word, table in zip(("none", "relu"), wild, strict=True)]
    ((_, sentences),) = factor_sections(findings(Results("wild", pd.concat([part.runs for part in parts]))))
    assert sentences[0] == (
        "On average over 1 and 4, so few seeds cannot say anything about the effect of relu in between."
    )
