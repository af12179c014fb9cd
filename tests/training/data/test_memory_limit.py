"""A quarter of the memory, of the machine's or of the container's."""

import os
from pathlib import Path

import pytest

from spectrum.errors import DataError
from spectrum.training.data import memory_limit
from spectrum.training.data.memory_limit import check_memory, memory

MACHINE = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def test_a_quarter_and_no_byte_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_limit, "memory", lambda: 24_000_000_000)
    check_memory(6_000_000_000, name="flowers")
    with pytest.raises(DataError) as error:
        check_memory(6_000_000_001, name="flowers")
    assert str(error.value) == (
        "arrays may take up at most a quarter of the memory, here 6 GB, got 6 GB in flowers; put the images into "
        "a folder, which is read batch by batch"
    )


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [("1000000\n", 1_000_000), ("max\n", MACHINE), ("", MACHINE), (f"{10**18}\n", MACHINE), (None, MACHINE)],
)
def test_a_container_may_have_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: str | None, expected: int
) -> None:
    monkeypatch.setattr(memory_limit, "CONTROL_GROUP", tmp_path / "memory.max")
    if allowed is not None:
        (tmp_path / "memory.max").write_text(allowed)
    assert memory() == expected
