"""Order, augmentation and normalisation are functions of the seed and the epoch."""

import pytest
import torch
from torch import Tensor

from spectrum.training.data.batches import (
    ArraySplit,
    Normalisation,
    augment,
    batches,
    in_order,
    steps_per_epoch,
)
from spectrum.training.data.loading import Data
from spectrum.training.seeds import generator

CPU = torch.device("cpu")


def numbered(count: int) -> ArraySplit:
    """Images whose one pixel is their number."""
    return ArraySplit(torch.arange(count, dtype=torch.uint8)[:, None, None, None], torch.arange(count))


def epoch_of(data: Data, **options: object) -> list[tuple[Tensor, Tensor]]:
    return list(batches(data.train, **{"batch": 100, "seed": 1, "epoch": 1, "flip": True, "crop": 2, **options}))


def same(first: list[tuple[Tensor, Tensor]], second: list[tuple[Tensor, Tensor]]) -> bool:
    return all(torch.equal(a, c) and torch.equal(b, d) for (a, b), (c, d) in zip(first, second, strict=True))


def test_seed_and_epoch_decide(digits: Data) -> None:
    first = epoch_of(digits)
    torch.manual_seed(99)
    assert same(first, epoch_of(digits))
    assert not same(first, epoch_of(digits, seed=2))
    assert not same(first, epoch_of(digits, epoch=2))


def test_the_order_is_that_without_augmentation(digits: Data) -> None:
    plain = epoch_of(digits, flip=False, crop=0)
    assert all(torch.equal(a, b) for (_, a), (_, b) in zip(plain, epoch_of(digits), strict=True))


@pytest.mark.parametrize(("count", "batch", "steps"), [(10, 3, 3), (9, 3, 3), (2, 3, 1), (3, 3, 1), (200, 64, 3)])
def test_the_incomplete_batch_is_left_out(count: int, batch: int, steps: int) -> None:
    seen = list(batches(numbered(count), batch=batch, seed=0, epoch=1))
    assert len(seen) == steps == steps_per_epoch(count, batch)
    labels = torch.cat([labels for _, labels in seen])
    assert len(labels) == min(count, steps * batch)
    assert len(set(labels.tolist())) == len(labels)
    assert torch.equal(torch.cat([images for images, _ in seen])[:, 0, 0, 0], labels.to(torch.uint8))


def test_all_images_come_to_a_turn() -> None:
    seen = {int(label) for epoch in range(9) for _, labels in batches(numbered(10), batch=4, seed=0, epoch=epoch)
            for label in labels}  # fmt: skip
    assert seen == set(range(10))


def test_in_order_leaves_nothing_out() -> None:
    seen = list(in_order(numbered(10), batch=4))
    assert [len(labels) for _, labels in seen] == [4, 4, 2]
    assert torch.cat([labels for _, labels in seen]).tolist() == list(range(10))


def test_flip_mirrors_half(digits: Data) -> None:
    images = digits.train.images[:1000]
    flipped = augment(images, generator(5), flip=True, crop=0)
    kept = (flipped == images).all(dim=(1, 2, 3))
    mirrored = (flipped == images.flip(3)).all(dim=(1, 2, 3))
    assert (kept | mirrored).all()
    assert 430 < kept.sum() < 570
    assert torch.equal(images, digits.train.images[:1000])


def test_crop_is_a_shift_that_pads_with_black(digits: Data) -> None:
    images = digits.train.images[:500]
    padded = torch.nn.functional.pad(images, (2, 2, 2, 2))
    cropped = augment(images, generator(5), flip=False, crop=2)
    assert cropped.shape == images.shape
    found = torch.zeros(500, dtype=torch.int64)
    for row in range(5):
        for column in range(5):
            window = padded[:, :, row : row + 8, column : column + 8]
            found += (window == cropped).all(dim=(1, 2, 3))
    assert (found >= 1).all()
    assert ((cropped == images).all(dim=(1, 2, 3))).float().mean() < 0.15


def test_all_places_are_equally_likely() -> None:
    dot = torch.zeros(5000, 1, 5, 5, dtype=torch.uint8)
    dot[:, :, 2, 2] = 1
    places = augment(dot, generator(5), flip=False, crop=2).sum(0)[0]
    assert places.sum() == 5000
    assert (places.float() - 200).abs().max() < 60


def test_channels_move_together() -> None:
    images = torch.randint(256, (64, 1, 6, 6), dtype=torch.uint8, generator=generator(1)).expand(-1, 3, -1, -1)
    moved = augment(images, generator(2), flip=True, crop=3)
    assert torch.equal(moved[:, 0], moved[:, 1])
    assert torch.equal(moved[:, 0], moved[:, 2])


def test_normalisation_is_by_mean_and_deviation(digits: Data) -> None:
    images = digits.train.images
    floats = images.double()
    assert digits.normalisation.mean[0] == pytest.approx(floats.mean().item())
    assert digits.normalisation.std[0] == pytest.approx(floats.std(correction=0).item())
    normal = digits.normalisation(images, device=CPU)
    assert normal.dtype == torch.float32
    assert normal.mean().item() == pytest.approx(0, abs=1e-5)
    assert normal.std().item() == pytest.approx(1, abs=1e-3)


def test_normalisation_by_channel_and_of_a_flat_one() -> None:
    images = torch.randint(256, (50, 3, 4, 4), dtype=torch.uint8, generator=generator(1))
    images[:, 2] = 7
    split = ArraySplit(images, torch.zeros(50))
    normalisation = Normalisation.of(split, torch.arange(50))
    assert normalisation.mean == pytest.approx(images.double().mean(dim=(0, 2, 3)).tolist())
    assert normalisation.std[:2] == pytest.approx(images.double().std(dim=(0, 2, 3), correction=0).tolist()[:2])
    assert normalisation.std[2] == 1
    assert normalisation(images, device=CPU)[:, 2].abs().max() == 0


@pytest.mark.parametrize("channels_last", [True, False])
def test_layout(channels_last: bool) -> None:
    images = torch.randint(256, (4, 3, 6, 6), dtype=torch.uint8, generator=generator(1))
    normalisation = Normalisation((1.0, 2.0, 3.0), (2.0, 2.0, 2.0))
    floats = normalisation(images, device=CPU, channels_last=channels_last)
    assert floats.is_contiguous(memory_format=torch.channels_last) is channels_last
    assert floats[1, 2, 3, 4].item() == pytest.approx((images[1, 2, 3, 4].item() - 3) / 2)
