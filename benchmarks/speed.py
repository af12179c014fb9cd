"""Step time of every point of a study, forward and backward, one thread: python benchmarks/speed.py [STUDY.py]

The points are timed in turns, so that other load does not pass for a difference between them.
"""

import sys

import torch

import spectrum as sp
from spectrum.cost.timed import time_steps
from spectrum.search.study_file import read_study
from spectrum.terminal import show


def main(path: str) -> None:
    """Time the points of a study."""
    torch.set_num_threads(1)
    study = read_study(path)
    plan = sp.plan(study)
    image, batch = plan.info.image, study.recipe.batch
    networks = [point.match.network for point in plan.points]
    times = time_steps(networks, image=image, batch=batch)
    show(
        f"{study.name}: one training step of {batch} images, one thread",
        ["point", "MACs (M)", "time (ms)", "of depthwise"],
        [
            (
                point.label,
                f"{point.match.cost.macs / 1e6:.2f}",
                f"{time * 1e3:.1f}",
                f"{time / times[-1]:.2f}",
            )
            for point, time in zip(plan.points, times, strict=True)
        ],
    )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "studies/fashion_mnist.py")
