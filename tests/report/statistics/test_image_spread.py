"""What other test images would change, where it is known which each run got right."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from spectrum.report.statistics.findings import findings
from spectrum.report.verdict.sentences import sentences
from spectrum.results.results import Results

Make = Callable[..., Results]
IMAGES = 2000


def with_images(study: Make, hard: dict[str, float], seeds: int = 6, shared: float = 0.0) -> Results:
    """Scores that follow from images: each point gets a share of them wrong, `shared` of it the same for all points."""
    rng = np.random.default_rng(0)
    results = study(truth=dict.fromkeys(hard, 0.5), seeds=seeds, trials=8)
    runs, correct = results.runs.copy(), {}
    all_hard = rng.random(IMAGES) < shared
    own = {point: all_hard | (rng.random(IMAGES) < share) for point, share in hard.items()}
    for row in runs[runs["phase"] == "confirm"].itertuples():
        right = ~own[str(row.segments)] ^ (rng.random(IMAGES) < 0.002)
        correct[str(row.key)] = right
        runs.loc[row.Index, "test_top1"] = right.mean()
    return Results("images", runs, results.epochs, results.study, correct=correct)


def test_intervals_widen_by_the_spread_over_images(study: Make) -> None:
    (group,) = findings(with_images(study, {"1": 0.10, "4": 0.085})).groups
    spread, numbers = group.images, group.comparison.numbers
    assert spread is not None
    assert numbers is not None
    error = np.sqrt((0.10 * 0.90 + 0.085 * 0.915) / IMAGES)
    expected = np.hypot(numbers.half[0, 1], numbers.known_limit * error) / numbers.half[0, 1]
    assert spread.images == IMAGES
    assert spread.most == pytest.approx(expected, rel=0.15)
    assert (spread.hold, spread.fall) == ((), ("1",))


def test_points_that_err_on_the_same_images_lose_little(study: Make) -> None:
    (group,) = findings(with_images(study, {"1": 0.03, "4": 0.0}, shared=0.1)).groups
    assert group.images is not None
    assert group.images.hold == ("1",)


def test_without_a_record_of_images_nothing_is_known(study: Make) -> None:
    (group,) = findings(study(seeds=3)).groups
    assert group.images is None


def test_it_is_said(study: Make) -> None:
    found = findings(with_images(study, {"1": 0.10, "4": 0.085}))
    text = " ".join(sentences(found, found.groups[0]))
    assert (
        "If the 2,000 test images were drawn anew as well, intervals of differences from 4 segments would be up to "
        in text
    )
    assert text.endswith(" times as wide; 1 would no longer be shown to differ.")


def test_a_factor_that_rounds_to_one_is_said_in_words(study: Make) -> None:
    """Two points that get the very same images wrong differ by nothing that other images would change."""
    found = findings(with_images(study, {"1": 0.0, "4": 0.0}))
    (group,) = found.groups
    assert group.images is not None
    narrow = replace(group, images=replace(group.images, least=1.001, most=1.004, fall=()))
    (said,) = [each for each in sentences(found, narrow) if "test images" in each]
    assert re.fullmatch(
        r"If the 2,000 test images were drawn anew as well, intervals of differences from . segments? would hardly be "
        r"wider \(by less than 1%\)\.",
        said,
    )
    assert "times as wide" not in said
    wide = replace(group, images=replace(group.images, least=1.001, most=1.006, fall=()))
    assert any("would be up to 1.01 times as wide" in each for each in sentences(found, wide))
