"""A short run of the fuzzer; `python -m tests.fuzz 10000 --seed 1` is a long one."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "cases"), [("api", 400), ("files", 120), ("commands", 80)])
def test_every_case_ends_well_or_in_a_sentence(kind: str, cases: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", str(cases), "--seed", "0", "--only", kind],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=550,
    )
    assert done.returncode == 0, done.stdout + done.stderr
