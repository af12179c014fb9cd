"""Seeds for one purpose each, and global generators put back as they were."""

import contextlib

import torch

from spectrum.training.seeds import derive, generator, seeded


def test_every_purpose_has_its_own_seed() -> None:
    seeds = {derive(seed, purpose, epoch) for seed in range(5) for purpose in ("a", "b") for epoch in range(5)}
    assert len(seeds) == 50
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_the_numbers_never_change() -> None:
    assert derive(1, "batches", 2) == 0x54EAB0C55CF966DF  # printf 1/batches/2 | sha256sum, halved


def test_a_generator_leaves_the_global_one_alone() -> None:
    before = torch.get_rng_state()
    first, again = (torch.rand(3, generator=generator(4, "batches", 1)) for _ in range(2))
    assert torch.equal(first, again)
    assert torch.equal(before, torch.get_rng_state())


def test_seeded_is_undone_even_by_an_error() -> None:
    before = torch.get_rng_state()
    cpu = torch.device("cpu")
    with seeded(3, "dropout", 1, device=cpu):
        first = torch.rand(4)
    with contextlib.suppress(RuntimeError), seeded(3, "dropout", 1, device=cpu):
        assert torch.equal(first, torch.rand(4))
        raise RuntimeError
    assert torch.equal(before, torch.get_rng_state())
