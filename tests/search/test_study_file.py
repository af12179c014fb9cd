"""Study files: what is read, and the sentence that a bad one gets."""

import signal
import sys
from pathlib import Path

import pytest

from spectrum.errors import BudgetError, DefinitionError
from spectrum.search import study_file
from spectrum.search.study_file import read_study

GOOD = """
import spectrum as sp
from beside import CLASSES

STUDY = sp.Study(
    name="good", network=sp.networks.small(CLASSES), segments=(1, 2), budget=sp.Budget(params=100_000, macs=3_000_000)
)
"""

BAD = [
    ("x = 1\n", "a study file declares STUDY = sp.Study(...), got no STUDY in {path}; add it"),
    ("STUDY = 1\n", "a study file declares STUDY = sp.Study(...), got STUDY of type int in {path}; add it"),
    (
        "x = (\n",
        "cannot run the study file {path}, line 1: SyntaxError: '(' was never closed; correct the file",
    ),
    (
        "\nimport nothing_of_that_name\n",
        "cannot run the study file {path}, line 2: ModuleNotFoundError: No module named "
        "'nothing_of_that_name'; correct the file",
    ),
    (
        "import sys\nsys.exit(0)\n",
        "cannot run the study file {path}, line 2: SystemExit: 0; correct the file",
    ),
    (
        "raise ValueError('a\\nb')\n",
        "cannot run the study file {path}, line 1: ValueError: a b; correct the file",
    ),
    (
        "class Odd(BaseException): pass\nraise Odd\n",
        "cannot run the study file {path}, line 2: Odd; correct the file",
    ),
    (
        "class Odd(Exception):\n  def __str__(self): raise RuntimeError\nraise Odd",
        "cannot run the study file {path}, line 3: Odd; correct the file",
    ),
    (
        "def endless(): endless()\nendless()",
        "cannot run the study file {path}, line 1: RecursionError: maximum recursion depth exceeded; correct the file",
    ),
    ("x = '\0'", "cannot run the study file {path}: SyntaxError: source code string cannot contain null bytes; "),
    (
        "import damaged\n",
        "cannot run the study file {path}, line 1: SyntaxError: invalid syntax (damaged.py, line 3); correct the file",
    ),
    (
        "import spectrum as sp\n\nsp.Tune(trials=0)\n",
        "{path}, line 3: Tune.trials: input should be greater than or equal to 1, got 0; change trials",
    ),
    (
        "import spectrum as sp\nsp.Recipe(epoch=3)\n",
        "{path}, line 2: there is no field of Recipe named 'epoch'; did you mean 'epochs'?",
    ),
]


def test_modules_beside_the_file_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("CLASSES = 7\n")
    (tmp_path / "good.py").write_text(GOOD)
    assert read_study(tmp_path / "good.py").network.classes == 7


@pytest.mark.parametrize(("text", "message"), BAD)
def test_a_bad_file_gets_a_sentence_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "study.py"
    path.write_text(text)
    (tmp_path / "damaged.py").write_text("\n\n1 +* 2")
    with pytest.raises(DefinitionError) as raised:
        read_study(path)
    assert str(raised.value).startswith(message.format(path=path))


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "digits.py").touch()
    with pytest.raises(DefinitionError, match=r"did you mean '.*digits\.py'.*give the path of a Python file"):
        read_study(tmp_path / "digit.py")


def test_the_kind_of_error_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "study.py"
    path.write_text(
        "import spectrum as sp\nsp.match(sp.networks.small(), sp.Budget(params=9, macs=9), image=(1, 28, 28))\n"
    )
    with pytest.raises(BudgetError, match="line 2: no widths of the network"):
        read_study(path)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "study.py"
    path.write_bytes(b"STUDY = '\xff'\n")
    with pytest.raises(
        DefinitionError, match=r"cannot run the study file .*study\.py.*: SyntaxError: .*utf-8.*; correct"
    ):
        read_study(path)


@pytest.mark.parametrize("body", ["while True: pass", "try:\n  while True: pass\nexcept Exception: pass"])
def test_a_file_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    monkeypatch.setattr(study_file, "SECONDS", 0.2)
    path = tmp_path / "study.py"
    path.write_text(body)
    handler = signal.signal(signal.SIGALRM, lambda *_: None)
    theirs = signal.setitimer(signal.ITIMER_REAL, 100, 7)
    try:
        with pytest.raises(DefinitionError, match=r"within 0\.2 s, got one that was still busy at .*, line \d; only"):
            read_study(path)
        left, interval = signal.getitimer(signal.ITIMER_REAL)
    finally:
        signal.setitimer(signal.ITIMER_REAL, *theirs)
        signal.signal(signal.SIGALRM, handler)
    assert 0 < left <= 99.8, "a timer that was set before is lost or late"
    assert interval == 7


def test_ctrl_c_is_let_through(tmp_path: Path) -> None:
    path = tmp_path / "study.py"
    path.write_text("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        read_study(path)


def test_a_dataclass_in_a_study_file_finds_its_module(tmp_path: Path) -> None:
    path = tmp_path / "study.py"
    path.write_text(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Size:\n  width: int = 3\n"
        + GOOD.replace("from __future__", "").replace("from beside import CLASSES", "CLASSES = Size().width")
    )
    assert read_study(path).network.classes == 3
    assert "<study>" not in sys.modules
