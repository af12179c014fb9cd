"""Which convolutions of a user's own model stay as they are: those of one reason together, the worst point counts."""

import pytest

from spectrum.search.left_layers import LeftLayers, left_layers

MISSED = [("a", "too narrow", 0.02), ("b", "too narrow", 0.04)]


def test_a_layer_stays_for_any_point_and_needs_what_the_worst_point_does() -> None:
    left = [("4", MISSED), ("depthwise", [("b", "too narrow", 0.09), ("c", "it is shared", None)])]
    assert left_layers(["a", "b", "c", "d", "e"], {"d"}, left) == (
        LeftLayers(("a",), "", 0.02, ("4",)),
        LeftLayers(("b",), "", 0.09, ("4", "depthwise")),
        LeftLayers(("c",), "it is shared", None, ()),
        LeftLayers(("e",), "the network's own `only` does not name it", None, ()),
    )


def test_layers_of_one_reason_stand_together_and_points_once() -> None:
    """A study crossed with factors has several points of the same segments."""
    both = [("a", "", 0.03), ("b", "", 0.03)]
    assert left_layers("ab", (), [("4", both), ("4", both)]) == (LeftLayers(("a", "b"), "", 0.03, ("4",)),)
    assert left_layers("ab", {"a", "b"}, [("plain", [])]) == ()


def test_what_no_tolerance_takes_in_at_one_point_is_no_matter_of_tolerance() -> None:
    left = [("4", [("a", "", 0.03)]), ("8", [("a", "its weight is shared", None)])]
    assert left_layers("a", (), left) == (LeftLayers(("a",), "its weight is shared", None, ()),)


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        (
            LeftLayers(("a", "b"), "", 0.03, ("4", "8")),
            "left as it is: a, b, since no whole width keeps the cost within 1% at segments 4, 8; a tolerance of 0.03 "
            "would take them in",
        ),
        (
            LeftLayers(("a",), "", 0.1, ("4",)),
            "left as it is: a, since no whole width keeps the cost within 1% at segments 4; a tolerance of 0.1 would "
            "take it in",
        ),
        (LeftLayers(("a",), "it is shared", None, ()), "left as it is: a, since it is shared"),
    ],
)
def test_the_sentence_says_what_would_change_that(layers: LeftLayers, sentence: str) -> None:
    assert layers.sentence(within=0.01) == sentence


def test_many_names_are_cut_short() -> None:
    many = LeftLayers(tuple(f"layer{number}" for number in range(50)), "they are shared", None, ())
    assert "layer19 and 30 more, since" in many.sentence(within=0.01)
