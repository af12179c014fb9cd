"""Time and memory of MAP@100 over a stream: python benchmarks/mean_average_precision.py [IMAGES [CLASSES]]

By default a million images of 17,000 classes, 36 of which each shows: about as many as in FastEval14k. Labels are
kept as lists, as those of a data set are; scores are made up, a few batches over and over, since making them would
take longer than ranking them. One thread.
"""

import resource
import sys
from time import perf_counter

import numpy as np
import torch

from spectrum.training.data.label_sets import LabelSets
from spectrum.training.mean_average_precision import MeanAveragePrecision
from spectrum.training.multi_label import RankingTally, weights_of

IMAGES, CLASSES, SHOWN, BATCH = 1_000_000, 17_000, 36, 256


def made_up(images: int, classes: int) -> LabelSets:
    """Labels of so many images: evenly spaced classes from a random one on, low ones more often than high ones."""
    random = np.random.RandomState(0)
    shown = min(SHOWN, classes // 2)
    first = (classes / 2 * random.beta(1, 3, size=(images, 1))).astype(np.int32)
    members = first + np.arange(shown, dtype=np.int32) * (classes // 2 // shown)
    return LabelSets(np.arange(0, members.size + 1, shown, dtype=np.int64), members.ravel(), classes)


def peak() -> float:
    """Megabytes that this process has used at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(images: int = IMAGES, classes: int = CLASSES) -> None:
    torch.set_num_threads(1)
    labels = made_up(images, classes)
    random = torch.Generator().manual_seed(0)
    scores = [torch.randn(BATCH, classes, generator=random) for _ in range(4)]
    tally = RankingTally(100, torch.from_numpy(weights_of(MeanAveragePrecision(), labels)))
    held = (labels.starts.nbytes + labels.members.nbytes) / 2**20
    print(
        f"{images:,} images of {classes:,} classes: {4 * images * classes / 2**20:,.0f} MB of scores, none of them kept"
    )
    print(f"before: {peak():,.0f} MB at most, {held:,.0f} MB of them labels in lists")
    began = perf_counter()
    for number, start in enumerate(range(0, images, BATCH)):
        chosen = np.arange(start, min(start + BATCH, images))
        tally.add(scores[number % len(scores)][: len(chosen)], torch.from_numpy(labels.dense(chosen)))
        done = start + len(chosen)
        if done == images or any(start < images // part <= done for part in (1_000, 100, 10)):
            each = 1e6 * (perf_counter() - began) / done
            print(f"after {done:,} images: {peak():,.0f} MB at most, {each:,.0f} us an image", flush=True)
    print(f"MAP@100 {tally.scores().map:.6f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
