"""The card of a trained network: JSON both ways, and what it refuses."""

from typing import Any

import pytest

import spectrum as sp
from spectrum.errors import DefinitionError
from spectrum.training.model_card import ModelCard, RunCard

FIELDS: dict[str, Any] = {
    "network": sp.networks.small(classes=3, width=4),
    "image": (1, 8, 8),
    "classes": ("a", "b", "c"),
    "mean": (0.1 + 0.2,),
    "std": (1 / 3,),
}


def run(**changes: Any) -> RunCard:
    fields = {"study": "s", "run": "0" * 16, "point": "8", "budget": "b", "seed": 1, "top1": 0.5, "cross_entropy": 1.0}
    return RunCard(**(fields | changes))


def test_it_survives_json_to_the_last_bit() -> None:
    card = ModelCard(**FIELDS, data="digits", origin=run())
    assert ModelCard.from_json(card.to_json()) == card
    own = sp.OwnNetwork(model="a:b", segments=sp.DEPTHWISE, only=("c",), inner=(3,), identity="0123")
    card = ModelCard(**FIELDS | {"network": own}, channels_last=False)
    assert ModelCard.from_json(card.to_json()) == card


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mean": (1.0, 2.0)}, "normalises each of its 1 channels, got 2 means and 1 deviations; give one of each"),
        ({"std": (0.0,)}, "a channel is divided by its deviation, got std=(0.0,); give 1 for a flat one"),
        ({"classes": ("a", "b")}, "names the 3 classes of its network, got 2 names; name each"),
    ],
)
def test_what_does_not_hold_together(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        ModelCard(**(FIELDS | changes))
    assert message in str(raised.value)


def test_seeds_are_ranked_by_the_validation_split() -> None:
    """By accuracy, then by cross-entropy, then the lower seed: a total order, so that no order of events matters."""
    better = [run(top1=0.6, cross_entropy=2.0), run(cross_entropy=0.9, seed=7), run(), run(seed=2)]
    assert sorted(better, key=lambda card: card.rank, reverse=True) == better


def test_a_run_is_scored_by_accuracy_or_by_map() -> None:
    ranked = [run(top1=None, map=0.6, cross_entropy=2.0), run(top1=None, map=0.5)]
    assert ranked[0].rank > ranked[1].rank
    assert '"top1"' not in ranked[0].to_json()
    assert '"map"' not in run().to_json()
    for both in ({"map": 0.5}, {"top1": None}):
        given = "both" if "map" in both else "neither"
        with pytest.raises(DefinitionError, match=f"a run is scored by top1 or by map, got {given}; give one of them"):
            run(**both)


def test_cards_of_one_class_an_image_are_written_as_ever() -> None:
    """The checksum of a file of weights is over this text."""
    assert not {"multi_label", "channels_last"} & set(ModelCard(**FIELDS).to_json().split('"'))
    several = ModelCard(**FIELDS, multi_label=True)
    assert ModelCard.from_json(several.to_json()) == several
