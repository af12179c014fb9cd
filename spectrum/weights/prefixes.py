"""What wrappers put before the name of every tensor. No torch."""

from typing import TypeVar

PREFIXES = ("module.", "_orig_mod.", "network.", "model.")
"""Of DataParallel, of torch.compile, of this library's Classifier, of others."""

T = TypeVar("T")


def without_prefixes(named: dict[str, T]) -> dict[str, T]:
    """The same by the names without them, where they stand before every name."""
    for prefix in PREFIXES:
        if named and all(name.startswith(prefix) for name in named):
            named = {name.removeprefix(prefix): value for name, value in named.items()}
    return named
