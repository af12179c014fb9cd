"""What crossed factors do, in sentences."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from spectrum.report.statistics.findings import findings
from spectrum.report.verdict.factor_sentences import factor_sections
from spectrum.results.results import Results

Make = Callable[..., Results]


def said(
    given: Make, effect: dict[str, float], values: tuple[object, ...] = ("none", "relu"), factor: str = "intermediate"
) -> list[tuple[str, list[str]]]:
    rng = np.random.default_rng(2)
    base = {"1": 0.9, "4": 0.92, "8": 0.93}
    parts = [
        given(
            {point: base[point] + shift + rng.normal(0, 0.0004, 8) for point, shift in shifts.items()},
            **{factor: value},
        )
        for value, shifts in zip(values, (dict.fromkeys(base, 0.0), effect), strict=True)
    ]
    return list(factor_sections(findings(Results("crossed", pd.concat([part.runs for part in parts])))))


def test_an_effect_that_depends_on_the_segments(given: Make) -> None:
    ((heading, sentences),) = said(given, {"1": 0.0, "4": -0.004, "8": -0.02})
    assert heading == "between the convolutions: relu in between against nothing in between"
    average, single, varies = sentences
    assert average.startswith("On average over 1, 4 and 8, relu in between costs 0.8")
    assert single.startswith("Relu in between costs 0.")
    assert " points at 4 segments (0." in single
    assert " at 8 (" in single
    assert single.endswith("; no effect is shown at 1.")
    assert varies == (
        "The effect depends on the segments: it is above its average at 1 and 4 and it is below its average at 8."
    )


def test_no_effect_at_all(given: Make) -> None:
    ((_, sentences),) = said(given, dict.fromkeys(["1", "4", "8"], 0.0))
    assert sentences[0].startswith("On average over 1, 4 and 8, no effect of relu in between is shown: ")
    assert sentences[1:] == [
        "At no single number of segments is an effect shown.",
        "It is not shown that the effect depends on the segments.",
    ]


def test_what_is_added_is_named_as_such(given: Make) -> None:
    ((heading, sentences),) = said(given, {"1": 0.01, "4": 0.01, "8": 0.01}, (False, True), "residual")
    assert heading == "residual connections: with residuals against no residuals"
    assert sentences[0].startswith("On average over 1, 4 and 8, adding residuals gains ")
    assert sentences[1].startswith("Adding residuals gains ")


def test_gains_and_costs_are_told_apart(given: Make) -> None:
    ((_, sentences),) = said(given, {"1": 0.01, "4": 0.0, "8": -0.01})
    assert "gains 1.0" in sentences[1] or "gains 0.9" in sentences[1]
    assert "costs" in sentences[1]


def test_one_common_point_says_nothing_of_dependence(given: Make) -> None:
    ((_, sentences),) = said(given, {"8": -0.02})
    assert len(sentences) == 2
