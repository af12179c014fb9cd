"""Modules: frozen values whose every rule has a sentence."""

from typing import Any

import pytest

from spectrum.architecture.modules import Auxiliary, Inception, Module, Tower
from spectrum.errors import DefinitionError


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"channels": ()}, "Module.channels: tuple should have at least 1 item after validation, not 0, got (); "
         "change channels"),
        ({"channels": (8,) * 4}, "Module.channels: tuple should have at most 3 items after validation, not 4, "
         "got (8, 8, 8, 8); change channels"),
        ({"channels": (8, 0)}, "channels are positive integers, got (8, 0); use at least 1"),
        ({"channels": (8.0,)}, "Module.channels.0: input should be a valid integer, got 8.0; change channels.0"),
        ({"inner": (-1,)}, "channels are positive integers, got (-1,); use at least 1"),
        ({"inner": (4, 4)}, "inner gives one width per convolution, got 2 for 1 convolutions; give as many as "
         "channels"),
        ({"kernel": 4}, "a kernel size is a positive odd integer, or two, got 4; use for example 3"),
        ({"kernel": (3, 2)}, "a kernel size is a positive odd integer, or two, got (3, 2); use for example 3"),
        ({"padding": "valid"}, "a residual needs padding='same' or 'symmetric', since 'valid' shrinks the image; "
         "use residual=False"),
        ({"repeat": 0}, "Module.repeat: input should be greater than or equal to 1, got 0; change repeat"),
        ({"repeat": 2, "pool": 3}, "a repeated module keeps its image size, got repeat=2 with stride=1 and pool=3; "
         "put the down-sampling into a module of its own"),
        ({"stride": 3}, "Module.stride: input should be 1 or 2, got 3; change stride"),
        ({"pool": 1}, "Module.pool: input should be greater than or equal to 2, got 1; change pool"),
        ({"order": "spatial"}, "Module.order: input should be 'pointwise-first', 'spatial-first' or 'bottleneck', "
         "got 'spatial'; did you mean 'spatial-first'?"),
        ({"intermediate": "relux"}, "there is no norm or activation named 'relux'; did you mean 'relu'? known: "
         "batch-norm, elu, none, relu, relu6, silu"),
        ({"residual": 1}, "Module.residual: input should be a valid boolean, got 1; change residual"),
        ({"pool_padding": "valid", "pool": 3}, "a residual needs padding='same' or 'symmetric', since 'valid' shrinks "
         "the image; use residual=False"),
        ({"pool_padding": "same"}, "pool_padding is about a max-pool, got 'same' and no pool; set pool, or leave it "
         "out"),
        ({"segments": 0}, "segments are a positive integer, 'depthwise', 'plain' or a tuple of positive widths, got 0; "
         "use for example 4 or sp.DEPTHWISE"),
        ({"chanels": 8}, "there is no field of Module named 'chanels'; did you mean 'channels'? known: after, before, "
         "bias, channels, final, inner, intermediate, kernel, order, padding, pool, pool_padding, repeat, residual, "
         "segments, separable, stride"),
    ],
)  # fmt: skip
def test_what_is_no_module(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        Module(**{"channels": (8,), **fields})
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Tower(channels=(8,)), "a tower has a kernel for each of its convolutions, got 0 kernels for 1 "
         "convolutions; give one for each"),
        (lambda: Tower(pool="max", beside=(3,)), "a tower has convolutions beside its last one, got beside=(3,) and "
         "none; give channels"),
        (lambda: Tower(), "a tower has a convolution or a pooling, got neither; leave the tower out"),
        (lambda: Inception(towers=()), "Inception.towers: tuple should have at least 1 item after validation, not 0, "
         "got (); change towers"),
    ],
)  # fmt: skip
def test_what_is_no_inception(make: Any, sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        make()
    assert str(caught.value) == sentence


def test_a_square_kernel_is_one_number_however_it_is_given() -> None:
    assert Module(channels=(8,), kernel=(5, 5)) == Module(channels=(8,), kernel=5)
    assert Module(channels=(8,), kernel=(1, 7)).kernel == (1, 7)


def test_inner_widths_are_half_the_outputs_unless_given() -> None:
    assert Module(channels=(1, 8, 9)).inner_widths() == (1, 4, 4)
    assert Module(channels=(8,), inner=(3,)).inner_widths() == (3,)


def test_halvings_are_strides_and_pools() -> None:
    assert [Module(channels=(8,), stride=s, pool=p).halvings for s, p in ((1, None), (2, None), (1, 3), (2, 2))] == [
        0, 1, 1, 2
    ]  # fmt: skip
    assert Inception(towers=(Tower(pool="max"),), stride=2).halvings == 1


def test_a_tower_is_as_wide_as_what_stands_at_its_end() -> None:
    assert Tower(channels=(4, 8), kernels=(1, 3)).width == 8
    assert Tower(channels=(4, 8), kernels=(1, (1, 3)), beside=((3, 1), 3)).width == 24
    assert Tower(pool="max").width is None


def test_an_auxiliary_classifier_has_one_tower_that_keeps_its_stage() -> None:
    towers = (Tower(channels=(4, 8), kernels=(1, 3)),)
    assert Auxiliary(towers=towers).halvings == 0
    assert Auxiliary(towers=towers).with_widths({("towers", 0, "channels", 1): 5}).towers[0].channels == (4, 5)
    with pytest.raises(DefinitionError, match=r"Auxiliary\.stride: input should be 1, got 2"):
        Auxiliary(towers=towers, stride=2)  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match=r"Auxiliary\.towers: tuple should have at most 1 item"):
        Auxiliary(towers=towers * 2)


def test_fields_that_say_nothing_are_not_written() -> None:
    """So that a network keeps the digest that it had before there were such fields."""
    assert "pool_padding" not in Module(channels=(8,), pool=3).to_json()
    module = Module(channels=(8,), pool=3, pool_padding="valid", residual=False)
    assert Module.from_json(module.to_json()) == module


def test_widths_are_set_by_their_place() -> None:
    module = Module(channels=(8, 16), order="bottleneck")
    assert module.with_widths({("channels", 1): 20}) == module.replace(channels=(8, 20))
    assert module.with_widths({("inner", 0): 4}) == module  # half of 8: still the default
    assert module.with_widths({("channels", 0): 9, ("inner", 1): 7}).inner == (4, 7)
    towers = Inception(towers=(Tower(channels=(4, 8), kernels=(1, 3)), Tower(pool="max")))
    changed = towers.with_widths({("towers", 0, "channels", 1): 5})
    assert [tower.channels for tower in changed.towers] == [(4, 5), ()]
