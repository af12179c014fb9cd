"""Scores against scikit-learn's, on real images and on ties."""

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss, top_k_accuracy_score
from torch import nn

from spectrum.errors import DataError
from spectrum.training.data.batches import ArraySplit
from spectrum.training.data.loading import Data
from spectrum.training.metrics import grade
from spectrum.training.single_label import score_batch


def test_scores_are_scikit_learns(digits: Data, network: nn.Module) -> None:
    scores, _ = grade(network, digits.test, normalisation=digits.normalisation, batch=100)
    with torch.no_grad():
        inputs = digits.normalisation(digits.test.images, device=torch.device("cpu"))
        probabilities = network.eval()(inputs).double().softmax(1).numpy()
    labels = digits.test.labels.numpy()
    assert 0 < scores.top1 < scores.top5 < 1
    assert scores.top1 == pytest.approx(top_k_accuracy_score(labels, probabilities, k=1), abs=1e-12)
    assert scores.top5 == pytest.approx(top_k_accuracy_score(labels, probabilities, k=5), abs=1e-12)
    assert scores.cross_entropy == pytest.approx(log_loss(labels, probabilities), rel=1e-6)


@pytest.mark.parametrize("classes", [2, 7, 100])
def test_sums_are_scikit_learns(classes: int) -> None:
    random = np.random.RandomState(classes)
    logits, labels = random.randn(400, classes), random.randint(classes, size=400)
    ranks, summed = score_batch(torch.tensor(logits), torch.tensor(labels))
    first, five, loss = int((ranks < 1).sum()), int((ranks < 5).sum()), float(summed)
    names = list(range(classes))
    assert first / 400 == pytest.approx(np.mean(logits.argmax(1) == labels))
    if classes > 5:
        assert five / 400 == pytest.approx(top_k_accuracy_score(labels, logits, k=5, labels=names))
    else:
        assert five == 400
    probabilities = torch.tensor(logits).softmax(1).numpy()
    assert loss / 400 == pytest.approx(log_loss(labels, probabilities, labels=names))


def test_equal_logits_favour_the_lower_class() -> None:
    flat = torch.zeros(10, 10)
    ranks, _ = score_batch(flat, torch.arange(10))
    assert ranks.tolist() == list(range(10))


def test_the_images_that_are_right(digits: Data, network: nn.Module) -> None:
    scores, correct = grade(network, digits.test, normalisation=digits.normalisation, batch=100)
    with torch.no_grad():
        inputs = digits.normalisation(digits.test.images, device=torch.device("cpu"))
        expected = network.eval()(inputs).argmax(1) == digits.test.labels
    assert correct.tolist() == expected.tolist()
    assert scores.top1 == correct.double().mean().item()


def test_the_batch_makes_no_difference(digits: Data, network: nn.Module) -> None:
    whole, parts = (
        grade(network, digits.test, normalisation=digits.normalisation, batch=batch)[0] for batch in (359, 64)
    )
    assert (whole.top1, whole.top5) == (parts.top1, parts.top5)
    assert whole.cross_entropy == pytest.approx(parts.cross_entropy, rel=1e-6)


@pytest.mark.parametrize("training", [True, False])
def test_scoring_changes_nothing(digits: Data, network: nn.Module, training: bool) -> None:
    network.train(training)
    network[1].train(not training)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    random = torch.get_rng_state()
    grade(network, digits.validation, normalisation=digits.normalisation)
    assert network.training is training
    assert network[1].training is not training
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    assert torch.equal(random, torch.get_rng_state())


def test_bf16_scores_nearly_the_same(digits: Data, network: nn.Module) -> None:
    full, half = (
        grade(network, digits.test, normalisation=digits.normalisation, precision=precision)[0]
        for precision in ("fp32", "bf16")
    )
    assert half.cross_entropy == pytest.approx(full.cross_entropy, rel=0.01)
    assert half != full


def test_an_empty_split_is_refused(digits: Data, network: nn.Module) -> None:
    empty = ArraySplit(digits.test.images[:0], digits.test.labels[:0])
    with pytest.raises(DataError, match=r"a split to be scored needs images, got none; add images"):
        grade(network, empty, normalisation=digits.normalisation)


def test_a_label_without_a_logit_is_refused() -> None:
    with pytest.raises(DataError, match=r"below the network's 3 classes, got 3; give the network as many"):
        score_batch(torch.zeros(2, 3), torch.tensor([0, 3]))
