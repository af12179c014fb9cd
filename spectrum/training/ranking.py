"""Ranking the classes of each image, and the average precision of the ranking.

Shapes: b images, k ranks. Only b x classes scores are held at a time.
"""

import torch
from torch import Tensor


def ranked(scores: Tensor, k: int) -> Tensor:
    """The k classes of the highest scores [b, classes] as int64 [b, k]: highest first, of equals the lower class."""
    k = min(k, scores.shape[1])
    values, classes = scores.topk(k, dim=1)
    # Which of equal scores topk takes, and in which order, is left open.
    tied = (scores >= values[:, -1:]).sum(1) > k
    if bool(tied.any()):
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
    # Of a class that is not shown, the weight counts as 0: the largest k are those of at most k that are.
    best = (weights * shown).topk(classes.shape[1], dim=1).values.sum(1)
    return torch.where(best > 0, (gained / best).clamp_max(1.0), torch.nan)
