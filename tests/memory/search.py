"""Search for kernels that write past their memory or compute wrong gradients: python tests/memory/search.py --help

Run it under glibc's checking allocator, which aborts at the first overrun, with junk in all fresh memory:

    LD_PRELOAD=libc_malloc_debug.so.0 MALLOC_CHECK_=3 MALLOC_PERTURB_=165 OMP_NUM_THREADS=1 \\
        python tests/memory/search.py networks=6000 blocks=6000 modules=2000 convolutions=50000 \\
            segmented=20000

Each case is one forward and backward pass, whose gradients are compared with those in double precision; it is printed
before it is tried. ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 selects the kernels of a smaller processor.
`--native` takes the library's own mend out.
"""

import argparse
import copy
import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import cases
import torch
from torch import Tensor, nn
from torch.nn import functional

import spectrum as sp
from spectrum.architecture import foreign, segmented_convolution, torch_layers
from spectrum.architecture.convolution import conv2d
from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.segments import segment_runs

Case = cases.Case
Compute = Callable[..., Tensor]

LAYOUTS = {"channels-last": torch.channels_last, "contiguous": torch.contiguous_format}
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
CLOSE = {torch.float32: (1e-3, 1e-5), torch.bfloat16: (5e-2, 2e-2)}
"""How far a number may be from that in double precision: as a part of the largest; or, where most of what was summed
cancels out, as a part of the sum without signs. A kernel that is wrong misses by all of it."""


def check_network(case: Case) -> None:
    """One training step of `small`."""
    network = sp.networks.small(width=case["width"], stem_stride=case["stem_stride"])
    network = network.at(case["segments"], order=case["order"], intermediate=case["intermediate"])
    modules = [module.replace(kernel=case["kernel"]) for module in network.modules]  # type: ignore[union-attr]
    if case["down"] == "stride":
        modules = [module.replace(pool=None, stride=2) if module.pool else module for module in modules]
    image = (1, case["side"], case["side"])
    _check_module(sp.build(network.replace(modules=tuple(modules)), image=image, seed=case["seed"]), image, case)


def check_block(case: Case) -> None:
    """One block; where it has fewer channels than segments, depthwise."""
    options = {name: value for name, value in case.items() if name not in ("side", "batch", "layout", "seed")}
    widths = {"pointwise-first": case["out_channels"], "spatial-first": case["in_channels"]}
    if isinstance(case["segments"], int) and case["segments"] > widths.get(case["order"], case["inner"]):
        options["segments"] = sp.DEPTHWISE
    torch.manual_seed(case["seed"])
    model = nn.Sequential(sp.GroupedSeparable(**options), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    _check_module(model, (case["in_channels"], case["side"], case["side"]), case)


def check_user_module(case: Case) -> None:
    """One step of torch's own layers, rewritten as `sp.train` does."""
    torch.manual_seed(case["seed"])
    first, second, third = case["widths"]
    model = nn.Sequential(
        nn.Conv2d(3, first, 3, padding=1),
        nn.SiLU(),
        nn.Conv2d(first, second, 1, **{name: case[name] for name in ("stride", "padding", "padding_mode")}),
        nn.Conv2d(second, third, 1, stride=2, bias=False),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )
    foreign.rewrite_strided_pointwise(model)
    _check_module(model, (3, case["side"], case["side"]), case)


def _check_module(model: nn.Module, image: tuple[int, int, int], case: Case) -> None:
    """One training step; then each convolution by itself, with the images and the gradient that reached it."""
    layout, numbers = LAYOUTS[case["layout"]], torch.Generator().manual_seed(case["seed"])
    images = torch.randn(case["batch"], *image, generator=numbers).to(memory_format=layout)
    model = model.to(memory_format=layout)  # type: ignore[call-overload]
    exact = copy.deepcopy(model).double()
    seen: dict[str, list[Tensor]] = {}

    def watch(name: str, convolution: nn.Module) -> None:
        convolution.register_forward_hook(lambda _, inputs, output: seen.update({name: [inputs[0], output]}))
        convolution.register_full_backward_hook(lambda _, __, gradients: seen[name].append(gradients[0]))

    for name, part in model.named_modules():
        if isinstance(part, nn.Conv2d | torch_layers.SegmentedConv2d):
            watch(name, part)
    logits = model(images)
    functional.cross_entropy(logits, torch.arange(len(images)) % logits.shape[1]).backward()
    for name, (inputs, output, upstream) in seen.items():
        convolution = exact.get_submodule(name)
        weights = [weight.detach() for weight in convolution.parameters()]
        found = [output, *(weight.grad for weight in model.get_submodule(name).parameters() if weight.grad is not None)]

        def compute(inputs: Tensor, *weights: Tensor, convolution: nn.Module = convolution) -> Tensor:
            named = dict(zip((name for name, _ in convolution.named_parameters()), weights, strict=True))
            result: Tensor = torch.func.functional_call(convolution, named, inputs)
            return result

        _compare(found, compute, [inputs, *weights], upstream, wanted=range(1, 1 + len(weights)))


def check_convolution(case: Case) -> None:
    """Forward and backward of one convolution, to images, weights and bias."""
    if case["padding"] == "valid" and any(side < taps for side, taps in zip(case["size"], case["kernel"], strict=True)):
        return
    precision, numbers = PRECISIONS[case["precision"]], torch.Generator().manual_seed(case["seed"])
    images = _view(case, numbers, precision)
    weights = [torch.randn(case["out"], case["channels"] // case["groups"], *case["kernel"], generator=numbers)]
    weights += [torch.randn(case["out"], generator=numbers)] if case["bias"] else []
    leaves = [leaf.requires_grad_() for leaf in (images, *(weight.to(precision) for weight in weights))]

    def compute(images: Tensor, *weights: Tensor) -> Tensor:
        return conv2d(images, *weights, **{name: case[name] for name in ("stride", "padding", "groups")})

    output = compute(*leaves)
    upstream = torch.randn(output.shape, generator=numbers).to(precision)
    found = [output, *torch.autograd.grad(output, leaves, upstream)]
    _compare(found, compute, leaves, upstream, wanted=range(len(leaves)))


def check_segmented(case: Case) -> None:
    """Forward and backward of one segmented convolution, its groups as wide as the case says where that is possible."""
    precision, numbers = PRECISIONS[case["precision"]], torch.Generator().manual_seed(case["seed"])
    shape = (case["batch"], case["channels"], case["side"], case["side"])
    images = torch.randn(shape, generator=numbers).to(precision).to(memory_format=LAYOUTS[case["layout"]])
    runs = segment_runs(case["segments"], case["channels"])
    weights = [torch.randn(count * width, width, *case["kernel"], generator=numbers) for count, width in runs]
    leaves = [leaf.requires_grad_() for leaf in (images, *(weight.to(precision) for weight in weights))]
    favoured = tuple(0.01 if width == case["group"] else 1.0 for width in range(1, 33)) if case["group"] else ()
    costs = KernelCosts(processor="none", fp32=favoured, bf16=favoured)

    def compute(images: Tensor, *weights: Tensor) -> Tensor:
        return segmented_convolution.segmented_conv2d(
            images, weights, stride=case["stride"], padding=case["padding"], costs=costs
        )

    output = compute(*leaves)
    upstream = torch.randn(output.shape, generator=numbers).to(precision)
    found = [output, *torch.autograd.grad(output, leaves, upstream)]
    _compare(found, compute, leaves, upstream, wanted=range(len(leaves)))


def _compare(
    found: Sequence[Tensor], compute: Compute, leaves: Sequence[Tensor], upstream: Tensor, *, wanted: Sequence[int]
) -> None:
    """Output and gradients against those in double precision."""

    def exactly(change: Callable[[Tensor], Tensor]) -> tuple[Tensor, ...]:
        doubles = [change(leaf.detach().double()).requires_grad_() for leaf in leaves]
        output = compute(*doubles)
        return output, *torch.autograd.grad(output, [doubles[index] for index in wanted], change(upstream.double()))

    of_largest, of_sum = CLOSE[found[0].dtype]
    for index, (one, expected) in enumerate(zip(found, exactly(torch.clone), strict=True)):
        miss, largest = (one.double() - expected).abs(), float(expected.abs().max())
        if miss.max() > of_largest * largest:
            off = (miss - of_sum * exactly(torch.abs)[index]).max()
            assert off <= 0, f"number {index} is off by {float(miss.max()):g}, the largest being {largest:g}"


def _view(case: Case, numbers: torch.Generator, precision: torch.dtype) -> Tensor:
    """The images by themselves; or a slice of more channels or pixels; or with strides that no copy would have."""
    height, width = case["size"]
    extra = 3 if case["view"] == "channels" else 0
    border = 2 if case["view"] == "pixels" else 0
    shape = (case["batch"], case["channels"] + extra, height + border, width + border)
    images = torch.randn(shape, generator=numbers).to(precision).to(memory_format=LAYOUTS[case["layout"]])
    images = images[:, extra:, border:, border:]
    if case["view"] == "strides of single pixels":
        steps = zip(images.shape, images.stride(), strict=True)
        images = images.as_strided(images.shape, [case["channels"] if size == 1 else step for size, step in steps])
    return images


def take_the_mend_out() -> None:
    """Let every convolution reach PyTorch with its stride."""

    def native(images: Tensor, weight: Tensor, bias: Tensor | None = None, **options: Any) -> Tensor:
        stride, groups = options.get("stride", 1), options.get("groups", 1)
        pad = [0 if options.get("padding") == "valid" else (taps - 1) // 2 for taps in weight.shape[2:]]
        return functional.conv2d(images, weight, bias, stride, pad, groups=groups)

    torch_layers.regular_conv2d = segmented_convolution.conv2d = native  # type: ignore[assignment]
    foreign.rewrite_strided_pointwise = lambda module: None


KINDS: dict[str, tuple[Callable[..., Iterator[Case]], Callable[[Case], None]]] = {
    "networks": (cases.networks, check_network),
    "blocks": (cases.blocks, check_block),
    "modules": (cases.modules, check_user_module),
    "convolutions": (cases.convolutions, check_convolution),
    "segmented": (cases.segmented, check_segmented),
}


def main() -> None:
    """Try as many cases of each kind as asked for, in an order that the seed gives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wanted", nargs="+", metavar="kind=cases", help=f"kinds: {', '.join(KINDS)}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--widest", type=int, default=40, help="channels of a network's stem, of a block or a layer")
    parser.add_argument("--native", action="store_true", help="without the library's mend")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.native:
        take_the_mend_out()
    for wanted in arguments.wanted:
        kind, _, count = wanted.partition("=")
        draw, check = KINDS[kind]
        for case in itertools.islice(draw(random.Random(arguments.seed), widest=arguments.widest), int(count)):
            print(f"{kind} {case}", flush=True)
            check(case)
        print(f"{count} {kind} are clean", flush=True)


if __name__ == "__main__":
    main()
