"""The race: seeds go where they may still change the answer, and looking several times is paid for.

A race looks at its results after declared numbers of seeds. Every look spends a part of alpha, so that all of them
together err as rarely as one look at the whole. A point gets no more seeds once another is so far ahead of it that it
could be called the best if there were only these two. The race ends when one point is left, or all left are equivalent,
or the seeds are used up. What is said of two points follows from the last look at which both were in the race: none is
judged again by seeds that only its rivals were given.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from spectrum.comparison.declared_looks import checked_looks
from spectrum.comparison.layout import Array, Mask
from spectrum.comparison.simultaneous import Comparison, compare, with_best
from spectrum.comparison.spending import levels
from spectrum.errors import DefinitionError, quoted

Ending = Literal["", "one left", "all equivalent", "out of seeds"]


@dataclass(frozen=True, eq=False)
class Look:
    """What a race looked at, and what followed.

    Attributes:
        seeds: how many each point in the race had.
        racing: the points that were in the race [k].
        comparison: of all points at this look; None where the seeds leave no degree of freedom.
        stay: the points that stay in the race [k].
    """

    seeds: int
    racing: Mask
    comparison: Comparison | None
    stay: Mask


@dataclass(frozen=True, eq=False)
class Race:
    """How far a race has come.

    Attributes:
        looks: those that have been taken.
        racing: the points that go on, or were left at its end [k].
        seeds: how many seeds each of these is to have next; 0 at the end.
        ending: why it ended, '' while it goes on.
        comparison: what all looks together show; None before the first look.
    """

    looks: tuple[Look, ...]
    racing: Mask
    seeds: int
    ending: Ending
    comparison: Comparison | None


def race(
    scores: Array,
    ended: Mask,
    looks: Sequence[int],
    *,
    alpha: float,
    margin: float,
    regrets: Array | None = None,
) -> Race:
    """What a race has decided, from the scores [seeds, k] of its runs so far, nan where there is none.

    `ended` [seeds, k] says which runs are over: one that diverged or failed is, and has no score. A look is taken once
    all its runs are over. With a single look this is a study with fixed seeds. Other arguments as in `compare`.

    Raises:
        DefinitionError: where alpha is not between 0 and 1, there are fewer than two points, or the looks do not rise.
    """
    looks, points = checked_looks(looks), scores.shape[1]
    if not 0 < alpha < 1:
        raise DefinitionError(f"the level of a race lies between 0 and 1, got alpha={quoted(alpha)}; use 0.05")
    if points < 2:
        raise DefinitionError(f"a race needs two points, got {points}; add segments to the study")
    taken: list[Look] = []
    racing = np.ones(points, dtype=bool)
    whole: Comparison | None = None
    for seeds, level in zip(looks, levels(looks, points, alpha), strict=True):
        if len(scores) < seeds or not ended[:seeds, racing].all():
            return Race(tuple(taken), racing, seeds, "", whole)
        seen = np.where(racing, np.inf, _seeds_of_dropped(taken, points))[None, :] > np.arange(seeds)[:, None]
        found = compare(np.where(seen, scores[:seeds], np.nan), alpha=level.alpha, naming=level.naming, regrets=regrets)
        look = Look(seeds, racing, found, _stay(found, racing))
        taken.append(look)
        whole, racing = _together(whole, look), look.stay
        ending = _ending(found, racing, margin)
        if ending:
            return Race(tuple(taken), racing, 0, ending, whole)
    return Race(tuple(taken), racing, 0, "out of seeds", whole)


def _seeds_of_dropped(looks: Sequence[Look], points: int) -> Array:
    """How many seeds each point had at its last look [k]."""
    seeds = np.zeros(points)
    for look in looks:
        seeds[look.racing] = look.seeds
    return seeds


def _stay(found: Comparison | None, racing: Mask) -> Mask:
    """Points leave that are beaten by one that is in the race."""
    if found is None:
        return racing
    by = found.beaten_by
    return np.asarray(racing & ~((by >= 0) & racing[np.maximum(by, 0)]))


def _ending(found: Comparison | None, racing: Mask, margin: float) -> Ending:
    left = tuple(int(point) for point in np.flatnonzero(racing))
    if len(left) == 1:
        return "one left"
    return "all equivalent" if found and found.equivalent(left, margin) else ""


def _together(before: Comparison | None, look: Look) -> Comparison | None:
    """What was known before, and what the look says of the points that were in the race."""
    after = look.comparison
    if before is None or after is None:
        return after or before
    both = look.racing[:, None] & look.racing[None, :]
    names = ("difference", "low", "high", "half", "seed_error", "tuning_error")
    joined = {name: np.where(both, getattr(after, name), getattr(before, name)) for name in names}
    out = np.where(before.beaten_by >= 0, before.beaten_by, np.where(look.racing & ~look.stay, after.beaten_by, -1))
    return with_best(replace(after, **joined, beaten_by=out))


def fresh_seeds(
    scores: Array, old: int, *, alpha: float, regrets: Array | None = None
) -> tuple[Comparison | None, Comparison | None]:
    """A finished study of `old` seeds that was given more: its verdict as it was, and that of its fresh seeds alone.

    The old seeds have spent their alpha: they chose the contenders, and a point that they favoured by luck would be
    favoured again. So the contenders are judged on the fresh seeds, at the same level; None where these are too few.
    """
    first = compare(scores[:old], alpha=alpha, regrets=regrets)
    if first is None or len(first.contenders) < 2:
        return first, None
    kept = np.isin(np.arange(scores.shape[1]), first.contenders)
    return first, compare(np.where(kept, scores[old:], np.nan)[:, kept], alpha=alpha,
                          regrets=None if regrets is None else regrets[:, kept])  # fmt: skip
