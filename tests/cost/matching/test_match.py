"""Matching meets both budgets wherever it can, keeps what it promises to keep, and says how far it moved the rest."""

import re
from functools import cache
from itertools import product
from math import exp, log
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spectrum as sp
from spectrum.architecture.modules import Inception, Module, Order, Tower
from spectrum.architecture.spec import Network
from spectrum.cost.budget import Budget
from spectrum.cost.closed_form import count
from spectrum.cost.matching.match import MAX_DISTORTION, Match, match
from spectrum.cost.matching.polynomial import Totals
from spectrum.cost.matching.protocols import By, Matching
from spectrum.cost.matching.widths import FreeWidths
from spectrum.errors import BudgetError, DefinitionError
from spectrum.segments import DEPTHWISE, PLAIN, SegmentsValue

SEGMENTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, DEPTHWISE, PLAIN)
ORDERS = ("pointwise-first", "spatial-first", "bottleneck")
IMAGE = (1, 28, 28)
XCEPTION = Budget(params=22_855_952, macs=8_357_403_496)


def check(found: Match, network: Network, budget: Budget, image: tuple[int, int, int], *, by: By = "widths") -> None:
    """What holds of every match: its cost is true and within the tolerance, and so is what it says of its widths."""
    cost = count(found.network, image)
    assert found.cost == cost
    assert found.params_error == pytest.approx(cost.params / budget.params - 1, abs=1e-12)
    assert found.macs_error == pytest.approx(cost.macs / budget.macs - 1, abs=1e-12)
    assert max(abs(found.params_error), abs(found.macs_error)) <= budget.tolerance
    ratios = changes(network, found.network, inner_only=by == "inner")
    assert found.distortion == pytest.approx(max(ratios) / min(ratios))
    assert found.distortion <= MAX_DISTORTION
    assert found.scale == pytest.approx(exp(sum(map(log, ratios)) / len(ratios)))


def changes(network: Network, matched: Network, *, inner_only: bool) -> list[float]:
    """Matched over declared, for every width of the modules, or every one inside them."""
    pairs: list[tuple[int, int]] = []
    for old, new in zip(network.modules, matched.modules, strict=True):
        channels = list(zip(old.channels, new.channels, strict=True))
        pairs += (channels[:-1] if old.separable else []) if inner_only else channels
        if old.order == "bottleneck" and old.separable and (old.segments or network.segments) != PLAIN:
            pairs += zip(old.inner_widths(), new.inner_widths(), strict=True)
    return [after / before for before, after in pairs]


def identities(network: Network) -> list[bool]:
    """Which residuals of a network are identities."""
    entries = [None, *(module.channels[-1] for module in network.modules)]
    return [
        module.residual and not module.halvings and module.channels[-1] == entry
        for module, entry in zip(network.modules, entries, strict=False)
    ]


@pytest.mark.parametrize("macs", [4_700_000, 3_000_000])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("segments", SEGMENTS)
def test_every_point_of_the_spectrum_is_within_one_per_cent_on_both(
    segments: SegmentsValue, order: Order, macs: int
) -> None:
    network = sp.networks.small().at(segments, order=order)
    budget = Budget(params=100_000, macs=macs)
    found = match(network, budget, image=IMAGE)
    check(found, network, budget, IMAGE)
    assert identities(found.network) == identities(network)
    assert found.network.at(DEPTHWISE).modules == found.network.modules
    if macs == 3_000_000:
        assert found.distortion < 1.3, "this budget is close to the network's own proportions"


@pytest.mark.parametrize(
    ("segments", "widths"),
    [
        (PLAIN, [5, 17, 44, 89]), (1, [5, 13, 36, 68]), (2, [6, 19, 47, 96]), (4, [9, 25, 62, 127]),
        (8, [11, 32, 79, 158]), (16, [14, 38, 95, 187]), (DEPTHWISE, [16, 47, 121, 241]),
    ],
)  # fmt: skip
def test_the_widths_of_the_readmes_study(segments: SegmentsValue, widths: list[int]) -> None:
    """A change of these makes another study of it: its committed results would no longer be those of its plan."""
    found = match(sp.networks.small().at(segments), Budget(params=100_000, macs=3_000_000))
    assert FreeWidths.of(found.network, IMAGE).declared == widths


@pytest.mark.parametrize("segments", [1, 2, 3, 8, 64, DEPTHWISE])
@pytest.mark.parametrize("order", ORDERS)
def test_by_inner_the_trunk_stays(segments: SegmentsValue, order: Order) -> None:
    """At the cost of the same network with 4 segments; one or two are dearer in what the trunk holds fixed."""
    network = sp.networks.small().at(segments, order=order)
    cost = count(network.at(4), IMAGE)
    budget = Budget(params=cost.params, macs=cost.macs)
    if (order, segments) in {("pointwise-first", 1), ("pointwise-first", 2), ("spatial-first", 1)}:
        with pytest.raises(BudgetError, match=r"no inner widths of the network with segments=[12] meet "):
            match(network, budget, image=IMAGE, by="inner")
        return
    found = match(network, budget, image=IMAGE, by="inner")
    check(found, network, budget, IMAGE, by="inner")
    for old, new in zip(network.modules, found.network.modules, strict=True):
        assert new.channels[-1] == old.channels[-1]
        assert old.separable or new == old
    if order == "bottleneck":
        assert found.distortion < 1.3


@pytest.mark.parametrize("repeat", [2, 3, 4])
def test_by_depth_modules_that_keep_their_shape_repeat(repeat: int) -> None:
    """The budget of a deeper network is met by that depth, with the widths as they are."""
    network = sp.networks.small()
    modules = list(network.modules)
    modules[3] = modules[3].replace(repeat=repeat)
    deeper = network.replace(modules=tuple(modules))
    cost = count(deeper, IMAGE)
    found = match(network, Budget(params=cost.params, macs=cost.macs), image=IMAGE, by="depth")
    assert found == Match(deeper, cost, 0, 0, 1, 1)


@pytest.mark.parametrize("segments", [1, 8, DEPTHWISE, PLAIN])
def test_xceptions_middle_flow_gets_shallower_where_segments_are_few(segments: SegmentsValue) -> None:
    network = sp.networks.xception().at(segments)
    found = match(network, XCEPTION, image=(3, 299, 299), by="depth")
    check(found, network, XCEPTION, (3, 299, 299))
    assert (found.network.modules[4].repeat == 8) == (segments == DEPTHWISE)
    assert identities(found.network) == identities(network)


@pytest.mark.parametrize("segments", [1, 2, 4, 32, 91, DEPTHWISE, PLAIN])
def test_xception_at_its_own_budget(segments: SegmentsValue) -> None:
    network = sp.networks.xception().at(segments)
    found = match(network, XCEPTION, image=(3, 299, 299))
    check(found, network, XCEPTION, (3, 299, 299))
    assert found.distortion < 1.4
    assert identities(found.network) == identities(network)


@pytest.mark.parametrize("by", ["widths", "inner", "depth"])
@pytest.mark.parametrize("order", ORDERS)
def test_a_network_at_its_own_cost_is_itself(order: Order, by: By) -> None:
    for segments in (1, 3, 100, DEPTHWISE):
        network = sp.networks.small().at(segments, order=order)
        cost = count(network, IMAGE)
        found = match(network, Budget(params=cost.params, macs=cost.macs), image=IMAGE, by=by)
        assert found == Match(network, cost, 0, 0, 1, 1)
        again = match(found.network, Budget(params=cost.params, macs=cost.macs), image=IMAGE, by=by)
        assert again == found


TINY = Network(
    modules=(
        Module(channels=(4,), separable=False, residual=False, before=(), after=("batch-norm", "relu")),
        Module(channels=(8, 8), pool=3),
        Module(channels=(8,)),
    ),
    classes=2,
    segments=2,
)


@pytest.mark.parametrize("order", ["pointwise-first", "spatial-first"])
@pytest.mark.parametrize("segments", [1, 3, 8, DEPTHWISE, PLAIN])
def test_what_brute_force_finds_near_the_proportions_matching_finds(segments: SegmentsValue, order: Order) -> None:
    """Budgets a random part of the tolerance beside what a random pair of widths costs."""
    free = FreeWidths.of(TINY.at(segments, order=order), (1, 12, 12))
    assert free.declared == [4, 8]
    costs = {widths: free.totals(widths) for widths in product(range(1, 25), range(1, 40))}
    near = [widths for widths in costs if free.distortion(widths) <= 2 and widths[0] < 20 and widths[1] < 30]
    random = Random(1)
    for _ in range(25):
        tolerance = random.choice([0.01, 0.03])
        params, macs = (
            round(cost * (1 + random.uniform(-tolerance, tolerance))) for cost in costs[random.choice(near)]
        )
        budget = Budget(params=params, macs=macs, tolerance=tolerance)
        check(match(free.network, budget, image=(1, 12, 12)), free.network, budget, (1, 12, 12))


@settings(max_examples=40)
@given(
    params=st.integers(20, 3_000),
    per_param=st.floats(1, 200),
    tolerance=st.sampled_from([0.01, 0.1]),
    segments=st.sampled_from([3, DEPTHWISE]),
)
def test_any_budget_is_met_or_refused_with_the_nearest_that_can_be_had(
    params: int, per_param: float, tolerance: float, segments: SegmentsValue
) -> None:
    network = TINY.at(segments)
    budget = Budget(params=params, macs=max(1, int(params * per_param)), tolerance=tolerance)
    try:
        found = match(network, budget, image=(1, 12, 12))
    except BudgetError as error:
        named = re.search(r"the closest it can get is ([\d,]+) params, ([\d,]+) MACs, so change", str(error))
        assert named
        params, macs = (int(number.replace(",", "")) for number in named.groups())
        assert (params, macs) in attainable(segments)
        assert max(abs(params / budget.params - 1), abs(macs / budget.macs - 1)) > tolerance
    else:
        check(found, network, budget, (1, 12, 12))


@cache
def attainable(segments: SegmentsValue) -> set[tuple[float, float]]:
    """What the tiny network can cost at widths up to 100 and 60 channels."""
    free = FreeWidths.of(TINY.at(segments), (1, 12, 12))
    return {free.totals(widths) for widths in product(range(1, 101), range(1, 61))}


def test_equal_widths_of_a_stage_change_together() -> None:
    free = FreeWidths.of(sp.networks.small().at(4, order="bottleneck"), IMAGE)
    assert [(group.declared, group.halvings, len(group.free)) for group in free.groups] == [
        (16, 1, 1), (24, 2, 2), (48, 2, 2), (64, 3, 4), (128, 3, 4), (128, 3, 1), (256, 3, 1)
    ]  # fmt: skip
    assert len(FreeWidths.of(sp.networks.small().at(PLAIN, order="bottleneck"), IMAGE).groups) == 4


@pytest.mark.parametrize(("segments", "width"), [(1, 64), (2, 80), (4, 96), (8, 112), (32, 128)])
@pytest.mark.parametrize("both", [True, False])
def test_resnet50_on_its_trunk_gets_the_widths_of_resnexts_authors(segments: int, width: int, both: bool) -> None:
    """Table 2 of arXiv 1611.05431: 64, 80, 96, 112 and 128 channels at cardinality 1, 2, 4, 8 and 32."""
    budget = Budget(params=25_557_032, macs=4_089_184_256 if both else None, tolerance=0.05)
    network = sp.networks.resnet50(segments=segments)
    found = match(network, budget, by="resnext")
    assert found == match(network, budget, by=Matching(solve="inner", multiples=True, one_scale=True))
    widths = [module.inner[0] for module in found.network.modules if module.inner]
    stages = [width * 2**stage for stage in range(4)]
    assert widths == [stages[0], *(stage for stage in stages[1:] for _ in range(2))]
    assert [module.channels for module in found.network.modules] == [module.channels for module in network.modules]
    if segments == 32:
        assert found.network.tree == sp.networks.resnext50().tree


@pytest.mark.parametrize("segments", [3, 8])
@pytest.mark.parametrize("order", ["pointwise-first", "bottleneck"])
def test_on_request_segments_divide_the_widths(segments: int, order: Order) -> None:
    budget = Budget(params=300_000, macs=9_000_000, tolerance=0.05)
    found = match(sp.networks.small(width=24).at(segments, order=order), budget, by=Matching(multiples=True))
    assert found.cost.layers
    spatial = [row for row in found.cost.layers if row.name.endswith(".spatial")]
    assert all(row.in_channels % segments == 0 for row in spatial)
    check(found, sp.networks.small(width=24).at(segments, order=order), budget, IMAGE)


@pytest.mark.parametrize("by", ["widths", "inner", "depth"])
@pytest.mark.parametrize("budget", [Budget(params=150_000), Budget(macs=4_500_000)])
def test_one_budget_alone_keeps_the_proportions(budget: Budget, by: By) -> None:
    network = sp.networks.small().at(4, order="bottleneck")
    found = match(network, budget, by=by)
    cost = count(found.network)
    off = [cost.params / budget.params - 1 if budget.params else cost.macs / (budget.macs or 1) - 1]
    assert [error for error in (found.params_error, found.macs_error) if error is not None] == pytest.approx(off)
    assert (found.params_error is None, found.macs_error is None) == (budget.params is None, budget.macs is None)
    assert abs(off[0]) <= 0.01
    assert found.distortion < 1.1


def test_inception_towers_are_matched_with_the_rest() -> None:
    inception = Inception(
        towers=(
            Tower(channels=(16,), kernels=(1,)),
            Tower(channels=(12, 16), kernels=(1, 3)),
            Tower(channels=(8,), kernels=(1,), pool="average"),
        )
    )
    small = sp.networks.small().at(4)
    network = small.replace(modules=(small.modules[0], inception, *small.modules[1:]))
    cost = count(network)
    found = match(network, Budget(params=2 * cost.params, macs=2 * cost.macs))
    assert found.cost == count(found.network)
    assert max(abs(found.params_error or 0), abs(found.macs_error or 0)) <= 0.01
    assert found.distortion < 1.1
    matched = found.network.modules[1]
    assert isinstance(matched, Inception)
    assert all(
        1.3 < new / old < 1.5
        for towers in zip(inception.towers, matched.towers, strict=True)
        for old, new in zip(*(tower.channels for tower in towers), strict=True)
    ), "twice the cost is the square root of two in width"


def test_many_modules_that_keep_their_shape_are_no_trouble() -> None:
    stem = Module(channels=(8,), separable=False, residual=False)
    stages = [
        part for width in (8, 12, 16) for part in (Module(channels=(width,), pool=3), *[Module(channels=(width,))] * 5)
    ]
    network = Network(modules=(stem, *stages), classes=10, segments=2)
    cost = count(network, (3, 32, 32))
    budget = Budget(params=2 * cost.params, macs=2 * cost.macs)
    found = match(network, budget, image=(3, 32, 32), by="depth")
    assert max(abs(found.params_error), abs(found.macs_error)) <= 0.01
    assert sum(module.repeat for module in found.network.modules) > len(network.modules)
    assert found.scale == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize(
    ("budget", "by", "message"),
    [
        (Budget(params=100, macs=3_000_000), "widths", "no widths of the network with segments=4 meet 100 params, "
         "3 M MACs within 1.00% while its stages keep their proportions within a factor of 8; the closest it can get "
         "is 1"),
        (Budget(params=1_000_000, macs=1_000), "inner", "no inner widths of the network with segments=4 meet 1 M par"),
        (Budget(params=1_000_000, macs=1_000), "depth", "no depths of the network with segments=4 meet 1 M params, "),
    ],
)  # fmt: skip
def test_a_budget_that_nothing_meets(budget: Budget, by: By, message: str) -> None:
    with pytest.raises(BudgetError) as caught:
        match(sp.networks.small().at(4), budget, image=IMAGE, by=by)
    assert str(caught.value).startswith(message)
    assert str(caught.value).endswith(" MACs, so change the budget, the network or the tolerance")


@pytest.mark.parametrize(
    ("network", "options", "sentence"),
    [
        ("small", {}, "a network is a sp.Network, got 'small'; use sp.networks.named('small'), "
         "or sp.measure for a module"),
        (TINY, {"by": "width"}, "there is no way to match named 'width'; did you mean 'widths'? known: depth, inner, "
         "resnext, widths"),
        (TINY, {"by": 5}, "a network is matched by a sp.Matching or the name of one, got 5; use one of widths, inner, "
         "depth, resnext"),
        (TINY, {"image": (28, 28)}, "an image is (channels, height, width), got (28, 28); use for example (3, 32, 32)"),
        (TINY, {"image": (1, 1, 1)}, "the image is too small at features.1.body.pool: 1 x 1 pixels for a 3 x 3 window "
         "with stride 2 and padding 'same'; use larger images or fewer strides"),
        (TINY, {"image": None}, "this network does not say what images it takes; give image=(channels, height, "
         "width), or set its own with replace(image=...)"),
        (TINY.at((3, 5)), {}, "explicit segment widths hold the channels that matching has to change, got (3, 5); "
         "use their number, 2"),
        (TINY.replace(modules=(TINY.modules[2].replace(segments=(8,)),)), {}, "explicit segment widths hold the "
         "channels that matching has to change, got (8,); use their number, 1"),
        (TINY.replace(modules=TINY.modules[:1]), {"by": "inner"}, "matching by inner widths needs modules with widths "
         "inside them, got a network whose widths are all handed on from module to module; match by='widths'"),
        (TINY.replace(modules=TINY.modules[:2]), {"by": "depth"}, "matching by depth repeats modules that keep their "
         "shape, got a network of 2 modules without one; match by='widths' or by='inner'"),
    ],
)  # fmt: skip
def test_what_cannot_be_matched(network: Network, options: dict[str, object], sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        match(network, Budget(params=1000, macs=10_000), **{"image": (1, 12, 12), **options})  # type: ignore[arg-type]
    assert str(caught.value) == sentence


def test_a_budget_is_a_budget() -> None:
    with pytest.raises(DefinitionError, match=r"a network is matched to a sp\.Budget, got 5; use sp\.Budget"):
        match(sp.networks.small(), 5, image=(1, 28, 28))  # type: ignore[arg-type]


@pytest.mark.parametrize(("params", "macs"), [(10**12, 10**15), (10**15, 10), (10**9, 10**10), (9, 9)])
def test_a_budget_out_of_reach_is_refused_soon(params: int, macs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = 0

    def counting(*arguments: Any, **named: Any) -> Any:
        nonlocal counted
        counted += 1
        return totals(*arguments, **named)

    totals = Totals.__call__
    monkeypatch.setattr(Totals, "__call__", counting)
    with pytest.raises(BudgetError, match="the closest it can get is"):
        match(sp.networks.small().at(4), Budget(params=params, macs=macs), image=(1, 28, 28))
    assert counted < 10_000
