"""Ranking and average precision against brute force and scikit-learn, ties and cut-offs included."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, label_ranking_average_precision_score

from spectrum.training.ranking import average_precision, ranked


def brute(scores: np.ndarray, shown: np.ndarray, weights: np.ndarray, k: int) -> list[float]:
    """The definition, image by image and rank by rank, in plain Python."""
    found = []
    for row, mine in zip(scores.tolist(), shown.tolist(), strict=True):
        order = sorted(range(len(row)), key=lambda label: (-row[label], label))[:k]
        gained, hits = 0.0, 0
        for rank, label in enumerate(order, start=1):
            if mine[label]:
                hits += 1
                gained += weights[label] * hits / rank
        own = sorted((weights[label] for label in range(len(row)) if mine[label]), reverse=True)
        best = sum(own[:k])
        found.append(gained / best if best > 0 else math.nan)
    return found


def ours(scores: np.ndarray, shown: np.ndarray, weights: np.ndarray, k: int) -> list[float]:
    each = average_precision(torch.tensor(scores), torch.tensor(shown), weights=torch.tensor(weights), k=k)
    return each.tolist()  # type: ignore[no-any-return]


@settings(max_examples=200)
@given(
    st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 9), st.integers(1, 15), st.sampled_from([2, 3, 100])
)
def test_brute_force(seed: int, images: int, classes: int, k: int, levels: int) -> None:
    """With few levels of scores most of them are tied."""
    random = np.random.RandomState(seed)
    scores = random.randint(levels, size=(images, classes)).astype(np.float32)
    shown = random.rand(images, classes) < random.rand()
    weights = random.randint(3, size=classes) * random.rand(classes)
    expected = brute(scores, shown, weights, k)
    found = ours(scores, shown, weights, k)
    assert found == pytest.approx(expected, rel=1e-12, nan_ok=True)
    assert all(math.isnan(each) or 0 <= each <= 1 for each in found)


def test_scikit_learn_where_all_classes_count_alike() -> None:
    """Its average precision of ranked labels, and that of samples, are the same where no scores are tied."""
    random = np.random.RandomState(5)
    scores, shown = random.randn(300, 40), random.rand(300, 40) < 0.1
    shown[np.arange(300), random.randint(40, size=300)] = True  # to an image without classes both give another value
    found = ours(scores, shown, np.ones(40), 40)
    assert np.mean(found) == pytest.approx(label_ranking_average_precision_score(shown, scores), rel=1e-12)
    assert np.mean(found) == pytest.approx(average_precision_score(shown, scores, average="samples"), rel=1e-12)
    assert found == pytest.approx([average_precision_score(*each) for each in zip(shown, scores, strict=True)])


@pytest.mark.parametrize("k", [1, 3, 10])
def test_scikit_learn_on_the_best_k(k: int) -> None:
    """Where an image shows at most k classes, it is that of the best k, times the share of its classes among them."""
    random = np.random.RandomState(k)
    for _ in range(50):
        scores, shown = random.randn(30), np.zeros(30, dtype=bool)
        shown[random.permutation(30)[: random.randint(1, k + 1)]] = True
        best = np.argsort(-scores)[:k]
        hits = shown[best].sum()
        expected = average_precision_score(shown[best], scores[best]) * hits / shown.sum() if hits else 0.0
        assert ours(scores[None], shown[None], np.ones(30), k) == pytest.approx([expected])


def test_by_hand() -> None:
    scores = np.array([[0.9, 0.8, 0.7, 0.6]] * 4)
    shown = np.array([[1, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0], [1, 1, 0, 0]], dtype=bool)
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    expected = [(1 * 1 + 3 * 2 / 3) / 4, (4 * 1 / 4) / 4, math.nan, 1.0]
    assert ours(scores, shown, weights, 4) == pytest.approx(expected, nan_ok=True)
    cut = [(1 * 1) / (3 + 1), 0.0, math.nan, 1.0]
    assert ours(scores, shown, weights, 2) == pytest.approx(cut, nan_ok=True)
    first = [1 / 3, 0.0, math.nan, 1 / 2]  # of more classes than count, those of the largest weights could
    assert ours(scores, shown, weights, 1) == pytest.approx(first, nan_ok=True)


def test_an_image_whose_classes_weigh_nothing_has_none() -> None:
    found = ours(np.eye(2), np.eye(2, dtype=bool), np.array([1.0, 0.0]), 2)
    assert found == pytest.approx([1.0, math.nan], nan_ok=True)


@settings(max_examples=100)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 50), st.sampled_from([1, 2, 5, 1000]))
def test_of_equal_scores_the_lower_class_is_first(seed: int, classes: int, k: int, levels: int) -> None:
    scores = torch.randint(levels, (20, classes), generator=torch.Generator().manual_seed(seed)).float()
    expected = scores.argsort(dim=1, descending=True, stable=True)[:, :k]
    assert torch.equal(ranked(scores, k), expected)


def test_a_rank_is_the_same_whatever_stands_in_the_batch() -> None:
    scores = torch.randint(4, (64, 300), generator=torch.Generator().manual_seed(1)).float()
    whole = ranked(scores, 20)
    assert torch.equal(whole, torch.cat([ranked(part, 20) for part in scores.split(7)]))
