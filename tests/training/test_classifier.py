"""A trained network on raw images: the same numbers as in training, and a sentence for other images."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import spectrum as sp
from spectrum.errors import DataError
from spectrum.training.classifier import Classifier
from spectrum.training.data.loading import Data
from spectrum.training.metrics import grade
from spectrum.training.model_card import ModelCard
from spectrum.training.model_file import read_model

CARD = ModelCard(image=(2, 1, 1), classes=("a", "b"), mean=(10.0, 20.0), std=(2.0, 4.0))


def test_images_are_normalised_channel_by_channel() -> None:
    model = Classifier(nn.Flatten(), CARD)
    images = torch.tensor([[12, 12], [0, 255]], dtype=torch.uint8)[:, :, None, None]
    assert model(images).tolist() == [[1.0, -2.0], [-5.0, 58.75]]
    assert not model.training
    assert model.state_dict() == {}


@pytest.mark.parametrize("polyak", [None, 0.99])
def test_training_hands_back_the_network_that_it_scored(digits: Data, polyak: float | None) -> None:
    spec = sp.networks.small(classes=10, stem_stride=1, width=4).at(3)
    trained = sp.train(spec, digits, recipe=sp.Recipe(epochs=2, batch=128, polyak=polyak), seed=1, test=True)
    assert trained.test is not None
    assert trained.outcome.test == trained.test
    assert type(trained.outcome).__name__ == "Outcome"
    with torch.inference_mode():
        logits = trained.model(digits.test.images)
    losses = torch.nn.functional.cross_entropy(logits.double(), digits.test.labels)
    assert float((logits.argmax(1) == digits.test.labels).double().mean()) == trained.test.top1
    assert float(losses) == pytest.approx(trained.test.cross_entropy, rel=1e-6)
    assert trained.model.card.classes == tuple("0123456789")
    assert trained.model.card.network == spec


def test_a_trained_network_is_fine_tuned(digits: Data, tmp_path: Path) -> None:
    """From its weights, not from the seed; and what comes of it can be kept again."""
    spec = sp.networks.small(classes=10, stem_stride=2, width=4).at(3).replace(hidden=(6,))
    first = sp.train(spec, digits, recipe=sp.Recipe(epochs=2, batch=64), seed=1)
    kept = read_model(sp.save_model(first.model, tmp_path / "first.safetensors"))
    still = sp.train(kept, digits, recipe=sp.Recipe(epochs=1, lr=1e-12, momentum=0.0, dropout=0.5), seed=2)
    before, after = kept.network.state_dict(), still.model.network.state_dict()
    assert before.keys() == after.keys()
    for name in before:
        if "running" not in name and "num_batches" not in name:
            torch.testing.assert_close(after[name], before[name], rtol=0, atol=1e-6)
    assert {part.p for part in still.model.modules() if isinstance(part, nn.Dropout)} == {0.5}
    again = read_model(sp.save_model(still.model, tmp_path / "second.safetensors"))
    assert again.card.network == spec


def test_a_module_of_ones_own_is_handed_back_trained(digits: Data, network: nn.Module) -> None:
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    trained = sp.train(network, digits, recipe=sp.Recipe(epochs=1), seed=1)
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    scores, _ = grade(trained.model.network, digits.validation, normalisation=digits.normalisation)
    assert scores == trained.validation
    assert trained.model.card.network is None
    assert trained.model.card.classes == tuple("0123456789")


def test_a_module_of_more_classes_than_the_data_names_them_all(digits: Data) -> None:
    """Whatever it takes an image for has a name."""
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 12))
    trained = sp.train(module, digits, recipe=sp.Recipe(epochs=1), seed=1)
    assert trained.model.card.classes == tuple(map(str, range(12)))


def test_images_lie_in_memory_as_they_did_in_training() -> None:
    seen: list[bool] = []

    class Looking(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            seen.append(images.is_contiguous())
            return images.flatten(1)

    card = CARD.replace(image=(2, 3, 3))
    for last in (True, False):
        Classifier(Looking(), card.replace(channels_last=last))(torch.zeros(2, 2, 3, 3, dtype=torch.uint8))
    assert seen == [False, True]


@pytest.mark.parametrize(
    "images", [torch.zeros(1, 2, 1, 1), torch.zeros(1, 2, 3, 1, dtype=torch.uint8), np.zeros((1, 2, 1, 1), np.uint8), 3]
)
def test_other_images_get_a_sentence(images: object) -> None:
    with pytest.raises(DataError, match=r"^this network takes images uint8 \[n, 2, 1, 1\] in a torch tensor, got "):
        Classifier(nn.Flatten(), CARD)(images)
