"""The README's figures on speed, in one table each: python benchmarks/speed.py [STUDY.py]

Step time of every point of a study, forward and backward, one thread, the points timed in turns; then how long it takes
to count, to match and to plan.
"""

import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter

import torch

import spectrum as sp
from spectrum.cost.timed import time_steps
from spectrum.search.study_file import read_study
from spectrum.terminal import show


def seconds(call: Callable[[], object], *, repeats: int = 15) -> float:
    """Median time of a call."""
    times = []
    for _ in range(repeats):
        begin = perf_counter()
        call()
        times.append(perf_counter() - begin)
    return median(times)


def main(path: str) -> None:
    """Time the points of a study and the planning of it."""
    torch.set_num_threads(1)
    study = read_study(path)
    plan = sp.plan(study)
    image, batch = plan.info.image, study.recipe.batch
    networks = [point.match.network for point in plan.points]
    last = time_steps(networks, image=image, batch=batch, channels_last=True)
    first = time_steps(networks, image=image, batch=batch, channels_last=False)
    show(
        f"{study.name}: one training step of {batch} images, one thread",
        ["point", "MACs (M)", "channels last (ms)", "of depthwise", "channels first (ms)"],
        [
            (
                point.label,
                f"{point.match.cost.macs / 1e6:.2f}",
                f"{fast * 1e3:.1f}",
                f"{fast / last[-1]:.2f}",
                f"{slow * 1e3:.1f}",
            )
            for point, fast, slow in zip(plan.points, last, first, strict=True)
        ],
    )
    xception, network = sp.networks.xception(), study.network
    show(
        "without torch",
        ["what", "time (ms)"],
        [
            ("count Xception", f"{seconds(lambda: sp.count(xception, (3, 299, 299))) * 1e3:.2f}"),
            ("count the study's network", f"{seconds(lambda: sp.count(network, image)) * 1e3:.3f}"),
            (
                "match it at 8 segments",
                f"{seconds(lambda: sp.match(network.at(8), study.budget[0], image=image)) * 1e3:.1f}",
            ),
            (f"plan {len(plan.points)} points", f"{seconds(lambda: sp.plan(study), repeats=5) * 1e3:.0f}"),
        ],
    )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "studies/fashion_mnist.py")
