"""What stands before every name goes, and what stands before some of them stays."""

import pytest

from spectrum.weights.prefixes import without_prefixes


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["module.a.weight", "module.b"], ["a.weight", "b"]),
        (["module._orig_mod.network.a", "module._orig_mod.network.b"], ["a", "b"]),
        (["module.a", "b"], ["module.a", "b"]),
        (["modules.a"], ["modules.a"]),
        ([], []),
    ],
)
def test_prefixes_of_wrappers(names: list[str], expected: list[str]) -> None:
    assert list(without_prefixes(dict.fromkeys(names, 0))) == expected
