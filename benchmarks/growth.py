"""How planning, storing and reporting grow with the runs of a study: python benchmarks/growth.py [RUNS ...]

Each size is a process of its own, so that its peak of memory is its own. Runs are made up, not trained: what is timed
is all around them. Storing is from the first run handed out to the last one recorded, tables included; most of it is
waiting for the disk, which confirms each run. A report is loading, the verdict and the page with all its figures.
"""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import Executor, Future
from itertools import pairwise
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import spectrum as sp
from spectrum.report.page.html_report import write_report
from spectrum.search.execute.job import Job
from spectrum.terminal import show
from spectrum.training.outcome import Epoch, Outcome, Scores

SIZES = (10, 1_000, 100_000)
TRIALS = 4


class MadeUp(Executor):
    """Answers every job at once with what a run might come to."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        (job,) = args
        future: Future[Any] = Future()
        future.set_result(made_up(job))
        return future


def made_up(job: Job) -> Outcome:
    """One epoch, scores with some spread."""
    chosen = Random(f"{job.seed} {job.recipe.lr} {job.network.digest}")
    top1 = min(1.0, max(0.0, chosen.gauss(0.9, 0.002)))
    scores = Scores(top1, 0.99, 0.3)
    return Outcome("complete", (Epoch(1, job.recipe.lr, 0.5, 0.3, top1, 1.0),), scores, scores, 0.01, 1.0)


def study_of(runs: int) -> sp.Study:
    """A study of about so many runs."""
    points = 2 if runs < 100 else 10
    segments = (sp.PLAIN, 1, 2, 3, 4, 6, 8, 12, 16, sp.DEPTHWISE)[-points:]
    return sp.Study(
        name=f"growth-{runs}",
        network=sp.networks.small(classes=10, stem_stride=1),
        segments=segments,
        budget=sp.Budget(params=40_000, macs=340_000),
        data="digits",
        recipe=sp.Recipe(epochs=1),
        tune=sp.Tune(trials=TRIALS),
        seeds=max(1, runs // points - TRIALS),
    )


def measure(runs: int) -> list[str]:
    """Runs, seconds of planning, storing, resuming, loading, judging and reporting, and the peak of memory in GB."""
    times = [perf_counter()]
    study = study_of(runs)
    made = len(sp.plan(study).runs)
    times.append(perf_counter())
    sp.run(study, workers=8, executor=MadeUp(), progress=False)
    times.append(perf_counter())
    sp.run(study, workers=8, executor=MadeUp(), progress=False)
    times.append(perf_counter())
    results = sp.load(study.name)
    times.append(perf_counter())
    found = sp.verdict(results)
    str(found)
    times.append(perf_counter())
    write_report(found.findings, results.folder / "report.html")
    times.append(perf_counter())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    seconds = [f"{later - earlier:.2f}" for earlier, later in pairwise(times)]
    return [f"{made:,}", *seconds, f"{peak:.2f}"]


def main(sizes: list[int]) -> None:
    """One table, a row a size."""
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "SPECTRUM_RUNS": str(Path(folder) / "runs")}
            done = subprocess.run(
                [sys.executable, __file__, "--one", str(size)],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
        rows.append(done.stdout.split("\t"))
    heads = ["runs", "plan (s)", "store (s)", "resume (s)", "load (s)", "verdict (s)", "page (s)", "memory (GB)"]
    show("planning, storing and reporting", heads, [[cell.strip() for cell in row] for row in rows])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print("\t".join(measure(int(sys.argv[2]))))
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
