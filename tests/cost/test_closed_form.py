"""The closed form, against numbers worked out by hand and published ones, and without torch."""

import pickle
import subprocess
import sys
from dataclasses import replace

import pytest

import spectrum as sp
from spectrum.architecture.layers import Chain, Convolution, GlobalPool, Linear, Norm
from spectrum.architecture.modules import Inception, Module, Order, Tower
from spectrum.architecture.spec import Network
from spectrum.cost.closed_form import count, saturated
from spectrum.cost.quantities import Cost
from spectrum.errors import DefinitionError
from spectrum.segments import DEPTHWISE, PLAIN, SegmentsValue

XCEPTION = count(sp.networks.xception(), (3, 299, 299))


def one_block(segments: SegmentsValue, *, order: Order = "pointwise-first", **fields: object) -> Network:
    module = Module(channels=(8,), residual=False, order=order, **fields)
    return Network(modules=(module,), classes=2, segments=segments)


def test_xceptions_published_counts() -> None:
    assert XCEPTION.params == 22_855_952
    assert XCEPTION.macs == 8_357_403_496
    assert XCEPTION.flops == 16_714_806_992
    by_kind = {
        kind: sum(row.params for row in XCEPTION.layers if row.kind == kind) for kind in ("convolution", "linear")
    }
    assert by_kind == {"convolution": 20_752_424, "linear": 2_049_000}
    assert sum(row.params for row in XCEPTION.layers if row.kind == "batch norm") == 54_528
    depthwise = sum(row.params for row in XCEPTION.layers if row.name.endswith(".spatial"))
    assert depthwise / XCEPTION.params == pytest.approx(0.009, abs=0.0005)


def test_xceptions_layers_and_sizes() -> None:
    blocks = {
        row.name.removesuffix(".spatial").removesuffix(".pointwise")
        for row in XCEPTION.layers
        if row.kind == "convolution" and ".skip" not in row.name
    }
    assert len(blocks) == 36
    assert len({name.split(".")[1] for name in blocks}) == 14
    sizes = [row.size[0] for row in XCEPTION.layers if row.name.startswith("features.")]
    assert sorted(set(sizes), reverse=True) == [149, 147, 74, 37, 19, 10]
    skips = [row for row in XCEPTION.layers if row.name.endswith(".skip.conv")]
    assert [(row.in_channels, row.out_channels, row.size[0]) for row in skips] == [
        (64, 128, 74), (128, 256, 37), (256, 728, 19), (728, 1024, 10)
    ]  # fmt: skip


def test_the_fully_connected_variant() -> None:
    cost = count(sp.networks.xception(17_000, hidden=(4096, 4096)), (3, 299, 299))
    linear = (2048 + 1) * 4096 + (4096 + 1) * 4096 + (4096 + 1) * 17_000
    assert cost.params == 20_752_424 + 54_528 + linear


@pytest.mark.parametrize(
    ("segments", "spatial"),
    [(1, 9 * 64), (2, 9 * 32), (3, 9 * (9 + 9 + 4)), (8, 72), (DEPTHWISE, 72), ((5, 3), 9 * 34)],
)
def test_one_block_by_hand(segments: SegmentsValue, spatial: int) -> None:
    cost = count(one_block(segments), (3, 6, 5))
    pointwise, norm, classifier = 24, 16, 18
    assert cost.params == pointwise + spatial + norm + classifier
    assert cost.macs == 30 * (pointwise + spatial) + 16
    assert cost.activations == 30 * (8 + 8) + 2
    assert [row.name for row in cost.layers] == [
        "features.0.conv0.pointwise", "features.0.conv0.spatial", "features.0.norm0", "classifier"
    ]  # fmt: skip


def test_kernels_of_the_segments_by_hand() -> None:
    kernels = ((3, 3), (1, 7))
    spatial = Convolution(None, (3, 7), stride=2, segments=(5, 3), kernels=kernels)
    cost = count(Chain((("pointwise", Convolution(8)), ("spatial", spatial))), (4, 6, 5))
    assert cost.params == 4 * 8 + 9 * 5**2 + 7 * 3**2
    assert cost.macs == 30 * 4 * 8 + 9 * (9 * 5**2 + 7 * 3**2)
    assert cost.layers[-1].segments == 2


def test_where_the_stride_falls() -> None:
    """The first convolution of a block sees the image at full size: odd sides are rounded up behind the stride."""
    macs = {
        order: count(one_block(2, order=order, stride=2), (4, 5, 5)).macs
        for order in ("pointwise-first", "spatial-first", "bottleneck")
    }
    assert macs == {
        "pointwise-first": 25 * 4 * 8 + 9 * 9 * 2 * 16 + 16,
        "spatial-first": 9 * 9 * 2 * 4 + 9 * 4 * 8 + 16,
        "bottleneck": 25 * 4 * 4 + 9 * 9 * 2 * 4 + 9 * 4 * 8 + 16,
    }


def test_plain_is_a_regular_convolution() -> None:
    assert count(one_block(PLAIN), (3, 6, 6)).params == 9 * 3 * 8 + 16 + 18


def test_every_row_of_a_network_has_a_name_of_its_own() -> None:
    for order in ("pointwise-first", "spatial-first", "bottleneck"):
        network = sp.networks.small().at(4, order=order, intermediate="batch-norm")
        names = [row.name for row in count(network, (1, 28, 28)).layers]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("segments", [1, 3, 200, DEPTHWISE, PLAIN])
def test_a_cost_is_the_sum_of_its_rows(segments: SegmentsValue) -> None:
    network = sp.networks.small().at(segments, order="bottleneck")
    cost = count(network.replace(modules=tuple(module.replace(bias=True) for module in network.modules)))
    assert cost == pickle.loads(pickle.dumps(cost))
    assert cost.layers == pickle.loads(pickle.dumps(cost)).layers
    totals = (cost.params, cost.macs, cost.activations, cost.effective_params)
    assert totals == tuple(sum(row[column] for row in cost.layers) for column in (7, 8, 9, 10))
    assert count(Chain(), (3, 4, 4)) == Cost(0, 0, 0, 0)


def test_equal_modules_in_a_row_are_counted_as_others_are() -> None:
    """A bias at their end is redundant only in the last, which a batch norm follows."""
    block = Chain((("pointwise", Convolution(6)), ("spatial", Convolution(None, (3, 3), bias=True, segments=2))))
    other, norm = replace(block), Norm(1e-3, 0.1)
    for nodes in ([block, block, block, norm], [block, other, block, norm]):  # equal, but the other is no copy
        tree = Chain(tuple((str(index), node) for index, node in enumerate(nodes)))
        rows = count(tree, (6, 9, 9)).layers
        # 36 + 9 * 18 weights have 36 + 8 * 18 degrees of freedom
        assert [row.params - row.effective_params for row in rows] == [0, 18, 0, 18, 0, 18 + 6, 0]


def test_counts_are_integers_in_every_cell() -> None:
    for segments in (1, 3, 200, DEPTHWISE, PLAIN):
        cost = count(sp.networks.small().at(segments, order="bottleneck"), (1, 28, 28))
        assert all(isinstance(cell, int) for row in cost.layers for cell in (*row[2:4], row.segments, *row[7:])), (
            segments
        )


def test_saturated_layers_are_the_ones_narrower_than_their_own_segments() -> None:
    wide, narrow = Module(channels=(16, 16)), Module(channels=(8,), repeat=2)
    network = Network(
        modules=(wide, narrow, narrow.replace(segments=4), wide.replace(segments=32)), classes=2, segments=12
    )
    assert saturated(network, (3, 8, 8)) == (
        "features.1.body.conv0.spatial",
        "features.2.body.conv0.spatial",
        "features.5.body.conv0.spatial",
        "features.5.body.conv1.spatial",
    )
    for segments in (DEPTHWISE, PLAIN, 4):
        network = network.replace(modules=(wide, narrow), segments=segments)
        assert saturated(network, (3, 8, 8)) == ()


@pytest.mark.parametrize(
    ("fields", "image", "message"),
    [
        (
            {"padding": "valid", "kernel": 5},
            (3, 4, 9),
            "the image is too small at features.0.conv0.spatial: 4 x 9 pixels for a 5 x 5 window with stride 1 and "
            "padding 'valid'; use larger images or fewer strides",
        ),
        (
            {"pool": 3},
            (3, 1, 9),
            "the image is too small at features.0.pool: 1 x 9 pixels for a 3 x 3 window with stride 2 and padding "
            "'same'; use larger images or fewer strides",
        ),
        (
            {"stride": 2},
            (3, 9, 1),
            "the image is too small at features.0.conv0.spatial: 9 x 1 pixels for a 3 x 3 window with stride 2 and "
            "padding 'same'; use larger images or fewer strides",
        ),
    ],
)
def test_images_that_are_too_small(fields: dict[str, object], image: tuple[int, int, int], message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        count(one_block(2, **fields), image)
    assert str(caught.value) == message


def test_explicit_widths_that_do_not_add_up() -> None:
    with pytest.raises(DefinitionError, match=r"got \(3, 4\) with a sum of 7 for 8 channels"):
        count(one_block((3, 4)), (3, 8, 8))


@pytest.mark.parametrize("image", [(3, 8), (3, 8, 0), (3, 8, 8.0), (True, 8, 8), "3x8x8", 8])
def test_an_image_is_three_positive_integers(image: object) -> None:
    with pytest.raises(DefinitionError, match=r"an image is \(channels, height, width\), got .*; use for example"):
        count(one_block(2), image)  # type: ignore[arg-type]


def test_a_tree_that_is_a_block_alone_has_redundant_parameters() -> None:
    """A 1 x 1 before one segment, as the last layer and as the first: c^2 + (k^2 - 1) c^2 of c^2 + k^2 c^2 remain."""
    pointwise, spatial = ("pointwise", Convolution(6)), ("spatial", Convolution(None, (3, 3)))
    for layers in ((pointwise, spatial), (spatial, pointwise)):
        cost = count(Chain(layers), (6, 8, 8))
        assert (cost.params, cost.effective_params) == (36 + 9 * 36, 9 * 36)


def test_what_equals_a_number_of_segments_is_refused_all_the_same() -> None:
    """Sums that layers share are kept, by the kind of the number too."""
    assert count(Chain((("spatial", Convolution(None, segments=4)),)), (8, 6, 6)).layers[0].segments == 4
    with pytest.raises(DefinitionError, match=r"^segments are a positive integer, .*, got 4\.0; use for example 4"):
        count(Chain((("spatial", Convolution(None, segments=4.0)),)), (8, 6, 6))  # type: ignore[arg-type]


def test_a_tree_is_counted_as_it_is() -> None:
    """A flattened convolution of 1 x 5 taps with bias, by hand."""
    tree = Chain((("conv", Convolution(4, (1, 5), bias=True)), ("pool", GlobalPool()), ("out", Linear(2))))
    cost = count(tree, (3, 6, 7))
    assert (cost.params, cost.macs, cost.activations) == (5 * 12 + 4 + 10, 42 * 60 + 8, 42 * 4 + 2)
    assert [row.kernel for row in cost.layers] == [(1, 5), (1, 1)]


def test_googlenets_first_inception_module() -> None:
    """Module 3a of arXiv 1409.4842, table 1: 192 channels in, 64 + 128 + 32 + 32 out, 128 million operations at 28."""
    inception = Inception(
        towers=(
            Tower(channels=(64,), kernels=(1,)),
            Tower(channels=(96, 128), kernels=(1, 3)),
            Tower(channels=(16, 32), kernels=(1, 5)),
            Tower(channels=(32,), kernels=(1,), pool="max"),
        )
    )
    stem = Module(channels=(192,), separable=False, residual=False)
    rows = count(Network(modules=(stem, inception), classes=2), (3, 28, 28)).layers
    convolutions = [row for row in rows if row.name.startswith("features.1.") and row.kind == "convolution"]
    assert [row.name for row in convolutions] == [
        f"features.1.tower{tower}" for tower in ("0.conv0", "1.conv0", "1.conv1", "2.conv0", "2.conv1", "3.conv0")
    ]
    assert sum(row.params for row in convolutions) == 163_328
    assert sum(row.macs for row in convolutions) == 128_049_152
    assert sum(row.params for row in rows if row.name.startswith("features.1.")) == 163_328 + 2 * (256 + 96 + 16)


def test_the_networks_own_image_counts_where_none_is_given() -> None:
    assert count(sp.networks.xception()) == XCEPTION
    with pytest.raises(DefinitionError, match="this network does not say what images it takes"):
        count(one_block(2))


def test_planning_needs_no_torch() -> None:
    script = (
        "import sys, spectrum as sp, spectrum.cost.closed_form, spectrum.cost.matching.match, spectrum.cost.budget\n"
        "sp.match(sp.networks.small(), sp.Budget(params=100_000, macs=3_000_000), image=(1, 28, 28))\n"
        "print(sorted({'torch', 'fvcore', 'numpy', 'optuna', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
