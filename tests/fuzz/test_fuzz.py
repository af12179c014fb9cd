"""A short run of the fuzzer: no traceback, no hang, no message without bounds, nothing left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CASES, SEED = 450, 5


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_short_run_finds_nothing() -> None:
    """Each finding is printed with the number of its case: `python -m tests.fuzz --seed 5 --case NUMBER` shows it."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    command = [sys.executable, "-m", "tests.fuzz", str(CASES), "--seed", str(SEED), "--shared"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert done.stdout.startswith(f"{CASES} cases, seed {SEED}: 0 of them end badly")
