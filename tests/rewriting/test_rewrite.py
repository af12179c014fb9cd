"""Rewriting models as users have them: costs kept, all else untouched, and a sentence for what cannot be."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import spectrum as sp
from spectrum.architecture.torch_layers import SegmentedConv2d
from spectrum.errors import BudgetError, DefinitionError
from spectrum.rewriting.embed import block_diagonal
from spectrum.rewriting.segment_kernels import kernels_of
from tests.architecture.reference_resnet import resnet

IMAGE = (3, 32, 32)
POINTS = (1, 2, 8, 32, sp.DEPTHWISE)


def spatial(model: nn.Module) -> list[str]:
    return [name for name, part in model.named_modules() if isinstance(part, nn.Conv2d) and max(part.kernel_size) > 1]


@pytest.mark.parametrize("segments", POINTS)
@pytest.mark.parametrize("order", ["bottleneck", "pointwise-first", "spatial-first"])
def test_each_layer_and_the_model_keep_their_cost(small: nn.Module, segments: Any, order: Any) -> None:
    rewritten, report = sp.rewrite(small, segments=segments, image=IMAGE, order=order)
    before, after = sp.measure(small, image=IMAGE), sp.measure(rewritten, image=IMAGE)
    assert (report.before, report.after) == (before, after)
    assert abs(after.params / before.params - 1) == abs(report.params_error) <= 0.01
    assert abs(after.macs / before.macs - 1) == abs(report.macs_error) <= 0.01
    assert list(report.layers) == spatial(small)
    assert report.left == {}
    for name, block in report.layers.items():
        part = rewritten.get_submodule(name)
        assert block.params == sum(weight.numel() for weight in part.parameters())
        assert block.original.params == sum(weight.numel() for weight in small.get_submodule(name).parameters())
        assert block.miss <= 0.01
        assert block.order == (order if block.original.pixels_in == block.original.pixels_out else "spatial-first")


@pytest.mark.slow
def test_resnet_50() -> None:
    model = resnet(depths=(3, 4, 6, 3), inner=64, groups=1, classes=1000)
    report = sp.rewrite(model, segments=32, image=(3, 64, 64)).report
    assert len(report.layers) == 17
    assert report.left == {}
    assert max(abs(report.params_error), abs(report.macs_error)) < 0.002


def test_the_rest_of_the_model_is_untouched(small: nn.Module) -> None:
    kept = copy.deepcopy(small.state_dict())
    rewritten = sp.rewrite(small, segments=4, image=IMAGE).model
    assert all(torch.equal(kept[name], tensor) for name, tensor in small.state_dict().items())
    own = rewritten.state_dict()
    gone = {name for name in kept if name.rpartition(".")[0] in spatial(small)}
    assert {name for name in kept if name not in own} == gone
    assert all(torch.equal(kept[name], own[name]) for name in kept if name in own)
    assert torch.equal(own["dilated.expand.bias"], kept["dilated.bias"])
    assert [name for name, _ in rewritten.named_children()] == [name for name, _ in small.named_children()]


def test_hooks_modes_precision_and_freezing_survive(small: nn.Module) -> None:
    seen: list[str] = []
    handle = small.dilated.register_forward_hook(lambda *_: seen.append("layer"))
    small.head.register_forward_pre_hook(lambda *_: seen.append("head"))
    small.blocks.eval()
    small.dilated.weight.requires_grad_(False)
    small.dilated.bias.requires_grad_(False)
    small = small.to(torch.bfloat16, memory_format=torch.channels_last)
    rewritten = sp.rewrite(small, segments=4, image=IMAGE).model
    assert {weight.dtype for weight in rewritten.parameters()} == {torch.bfloat16}
    assert rewritten.blocks[1].conv2.expand.weight.is_contiguous(memory_format=torch.channels_last)
    assert not any(weight.requires_grad for weight in rewritten.dilated.parameters())
    assert all(weight.requires_grad for weight in rewritten.stem.parameters())
    assert [rewritten.training, rewritten.blocks.training, rewritten.blocks[0].conv1.spatial.training] == [
        True,
        False,
        False,
    ]
    seen.clear()
    rewritten(torch.zeros(2, *IMAGE, dtype=torch.bfloat16))
    assert seen == ["layer", "head"]
    handle.remove()
    small(torch.zeros(2, *IMAGE, dtype=torch.bfloat16))
    assert seen == ["layer", "head", "head"]


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(64, 64, 3, padding=2, dilation=2),
        nn.Conv2d(64, 48, (1, 7), padding=(0, 3), padding_mode="reflect"),
        nn.Conv2d(64, 64, 3, padding="same", padding_mode="circular", bias=False),
        nn.Conv2d(64, 96, (3, 5), stride=(1, 2), padding=1),
        nn.Conv2d(64, 96, 4, stride=4),
        nn.Conv2d(64, 64, 2, padding="same"),
        nn.Conv2d(64, 64, 5),
        nn.Conv2d(64, 96, 3, stride=2, padding=1, bias=False),
    ],
    ids=lambda layer: layer.extra_repr(),
)
@pytest.mark.parametrize("segments", [1, 5, sp.DEPTHWISE])
def test_a_block_computes_in_the_window_of_its_layer(layer: nn.Conv2d, segments: Any) -> None:
    """It is a convolution again: one with the kernel that its answers to single pixels add up to."""
    block = sp.rewrite(layer, segments=segments, image=(64, 13, 12)).model.double()
    plain = copy.deepcopy(layer).double()
    names = dict(block.named_children())
    whole = block_diagonal(kernels_of(names["spatial"]))
    if "expand" in names:
        whole = torch.einsum(
            "pq,qrkl,rs->pskl", names["expand"].weight[:, :, 0, 0], whole, names["pointwise"].weight[:, :, 0, 0]
        )
    else:
        whole = torch.einsum("pq,qrkl->prkl", names["pointwise"].weight[:, :, 0, 0], whole)
    with torch.no_grad():
        plain.weight.copy_(whole)
    images = torch.randn(2, 64, 13, 12, dtype=torch.double, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(block(images), plain(images), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("segments", POINTS)
def test_outputs_keep_their_variance_along_the_spectrum(segments: Any) -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(64, 64, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    images = torch.randn(16, 64, 12, 12)
    ratios = []
    for seed in range(4):
        block = sp.rewrite(layer, segments=segments, image=(64, 12, 12), seed=seed).model
        ratios.append(
            float(block(images).detach()[..., 1:-1, 1:-1].var() / layer(images).detach()[..., 1:-1, 1:-1].var())
        )
    assert sum(ratios) / 4 == pytest.approx(1, abs=0.12)


def test_weights_are_a_function_of_the_seed(small: nn.Module) -> None:
    torch.manual_seed(5)
    state = torch.get_rng_state()
    one, two, three = (sp.rewrite(small, segments=4, image=IMAGE, seed=seed).model.state_dict() for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["stem.spatial.weights.0"], three["stem.spatial.weights.0"])


def test_the_librarys_fast_convolution_is_used(small: nn.Module) -> None:
    rewritten = sp.rewrite(small, segments=4, image=IMAGE).model
    assert type(rewritten.blocks[0].conv2.spatial) is SegmentedConv2d


def test_something_stands_in_between_where_asked_for(small: nn.Module) -> None:
    rewritten, report = sp.rewrite(small, segments=4, image=IMAGE, intermediate="batch-norm+relu")
    parts = [type(part).__name__ for part in rewritten.blocks[0].conv2]
    assert parts == ["PaddedConv2d", "BatchNorm", "ReLU", "SegmentedConv2d", "BatchNorm", "ReLU", "PaddedConv2d"]
    assert max(block.miss for block in report.layers.values()) <= 0.01
    rewritten(torch.randn(2, *IMAGE)).sum().backward()
    assert all(weight.grad is not None for weight in rewritten.parameters())


def test_plain_is_the_model_as_it_is(small: nn.Module) -> None:
    copied, report = sp.rewrite(small, segments=sp.PLAIN, image=IMAGE)
    assert copied is not small
    assert report.before == report.after
    assert report.layers == {}
    images = torch.randn(2, *IMAGE)
    assert torch.equal(copied(images), small(images))


def test_layers_are_chosen_by_name_or_by_a_function(small: nn.Module) -> None:
    names = ["blocks.*.conv2", "dilated"]
    report = sp.rewrite(small, segments=4, image=IMAGE, only=names).report
    assert list(report.layers) == ["blocks.0.conv2", "blocks.1.conv2", "dilated"]
    report = sp.rewrite(small, segments=4, image=IMAGE, only=lambda name, layer: layer.bias is not None).report
    assert list(report.layers) == ["dilated", "reflecting"]


class Mixed(nn.Module):
    """Layers of all kinds that have to stay, beside one that need not."""

    def __init__(self) -> None:
        super().__init__()
        self.free = nn.Conv2d(64, 64, 3, padding=1)
        self.grouped = nn.Conv2d(64, 64, 3, padding=1, groups=4)
        self.shared = nn.Conv2d(64, 64, 3, padding=1)
        self.again = self.shared
        self.one, self.other = nn.Conv2d(64, 64, 3, padding=1), nn.Conv2d(64, 64, 3, padding=1)
        self.other.weight = self.one.weight
        self.normed = nn.utils.parametrizations.weight_norm(nn.Conv2d(64, 64, 3, padding=1))
        self.unused = nn.Conv2d(64, 64, 3, padding=1)
        self.narrow = nn.Conv2d(64, 2, 3, padding=1)
        self.read = nn.Conv2d(2, 64, 3, padding=1)
        self.own = Own(64, 64, 3, padding=1)
        self.ignored = nn.Conv2d(64, 64, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        images = self.again(self.shared(self.grouped(self.free(images))))
        self.ignored(images)
        images = self.own(self.normed(self.other(self.one(images))))
        return self.read(self.narrow(images).to(self.read.weight.dtype))


class Own(nn.Conv2d):
    """A convolution that standardises its weight."""

    def forward(self, images: Tensor) -> Tensor:
        return functional.conv2d(images, self.weight - self.weight.mean(), self.bias, padding=1)


def test_what_cannot_be_rewritten_is_left_and_named() -> None:
    report = sp.rewrite(Mixed(), segments=2, image=(64, 8, 8)).report
    assert set(report.layers) == {"free"}
    assert report.left == {
        "grouped": "it runs over 4 groups already; sp.embed and sp.project change these",
        "shared": "the layer is shared: shared and again are one",
        "one": "a weight is shared: one.weight and other.weight are one",
        "other": "a weight is shared: one.weight and other.weight are one",
        "normed": "its weight is computed from other parameters",
        "unused": "it does not run in evaluation mode",
        "ignored": "nothing that comes out depends on it",
        "narrow": report.left["narrow"],
        "read": report.left["read"],
        "own": "its class Own computes the convolution in a way of its own",
    }
    assert report.left["narrow"].startswith(
        "64 to 2 channels are too few for whole widths to keep its cost within 1.00%"
    )
    text = repr(report)
    assert " ".join(text.splitlines()[0].split()) == "layer order channels segments params after off MACs after off"
    assert "left as it is: unused, since it does not run in evaluation mode" in text


class Reading(nn.Module):
    """A model that looks at its first layer."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(64, 64, 3, padding=1), nn.Conv2d(64, 64, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        assert self.second.kernel_size == (3, 3)
        assert self.second.out_channels == 64
        return self.second(self.first(images.to(self.first.weight.dtype)))


def test_a_layer_whose_weight_the_model_reads_is_left() -> None:
    report = sp.rewrite(Reading(), segments=2, image=(64, 8, 8)).report
    assert list(report.layers) == ["second"]
    assert report.left == {"first": "the model reads its weight, which a block does not have"}


class Bypassing(nn.Module):
    """A model that convolves with a weight which it keeps beside its layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(64, 64, 3, padding=1)
        self.kept = [self.layer]

    def forward(self, images: Tensor) -> Tensor:
        return self.kept[0](images)


class Shapely(nn.Module):
    """A model that gives something else for other layers."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(64, 64, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        features = self.layer(images)
        return features if isinstance(self.layer, nn.Conv2d) else features[:, :1]


class Choosy(Shapely):
    """A model that runs with its own kind of layer alone."""

    def forward(self, images: Tensor) -> Tensor:
        if not isinstance(self.layer, nn.Conv2d):
            raise TypeError("no Conv2d")
        return self.layer(images)


class Switching(Shapely):
    """A model that uses another layer than before."""

    def __init__(self) -> None:
        super().__init__()
        self.spare = nn.Conv2d(64, 32, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        if isinstance(self.layer, nn.Conv2d):
            return self.layer(images)
        return self.spare(images).repeat(1, 2, 1, 1)


class Uncopied(Shapely):
    """A model that cannot be copied."""

    def __deepcopy__(self, memo: object) -> "Uncopied":
        raise RuntimeError("there is one of me")


WIDE: dict[str, Any] = {"segments": 2, "image": (64, 8, 8)}


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (nn.Linear(3, 3), WIDE, r"got RuntimeError|what is rewritten are nn.Conv2d larger than 1 x 1"),
        (nn.Conv2d(64, 8, 1), WIDE, "larger than 1 x 1, got a Conv2d without any; give a model that has some"),
        (nn.LazyConv2d(8, 3), WIDE, "before it is rewritten, got the lazy weight; run it on one image first"),
        (
            nn.Conv2d(64, 64, 3, groups=8),
            WIDE,
            "the model cannot be rewritten: it runs over 8 groups already; sp.embed",
        ),
        (Shapely(), WIDE | {"image": (3, 8, 8)}, "tracing it on an image of 3x8x8, got RuntimeError: Given groups=1"),
        (Shapely(), WIDE | {"image": (64, 8)}, r"an image is \(channels, height, width\)"),
        (Shapely(), WIDE | {"only": "nothing"}, "no convolution named 'nothing'; use one of layer"),
        (Shapely(), WIDE | {"only": ["lay"]}, "no convolution named 'lay'; did you mean 'layer'"),
        (Shapely(), WIDE | {"only": [5]}, "only holds names of layers, got 5; use for example 'layer1"),
        (Shapely(), WIDE | {"only": lambda *_: False}, "which of the 1 convolutions are wanted, got True for none"),
        (Shapely(), WIDE | {"only": 5}, "only of rewrite is"),
        (
            Shapely(),
            WIDE | {"segments": 10_000},
            "as many channels as segments, got 10000 where layer can have at most 269 at this cost; use at most",
        ),
        (
            Shapely(),
            WIDE | {"segments": (32, 32)},
            r"are a count, got the widths 32\+32: the inner .* use for example 2",
        ),
        (Shapely(), WIDE | {"segments": 0}, "segments are a positive integer"),
        (
            Shapely(),
            WIDE | {"tolerance": 0.0},
            "a tolerance is a fraction between 0 and 1, got 0.0; use for example 0.01",
        ),
        (Shapely(), WIDE | {"seed": -1}, "a seed is an integer of at least 0, got -1"),
        (Shapely(), WIDE | {"order": "depth-first"}, "no order of a block named 'depth-first'"),
        (Shapely(), WIDE | {"intermediate": "tanh"}, "no norm or activation named 'tanh'"),
        (Shapely(), WIDE, r"gives what it gave before, got outputs of \(\(1, 1, 8, 8\),\) for \(\(1, 64, 8, 8\),\)"),
        (Choosy(), WIDE, "runs as it did before, got TypeError: no Conv2d; leave layers out by only"),
        (Uncopied(), WIDE, "on a copy, so as not to change it, got RuntimeError: there is one of me"),
        (
            Bypassing(),
            WIDE,
            "in its modules, .* got one that cannot be traced then: RuntimeError: Cannot insert a Tens",
        ),
        (
            Switching(),
            WIDE,
            "by calling its layers, got one with 1,179,648 MACs where 2,338,624 follow from the layers",
        ),
        ("resnet50", WIDE, r"is a torch module, got 'resnet50'; for a spec use at\(segments\)"),
    ],
)
def test_bad_input_gets_a_sentence(model: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        sp.rewrite(model, **options)


def test_segments_for_which_no_free_layer_has_channels_are_refused_with_what_stays() -> None:
    model = nn.Sequential(nn.Conv2d(3, 64, 3, 2, 1), nn.Conv2d(64, 64, 3, groups=64))
    message = r"got 4 where 0 can have at most 3 at this cost \(1 have to stay, 1 since it runs over 64 groups already"
    with pytest.raises(DefinitionError, match=message):
        sp.rewrite(model, segments=4, image=(3, 16, 16))


def test_a_rewritten_model_is_saved_and_exported_as_others_are(small: nn.Module, tmp_path: Path) -> None:
    rewritten = sp.rewrite(small, segments=4, image=IMAGE).model.eval()
    images = torch.randn(1, *IMAGE)
    torch.save(rewritten, tmp_path / "model.pt")
    loaded = torch.load(tmp_path / "model.pt", weights_only=False)
    assert torch.equal(loaded(images), rewritten(images))
    program = torch.export.export(rewritten, (images,)).module()
    torch.testing.assert_close(program(images), rewritten(images), rtol=1e-4, atol=1e-4)


def test_a_layer_that_is_named_has_to_be_rewritten() -> None:
    with pytest.raises(DefinitionError, match=r"grouped cannot be rewritten: it runs .*; leave it out of only"):
        sp.rewrite(Mixed(), only=["free", "grouped"], **WIDE)
    with pytest.raises(
        BudgetError, match=r"narrow cannot be rewritten: 64 to 2 channels .* raise the tolerance to 0\.\d+$"
    ):
        sp.rewrite(Mixed(), only=["free", "narrow"], **WIDE)
    with pytest.raises(DefinitionError, match="first cannot be rewritten: the model reads its weight"):
        sp.rewrite(Reading(), only="first", **WIDE)


def test_the_tolerance_that_a_refusal_names_is_enough() -> None:
    layer = nn.Conv2d(12, 12, 3, padding=1)
    with pytest.raises(BudgetError, match="raise the tolerance to") as caught:
        sp.rewrite(layer, segments=1, image=(12, 8, 8))
    tolerance = float(str(caught.value).rpartition(" ")[2])
    report = sp.rewrite(layer, segments=1, image=(12, 8, 8), tolerance=tolerance).report
    assert 0.01 < report.layers[""].miss <= tolerance


def test_a_layer_that_no_tolerance_takes_in_is_not_told_to_raise_it() -> None:
    """A tolerance is below 1: one channel with three taps has 3 weights, a block with its norms 9 at least."""
    layer = nn.Conv2d(1, 1, (1, 3), padding=(0, 1), bias=False)
    with pytest.raises(
        BudgetError, match=r"the nearest is an inner width of 1 with \+200.00% .*; no tolerance is wide"
    ):
        sp.rewrite(layer, segments=1, image=(1, 8, 8), intermediate="batch-norm")


def test_the_report_has_the_nearest_block_of_what_cannot_keep_its_cost() -> None:
    model = nn.Sequential(nn.Conv2d(12, 12, 3, padding=1), nn.Conv2d(12, 64, 3, padding=1), nn.Conv2d(64, 64, 3, 1, 1))
    report = sp.rewrite(model, segments=1, image=(12, 8, 8)).report
    assert report.left.keys() == report.missed.keys() == {"0", "1"}
    enough = [block.tolerance for block in report.missed.values() if block.tolerance is not None]
    for tolerance, block in zip(enough, report.missed.values(), strict=True):
        assert tolerance - 0.01 <= block.miss < tolerance
    assert not sp.rewrite(model, segments=1, image=(12, 8, 8), tolerance=max(enough)).report.left


def test_the_report_explains_the_orders_that_it_names() -> None:
    layer = nn.Conv2d(64, 64, 3, padding=1)
    text = str(sp.rewrite(layer, segments=4, image=(64, 8, 8), order="pointwise-first").report)
    assert "pointwise-first: 1 x 1, k x k over the segments" in text.splitlines()
    assert "bottleneck" not in text
    assert "spatial-first" not in text
