"""What the choice of test images adds to differences from the leading point, where it is known who got which right."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectrum.comparison.images import image_errors
from spectrum.report.statistics.comparisons import GroupComparison
from spectrum.report.statistics.groups import Group


@dataclass(frozen=True)
class ImageSpread:
    """Intervals of differences from the leading point for other images like these, not only for other seeds.

    Attributes:
        images: how many test images there are.
        least, most: by what factor the intervals widen.
        hold: the points whose difference is still shown.
        fall: the points whose difference is shown on these images, and is not for others like these.
    """

    images: int
    least: float
    most: float
    hold: tuple[str, ...]
    fall: tuple[str, ...]


def image_spread(
    group: Group, found: GroupComparison, leader: str | None, correct: Mapping[str, NDArray[np.bool_]]
) -> ImageSpread | None:
    """The spread over images; None where the images of no run of the leading point and another are known."""
    if found.numbers is None or leader is None or not correct:
        return None
    bits, filled = _bits(group, found.points, correct)
    top = found.points.index(leader)
    if not filled[:, top].any():
        return None
    error, numbers = image_errors(bits, filled)[top], found.numbers
    wide = np.hypot(numbers.half[top], numbers.known_limit * error)
    known = np.isfinite(wide) & (numbers.half[top] > 0)
    if not known.any():
        return None
    factor = wide[known] / numbers.half[top][known]
    shown = known & ((numbers.low[top] > 0) | ((numbers.best == top) & (numbers.low[top] >= 0)))
    still = shown & (numbers.difference[top] > wide)
    names = np.array(found.points)
    return ImageSpread(
        images=bits.shape[2],
        least=float(factor.min()),
        most=float(factor.max()),
        hold=tuple(map(str, names[still])),
        fall=tuple(map(str, names[shown & ~still])),
    )


def _bits(
    group: Group, points: tuple[str, ...], correct: Mapping[str, NDArray[np.bool_]]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which images each run got right [seeds, points, images], and whether that is known [seeds, points]."""
    runs = group.confirmed[group.confirmed["status"] == "complete"]
    place = {seed: row for row, seed in enumerate(group.scores.index)}
    held = {
        (place[seed], points.index(segments)): np.asarray(correct[key])
        for key, seed, segments in zip(runs["key"], runs["seed"], runs["segments"], strict=True)
        if segments in points and key in correct
    }
    images = max((len(each) for each in held.values()), default=0)
    bits = np.zeros((len(place), len(points), images), dtype=bool)
    filled = np.zeros(bits.shape[:2], dtype=bool)
    for cell, each in held.items():
        if len(each) == images:
            bits[cell], filled[cell] = each, True
    return bits, filled
