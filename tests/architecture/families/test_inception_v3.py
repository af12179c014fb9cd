"""Inception V3 in its published versions, and on the spectrum."""

import pytest

import spectrum as sp
from spectrum.architecture.families.inception_v3 import inception_v3
from spectrum.architecture.modules import Inception, Module
from spectrum.cost.closed_form import count
from spectrum.errors import DefinitionError
from spectrum.segments import DEPTHWISE, PLAIN, SegmentsValue

BUDGET = sp.Budget(params=23_834_568, macs=5_713_216_096)


@pytest.mark.parametrize(
    ("options", "params", "macs"),
    [
        ({}, 23_834_568, 5_713_216_096),
        ({"norm_scale": False}, 23_817_352, 5_713_216_096),
        ({"auxiliary": True}, 27_161_264, 5_713_216_096),
        ({"first_port": True}, 23_626_728, 5_623_817_312),
    ],
)
def test_published_counts(options: dict[str, bool], params: int, macs: int) -> None:
    cost = count(inception_v3(**options))  # type: ignore[arg-type]
    assert (cost.params, cost.macs) == (params, macs)


def test_published_activations_and_macs() -> None:
    """timm lists 8.97 M and 5.73 G, in which batch norm counts twice its channels and pixels."""
    cost = count(inception_v3())
    assert round(cost.activations / 1e6, 2) == 8.97
    convolutions = cost.activations - 1000
    assert round((cost.macs + 2 * convolutions) / 1e9, 2) == 5.73


def test_what_the_papers_table_3_counted() -> None:
    """Narrower pooling towers and the modules that read them, a narrower 1 x 1 and what reads it, and biases."""
    first = 32 * (256 + 2)
    second = 32 * (64 + 48 + 64) + 288 * 64 - 256 * 32 + 2 * 32
    readers = 32 * (9 * 384 + 64) + 32 * (192 + 128 + 128 + 192)
    tower = 32 * (768 + 2 + 7 * 192)
    biases = sum(row.out_channels for row in count(inception_v3(first_port=True)).layers if row.kind == "convolution")
    assert 23_834_568 - first - second - readers - tower + biases == 23_626_728


def test_with_the_auxiliary_tower_it_computes_the_same() -> None:
    plain, auxiliary = (inception_v3(auxiliary=each) for each in (False, True))
    cost = count(auxiliary)
    assert cost.activations == count(plain).activations
    rows = [row for row in cost.layers if ".branch." in row.name]
    assert [(row.in_channels, row.out_channels, row.size) for row in rows if row.kind != "batch norm"] == [
        (768, 128, (5, 5)), (128, 768, (1, 1)), (768, 1000, (1, 1))
    ]  # fmt: skip
    assert sum(row.params for row in rows) == 27_161_264 - 23_834_568


def test_biases_before_batch_norm_are_no_effective_parameters() -> None:
    cost = count(inception_v3(first_port=True))
    biases = sum(row.out_channels for row in cost.layers if row.kind == "convolution")
    assert cost.effective_params == cost.params - biases


def test_its_modules_run_at_35_17_and_8_pixels() -> None:
    rows = [row for row in count(inception_v3()).layers if row.kind == "convolution"]
    assert len(rows) == 94
    assert list(dict.fromkeys(row.size for row in rows)) == [
        (side, side) for side in (149, 147, 73, 71, 35, 17, 8)
    ]  # fmt: skip
    assert count(inception_v3()).layers[-1].in_channels == 2048


def test_every_inception_module_becomes_one_of_segments_as_wide_as_its_towers() -> None:
    towers, segments = inception_v3(), inception_v3(segments=4)
    assert not towers.open
    assert segments.open
    widths = [
        module.channels
        for module, before in zip(segments.modules, towers.modules, strict=True)
        if isinstance(module, Module) and isinstance(before, Inception)
    ]
    assert widths == [(256,), (288,), (288,), (768,), (768,), (768,), (768,), (768,), (1280,), (2048,), (2048,)]
    sizes = {row.size for row in count(segments).layers if row.name.endswith(".spatial")}
    assert sizes == {(35, 35), (17, 17), (8, 8)}


@pytest.mark.parametrize("segments", [PLAIN, 1, 2, 4, 8, 16, 32, DEPTHWISE])
def test_its_modules_meet_its_own_cost_all_along_the_spectrum(segments: SegmentsValue) -> None:
    matched = sp.match(inception_v3(segments=segments), BUDGET)
    assert abs(matched.cost.params / BUDGET.params - 1) <= 0.01
    assert abs(matched.cost.macs / BUDGET.macs - 1) <= 0.01


def test_an_image_that_is_too_small_has_a_sentence() -> None:
    with pytest.raises(DefinitionError, match=r"the image is too small at features.*; use larger images"):
        count(inception_v3(), (3, 64, 64))
