"""Why a worker has one thread: python benchmarks/workers.py [STUDY.py] [--cores 2]

Training steps of a study's points, in images a second of the whole machine: as many workers of one thread as there are
cores, at the same time, against one worker with a thread for each core.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from time import perf_counter

import torch

import spectrum as sp
from spectrum.search.study_file import read_study
from spectrum.terminal import show
from spectrum.training.data.batches import batches
from spectrum.training.run import Training


def images_a_second(path: str, label: str, threads: int, seconds: float) -> float:
    """How many images one worker trains on."""
    torch.set_num_threads(threads)
    study = read_study(path)
    (point,) = (point for point in sp.plan(study).points if point.label == label)
    data, recipe = sp.data.load(study.data), study.recipe
    learner = Training(point.match.network, data, recipe=recipe, seed=0).learner
    learner.model.train()
    steps, begin = 0, perf_counter()
    for images, labels in batches(data.train, batch=recipe.batch, seed=0, epoch=1, flip=recipe.flip, crop=recipe.crop):
        learner.step(images, labels, lr=0.1)
        steps += 1
        if steps == 5:  # warmed up
            begin = perf_counter()
        if steps > 5 and perf_counter() - begin > seconds:
            break
    return (steps - 5) * recipe.batch / (perf_counter() - begin)


def main() -> None:
    """Time the ends and the middle."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", nargs="?", default="studies/fashion_mnist.py")
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    parser.add_argument("--points", nargs="+", default=["plain", "8", "depthwise"])
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    rows = []
    with ProcessPoolExecutor(options.cores, mp_context=get_context("spawn")) as pool:
        for label in options.points:
            rest = (label, options.seconds)
            one = images_a_second_in(pool, options.study, *rest, threads=1, workers=options.cores)
            many = images_a_second_in(pool, options.study, *rest, threads=options.cores, workers=1)
            rows.append((label, f"{one:.0f}", f"{many:.0f}", f"{one / many:.2f}"))
    show(
        f"{options.cores} cores, torch {torch.__version__}: images a second of the whole machine",
        ["point", f"{options.cores} workers\nof 1 thread", f"1 worker of\n{options.cores} threads", "times as\nmany"],
        rows,
    )


def images_a_second_in(
    pool: ProcessPoolExecutor, path: str, label: str, seconds: float, *, threads: int, workers: int
) -> float:
    """The sum over workers that train at the same time."""
    calls = [pool.submit(images_a_second, path, label, threads, seconds) for _ in range(workers)]
    return sum(call.result() for call in calls)


if __name__ == "__main__":
    main()
