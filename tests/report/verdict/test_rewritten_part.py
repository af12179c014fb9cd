"""How much of a user's own model a study moves: in these words, and small below half of what could be moved."""

from collections.abc import Callable

import pytest

from spectrum.report.statistics.findings import findings
from spectrum.report.verdict.rewritten_part import RewrittenPart, rewritten_part
from spectrum.results.results import Results

Make = Callable[..., Results]
PART = {"rewritten": 2, "convolutions": 5, "rewritten_macs": 0.3, "convolution_macs": 0.7}


def part_of(results: Results) -> RewrittenPart | None:
    return rewritten_part(findings(results).groups[0])


def test_specs_and_old_tables_have_none(study: Make) -> None:
    results = study(truth={"plain": 0.9, "4": 0.9}, seeds=3)
    assert part_of(results) is None
    assert part_of(Results("old", results.runs.drop(columns=list(PART)))) is None


def test_it_is_that_of_the_points_that_are_rewritten(study: Make) -> None:
    runs = study(truth={"plain": 0.9, "4": 0.9}, seeds=3).runs.assign(**PART)
    runs.loc[runs["segments"] == "plain", ["rewritten", "rewritten_macs"]] = 0
    assert part_of(Results("own", runs)) == RewrittenPart(**PART)  # type: ignore[arg-type]
    assert part_of(Results("plain alone", runs[runs["segments"] == "plain"])) is None


@pytest.mark.parametrize(
    ("rewritten", "convolutions", "words"),
    [
        (1, 5, "1 of the network's 5 k x k convolutions"),
        (5, 5, "the network's 5 k x k convolutions"),
        (1, 1, "the network's only k x k convolution"),
    ],
)
def test_in_words(rewritten: int, convolutions: int, words: str) -> None:
    assert RewrittenPart(rewritten, convolutions, 0.1, 0.9).words == words


def test_half_of_the_macs_that_could_be_moved_is_not_small() -> None:
    """Those of 1 x 1 and linear layers are not on the spectrum at all."""
    assert RewrittenPart(1, 5, 0.19, 0.4).small
    assert not RewrittenPart(1, 5, 0.2, 0.4).small
