"""Whether bfloat16 costs accuracy: python benchmarks/precision.py [STUDY.py] [--images 12800] [--epochs 3] [--seeds 4]

Every point of a study is trained in fp32 and in bf16 with the same seeds, one after the other, and scored on the test
images. Differences are in points of accuracy, with 95% intervals of Student's t over pairs of runs.
"""

import argparse
from dataclasses import replace
from statistics import mean, stdev

import numpy as np
import torch
from study import part

import spectrum as sp
from spectrum.architecture.processor import processor
from spectrum.report.statistics.intervals import interval
from spectrum.search.study_file import read_study
from spectrum.terminal import show
from spectrum.training.loop import train


def in_points(differences: list[float]) -> str:
    """The mean with its 95% interval."""
    low, high = interval(np.array(differences), level=0.95)
    return f"{100 * mean(differences):+.2f} ({100 * low:+.2f} to {100 * high:+.2f})"


def main() -> None:
    """Train every point in both precisions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", nargs="?", default="studies/fashion_mnist.py")
    parser.add_argument("--images", type=int, default=12800)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--lr", type=float, default=0.2)
    options = parser.parse_args()
    torch.set_num_threads(1)
    study = read_study(options.study)
    data = sp.data.load(study.data)
    data = replace(data, train=part(data.train, options.images), validation=part(data.validation, 500))
    rows, apart, spreads = [], [], []
    for point in sp.plan(study).points:
        scores: dict[str, list[float]] = {"fp32": [], "bf16": []}
        for seed in range(options.seeds):
            for precision, found in scores.items():
                recipe = study.recipe.replace(lr=options.lr, epochs=options.epochs, precision=precision)
                outcome = train(point.match.network, data, recipe=recipe, seed=seed, test=True)
                assert outcome.test is not None
                found.append(outcome.test.top1)
        differences = [half - full for full, half in zip(scores["fp32"], scores["bf16"], strict=True)]
        apart += differences
        spreads.append(stdev(scores["fp32"]))
        rows.append((point.label, *(f"{100 * mean(each):.2f}" for each in scores.values()), in_points(differences)))
    rows.append(("all", "", "", in_points(apart)))
    show(
        f"{study.name} on {processor()}: {options.epochs} epochs of {len(data.train)} images, {options.seeds} seeds "
        f"each, spread between seeds {100 * mean(spreads):.2f} points",
        ["point", "fp32 (%)", "bf16 (%)", "bf16 - fp32 (points)"],
        rows,
    )


if __name__ == "__main__":
    main()
