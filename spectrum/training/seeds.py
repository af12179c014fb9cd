"""Random numbers that depend on a run's seed and on what they are for, on nothing else."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def derive(seed: int, *purpose: str | int) -> int:
    """A seed of 63 bits for one purpose, as in derive(seed, "batches", epoch); unrelated for unlike purposes."""
    text = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(seed: int, *purpose: str | int) -> torch.Generator:
    """A separate generator on the CPU, for one purpose."""
    return torch.Generator().manual_seed(derive(seed, *purpose))


@contextmanager
def seeded(seed: int, *purpose: str | int, device: torch.device) -> Iterator[None]:
    """PyTorch's global generators seeded for one purpose, and put back at the end: dropout has no other source."""
    on_gpu = device.type == "cuda"
    with torch.random.fork_rng([device] if on_gpu else []):
        torch.default_generator.manual_seed(derive(seed, *purpose))
        if on_gpu:
            torch.cuda.manual_seed(derive(seed, *purpose))
        yield
