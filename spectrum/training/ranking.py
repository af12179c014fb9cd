"""Ranking the classes of each image, and the average precision of the ranking.

Shapes: b images, k ranks. Only b x classes scores are held at a time.
"""

import torch
from torch import Tensor


def ranked(scores: Tensor, k: int) -> Tensor:
    """The k classes of the highest scores [b, classes] as int64 [b, k]: highest first, of equals the lower class."""
    number = scores.shape[1]
    k = min(k, number)
    best = scores.topk(min(k + 1, number), dim=1)
    classes = best.indices[:, :k]
    # Which of equal scores topk takes, and in which order, is left open: does the last one equal the first left out?
    tied = best.values[:, k - 1] == best.values[:, -1]
    if k < number and bool(tied.any()):
        classes[tied] = scores[tied].argsort(dim=1, descending=True, stable=True)[:, :k]
    classes = classes.sort(dim=1).values
    order = scores.gather(1, classes).argsort(dim=1, descending=True, stable=True)
    return classes.gather(1, order)


def average_precision(scores: Tensor, shown: Tensor, *, weights: Tensor, k: int) -> Tensor:
    """AP@k of each image as `MeanAveragePrecision` defines it: float64 [b], nan where the image has none.

    Args:
        scores: float [b, classes].
        shown: whether the image shows the class, bool [b, classes].
        weights: of the classes, float64 [classes].
    """
    classes = ranked(scores, k)
    hits = shown.gather(1, classes).double()
    ranks = torch.arange(1, classes.shape[1] + 1, device=scores.device)
    gained = (weights[classes] * hits * hits.cumsum(1) / ranks).sum(1)
    best = _attainable(shown, weights, k)
    return torch.where(best > 0, (gained / best).clamp_max(1.0), torch.nan)


def _attainable(shown: Tensor, weights: Tensor, k: int) -> Tensor:
    """The sum of the largest weights, up to k of them, of the classes that each image shows: float64 [b]."""
    images, members = shown.nonzero(as_tuple=True)
    sums = torch.zeros(len(shown), dtype=weights.dtype, device=shown.device).index_add_(0, images, weights[members])
    many = shown.sum(1) > k
    if bool(many.any()):
        sums[many] = (weights * shown[many]).topk(k, dim=1).values.sum(1)
    return sums
