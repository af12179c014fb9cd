"""Search for kernels that write past their memory or compute wrong gradients: python tests/memory/search.py --help

Run it under glibc's checking allocator, which aborts at the first overrun:

    LD_PRELOAD=libc_malloc_debug.so.0 MALLOC_CHECK_=3 OMP_NUM_THREADS=1 python tests/memory/search.py networks

`networks` trains `small` along the spectrum; `convolutions` runs single convolutions of every kind that the library
issues, on images and on slices of larger ones. Each weight gradient is compared with that in double precision.
ONEDNN_MAX_CPU_ISA=AVX2 selects the kernels of a smaller processor. `--native` takes the library's own mend out.
"""

import argparse
import copy
import itertools
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

import spectrum as sp
from spectrum.architecture import kernels
from spectrum.segments import SegmentsValue

LAYOUTS = {"channels-last": torch.channels_last, "contiguous": torch.contiguous_format}
SEGMENTS: tuple[SegmentsValue, ...] = ("plain", 1, 2, 3, 4, 8, 16, "depthwise")
ORDERS = ("pointwise-first", "spatial-first", "bottleneck")
CLOSE = {"convolution": 1e-4, "network": 2e-2}
"""How far a gradient may be from that in double precision, as a part of the largest.

Rounding alone gives 1e-5 or less. In a network it now and then tips a ReLU or a maximum the other way, which moves a
gradient by some tenths of a per cent, whichever library computes it; a kernel that is wrong moves it by all of it.
"""


class Case(NamedTuple):
    """A network to train for one step."""

    width: int
    segments: SegmentsValue
    order: str
    stride: int
    layout: str
    down: str


def network_cases() -> list[Case]:
    """Every point of `small` at widths from 2 to 40, in every order, stride and layout, halving by pool or stride."""
    return [
        Case(*values)
        for values in itertools.product(range(2, 41), SEGMENTS, ORDERS, (1, 2), LAYOUTS, ("pool", "stride"))
    ]


def check_network(case: Case, seed: int) -> None:
    """One step of a network; raises AssertionError where a gradient is wrong."""
    network = sp.networks.small(width=case.width, stem_stride=case.stride).at(case.segments, order=case.order)  # type: ignore[arg-type]
    if case.down == "stride":
        network = network.replace(
            modules=tuple(module.replace(pool=None, stride=2) if module.pool else module for module in network.modules)
        )
    side = 8 if case.stride == 1 else 14
    model = sp.build(network, image=(1, side, side), seed=seed)
    images = torch.randn(16 + 16 * (seed % 4), 1, side, side, generator=torch.Generator().manual_seed(seed))
    layout = LAYOUTS[case.layout]
    exact = _gradients(copy.deepcopy(model).double(), images.double())
    found = _gradients(model.to(memory_format=layout), images.to(memory_format=layout))  # type: ignore[call-overload]
    for name, gradient in found.items():
        largest = float(max(map(_largest, exact.values())))
        _compare(gradient, exact[name], f"{case}: {name}", exact=largest, close=CLOSE["network"])


def _gradients(model: nn.Module, images: Tensor) -> dict[str, Tensor]:
    functional.cross_entropy(model(images), torch.arange(len(images)) % 10).backward()
    return {name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None}


def _largest(values: Tensor) -> Tensor:
    return values.abs().max()


def _compare(found: Tensor, exact_values: Tensor, what: str, *, exact: float, close: float) -> None:
    miss = float((found.double() - exact_values).abs().max())
    assert miss <= close * exact, f"{what}: a gradient is off by {miss:g}, the largest being {exact:g}"


def convolution_cases(chosen: random.Random) -> Iterator[dict[str, Any]]:
    """Single convolutions without end, of the kinds that `conv2d` is asked for."""
    while True:
        groups = chosen.choice([1, 1, 1, 2, 3, 4, 8, 16])
        per_group = chosen.randint(1, 16 if groups == 1 else 5)
        yield {
            "groups": groups,
            "channels": groups * per_group,
            "out": groups * (chosen.randint(1, 40) if groups == 1 else per_group),
            "kernel": chosen.choice([(1, 1), (1, 1), (3, 3), (5, 5), (7, 7), (1, 7), (7, 1)]),
            "stride": chosen.choice([1, 2, 2, 3]),
            "padding": chosen.choice(["same", "symmetric", "valid"]),
            "size": (chosen.randint(1, 15), chosen.randint(1, 15)),
            "batch": chosen.choice([1, 2, 7, 16, 64]),
            "layout": chosen.choice(list(LAYOUTS)),
            "view": chosen.choice(["whole", "whole", "channels", "pixels"]),
            "bias": chosen.random() < 0.3,
            "seed": chosen.randrange(10**6),
        }


def check_convolution(case: dict[str, Any]) -> None:
    """Forward and backward of one convolution; raises AssertionError where a gradient is wrong."""
    height, width = case["size"]
    if case["padding"] == "valid" and (height < case["kernel"][0] or width < case["kernel"][1]):
        return
    random_numbers = torch.Generator().manual_seed(case["seed"])
    channels, out, groups = case["channels"], case["out"], case["groups"]
    weight = torch.randn(out, channels // groups, *case["kernel"], generator=random_numbers)
    bias = torch.randn(out, generator=random_numbers) if case["bias"] else None
    images = _view(case, random_numbers)

    def gradients(kind: torch.dtype) -> tuple[Tensor, ...]:
        leaves = [tensor.detach().to(kind).requires_grad_() for tensor in (weight, *(() if bias is None else (bias,)))]
        seen = images.to(kind).requires_grad_() if kind != images.dtype else images.detach().requires_grad_()
        options = {"stride": case["stride"], "padding": case["padding"], "groups": groups}
        output = kernels.conv2d(seen, leaves[0], leaves[1] if bias is not None else None, **options)
        upstream = torch.randn(output.shape, generator=torch.Generator().manual_seed(case["seed"]), dtype=torch.double)
        return torch.autograd.grad(output, (seen, *leaves), upstream.to(kind))

    for found, exact in zip(gradients(torch.float32), gradients(torch.float64), strict=True):
        _compare(found, exact, str(case), exact=float(_largest(exact)) or 1.0, close=CLOSE["convolution"])


def _view(case: dict[str, Any], random_numbers: torch.Generator) -> Tensor:
    """The images by themselves, or a slice of more channels or pixels."""
    height, width = case["size"]
    extra = 3 if case["view"] == "channels" else 0
    border = 2 if case["view"] == "pixels" else 0
    shape = (case["batch"], case["channels"] + extra, height + border, width + border)
    images = torch.randn(shape, generator=random_numbers).to(memory_format=LAYOUTS[case["layout"]])
    return images[:, extra : extra + case["channels"], border : border + height, border : border + width]


def take_the_mend_out() -> None:
    """Let every convolution reach the library with its stride, as PyTorch has it."""

    def native(images: Tensor, weight: Tensor, bias: Tensor | None = None, **options: Any) -> Tensor:
        pad = [0 if options.get("padding") == "valid" else (taps - 1) // 2 for taps in weight.shape[2:]]
        return functional.conv2d(images, weight, bias, options.get("stride", 1), pad, groups=options.get("groups", 1))

    kernels.conv2d = native  # type: ignore[assignment]


def main() -> None:
    """Run as many cases as asked for, in an order that the seed gives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["networks", "convolutions"])
    parser.add_argument("--cases", type=int, default=0, help="how many; every one if 0 (networks)")
    parser.add_argument("--widest", type=int, default=40, help="networks of this width at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--native", action="store_true", help="without the library's mend")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.native:
        take_the_mend_out()
    chosen = random.Random(arguments.seed)
    done = 0
    if arguments.what == "networks":
        cases = [case for case in network_cases() if case.width <= arguments.widest]
        chosen.shuffle(cases)
        for case in cases[: arguments.cases or None]:
            print(f"{done} {case}", flush=True)
            check_network(case, seed=done)
            done += 1
    else:
        for each in itertools.islice(convolution_cases(chosen), arguments.cases or 1000):
            print(f"{done} {each}", flush=True)
            check_convolution(each)
            done += 1
    print(f"{done} cases", flush=True)


if __name__ == "__main__":
    main()
