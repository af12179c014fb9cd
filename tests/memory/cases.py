"""What `search.py` tries: endless streams of cases, drawn at random from all that can be declared."""

import itertools
import random
from collections.abc import Iterator
from typing import Any

from spectrum.segments import SegmentsValue

Case = dict[str, Any]

SEGMENTS: tuple[SegmentsValue, ...] = ("plain", 1, 2, 3, 4, 8, 16, "depthwise")
ORDERS = ("pointwise-first", "spatial-first", "bottleneck")
INTERMEDIATES = ("none", "batch-norm", "relu", "relu6", "elu", "silu", "batch-norm+relu")
KERNELS: tuple[tuple[int, int], ...] = ((1, 1), (3, 3), (5, 5), (7, 7), (1, 7), (7, 1))
LAYOUTS = ("channels-last", "contiguous")
SIDES = (7, 7, 8, 8, 14, 14, 14, 28, 56)  # kernels for AVX-512 were seen to overrun at 56 pixels, those for AVX2 at 8
CULPRIT: Case = {
    "width": 5, "segments": "plain", "order": "pointwise-first", "intermediate": "none", "kernel": (3, 3),
    "down": "pool", "stem_stride": 1, "side": 8, "batch": 64, "layout": "channels-last", "seed": 0,
}  # fmt: skip


def networks(chosen: random.Random, *, widest: int = 40) -> Iterator[Case]:
    """First the one that crashed; then each width with each point once, and again, all else drawn at random."""
    yield CULPRIT
    places = list(itertools.product(range(2, widest + 1), SEGMENTS))
    while True:
        chosen.shuffle(places)
        for width, segments in places:
            side = chosen.choice([8, 8, 13, 14, 14, 28, 56] if width < 16 else [8, 8, 13, 14])
            yield {
                "width": width,
                "segments": segments,
                "order": chosen.choice(ORDERS),
                "intermediate": chosen.choice(INTERMEDIATES),
                "kernel": chosen.choice(KERNELS if side < 28 else [(1, 1), (3, 3)]),
                "down": chosen.choice(["pool", "stride"]),
                "stem_stride": 1 if side == 8 else chosen.choice([1, 2]),
                "side": side,
                "batch": 16 if side > 14 else chosen.choice([4, 16, 64]),
                **_layout_and_seed(chosen),
            }


def blocks(chosen: random.Random, *, widest: int = 40) -> Iterator[Case]:
    """GroupedSeparable by itself, with strides, paddings and flat kernels."""
    while True:
        order = chosen.choice(ORDERS)
        yield {
            "in_channels": chosen.randint(2, widest),
            "out_channels": chosen.randint(2, widest),
            "segments": chosen.choice(SEGMENTS),
            "kernel": chosen.choice([(1, 1), *KERNELS]),
            "stride": chosen.choice([1, 2, 2, 3]),
            "order": order,
            "intermediate": chosen.choice(INTERMEDIATES),
            "padding": chosen.choice(["same", "symmetric", "valid"]),
            "inner": chosen.randint(2, widest) if order == "bottleneck" else None,
            "side": chosen.choice(SIDES),
            "batch": chosen.choice([4, 16]),
            **_layout_and_seed(chosen),
        }


def modules(chosen: random.Random, *, widest: int = 40) -> Iterator[Case]:
    """A user's own modules, with two strided 1 x 1 convolutions."""
    while True:
        yield {
            "widths": [chosen.randint(2, widest) for _ in range(3)],
            "stride": chosen.choice([1, 2, 2, 3]),
            "padding": chosen.choice([0, 0, 1]),
            "padding_mode": chosen.choice(["zeros", "reflect"]),
            "side": chosen.choice(SIDES),
            "batch": chosen.choice([4, 16]),
            **_layout_and_seed(chosen),
        }


def convolutions(chosen: random.Random, *, widest: int = 40) -> Iterator[Case]:
    """Single convolutions, of the kinds that `convolution.conv2d` is asked for."""
    while True:
        groups = chosen.choice([1, 1, 1, 2, 3, 4, 8, 16, 67])
        per_group = chosen.randint(1, 16 if groups == 1 else 5)
        large, tall = chosen.random() < 0.1, chosen.random() < 0.05
        yield {
            "groups": groups,
            "channels": groups * per_group,
            "out": groups * (chosen.randint(1, widest) if groups == 1 else per_group),
            "kernel": (125, 1) if tall else chosen.choice([(1, 1), *(KERNELS[:2] if large else KERNELS)]),
            "stride": chosen.choice([1, 2, 2, 3]),
            "padding": chosen.choice(["same", "symmetric", "valid"]),
            "size": (1, 1) if tall else (56, 56) if large else (chosen.randint(1, 15), chosen.randint(1, 15)),
            "batch": 16 if large else chosen.choice([1, 2, 7, 16, 64]),
            "view": chosen.choice(["whole", "whole", "channels", "pixels", "strides of single pixels"]),
            "bias": chosen.random() < 0.3,
            "precision": chosen.choice(["float32", "float32", "float32", "bfloat16"]),
            **_layout_and_seed(chosen),
        }


def segmented(chosen: random.Random, *, widest: int = 40) -> Iterator[Case]:
    """Segmented convolutions, equal or not, computed in groups of any width."""
    while True:
        channels = chosen.randint(2, 2 * widest)
        segments = chosen.choice([2, 3, 4, 8, 16, channels // 2, channels])
        yield {
            "channels": channels,
            "segments": max(1, min(segments, channels)),
            "group": chosen.choice([None, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32]),
            "kernel": chosen.choice([*KERNELS, (3, 3), (3, 3)]),
            "stride": chosen.choice([1, 1, 2, 3]),
            "padding": chosen.choice(["same", "symmetric"]),
            "side": chosen.choice([4, *SIDES]),
            "batch": chosen.choice([4, 16]),
            "precision": chosen.choice(["float32", "bfloat16"]),
            **_layout_and_seed(chosen),
        }


def _layout_and_seed(chosen: random.Random) -> Case:
    return {"layout": chosen.choice(LAYOUTS), "seed": chosen.randrange(10**6)}
