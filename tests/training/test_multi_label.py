"""The loss and the scores of images of several classes, against scikit-learn and against the whole at once."""

import numpy as np
import pytest
import torch
from sklearn.metrics import label_ranking_average_precision_score, log_loss

from spectrum.errors import DataError
from spectrum.training.data.label_formats import from_dense
from spectrum.training.mean_average_precision import MeanAveragePrecision
from spectrum.training.multi_label import MultiLabel, weights_of
from spectrum.training.ranking import average_precision

CPU = torch.device("cpu")


def made_up(images: int, classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits, and which classes are shown; a tenth of the images shows none."""
    random = np.random.RandomState(7)
    shown = random.rand(images, classes) < 0.2
    shown[::10] = False
    return torch.tensor(random.randn(images, classes), dtype=torch.float32), torch.tensor(shown)


def test_weights() -> None:
    train = from_dense(np.array([[1, 0, 1], [0, 0, 1], [0, 0, 0], [1, 1, 1]]), what="set")
    assert weights_of(MeanAveragePrecision(), train).tolist() == [2 / 4, 1 / 4, 3 / 4]
    assert weights_of(MeanAveragePrecision(class_weights="equal"), train).tolist() == [1, 1, 1]
    assert weights_of(MeanAveragePrecision(class_weights=(0, 2, 0.5)), train).tolist() == [0, 2, 0.5]


def test_the_loss_is_binary_cross_entropy_by_hand() -> None:
    logits, shown = made_up(50, 7)
    p = torch.sigmoid(logits.double())
    expected = -torch.where(shown, p, 1 - p).log().mean().item()
    assert MultiLabel(3, np.ones(7)).loss(logits, shown).item() == pytest.approx(expected, rel=1e-6)


def test_scores_are_scikit_learns() -> None:
    logits, shown = made_up(400, 30)
    tally = MultiLabel(30, np.ones(30)).tally(CPU)
    tally.add(logits, shown)
    some = shown.any(1).numpy()
    expected = label_ranking_average_precision_score(shown.numpy()[some], logits.numpy()[some])
    assert tally.scores().map == pytest.approx(expected, rel=1e-12)
    losses = [log_loss(shown[:, label], torch.sigmoid(logits[:, label].double())) for label in range(30)]
    assert tally.scores().cross_entropy == pytest.approx(np.mean(losses), rel=1e-6)
    assert tally.correct is None


@pytest.mark.parametrize("batch", [1, 7, 400])
def test_a_stream_scores_as_the_whole(batch: int) -> None:
    logits, shown = made_up(400, 30)
    weights = np.random.RandomState(1).rand(30)
    tally = MultiLabel(5, weights).tally(CPU)
    for start in range(0, 400, batch):
        tally.add(logits[start : start + batch], shown[start : start + batch])
    each = average_precision(logits, shown, weights=torch.tensor(weights), k=5)
    assert int(each.isnan().sum()) == int((~shown.any(1)).sum()) >= 40
    assert tally.scores().map == pytest.approx(float(each.nanmean()), rel=1e-12)


def test_a_split_without_an_average_precision_is_refused() -> None:
    logits, shown = made_up(1, 3)
    tally = MultiLabel(3, np.array([1.0, 0, 0])).tally(CPU)
    tally.add(logits, shown)
    with pytest.raises(DataError, match=r"MAP needs an image that shows a class of a weight above 0, got none in"):
        tally.scores()


def test_of_a_stream_a_few_numbers_are_kept() -> None:
    """A thousand images of 17,000 classes are 68 MB of scores."""
    tally = MultiLabel(100, np.ones(17_000)).tally(CPU)
    logits, shown = made_up(8, 17_000)
    for _ in range(3):
        tally.add(logits, shown)
        kept = vars(tally).values()
        assert {type(held) for held in kept} <= {int, torch.Tensor}
        assert sum(held.nbytes for held in kept if isinstance(held, torch.Tensor)) == 8 * (17_000 + 2)
