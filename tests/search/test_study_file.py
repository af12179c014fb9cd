"""Study files: what is read, and the sentence that a bad one gets."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spectrum import own_process
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
    ("raise KeyboardInterrupt\n", "cannot run the study file {path}, line 1: KeyboardInterrupt; correct the file"),
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


@pytest.fixture(autouse=True)
def new_interpreters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this process, which may have any number of threads; commands, which have one, read in a copy of themselves."""
    monkeypatch.setattr(own_process, "may_be_copied", lambda: False)


def refusal(path: Path) -> str:
    with pytest.raises(DefinitionError) as caught:
        read_study(path)
    return str(caught.value)


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


ENDLESS = [
    "while True: pass",
    "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
    "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "while True: pass",
    "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time; time.sleep(1000)'])",
]


@pytest.mark.parametrize("body", ENDLESS)
def test_a_file_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    monkeypatch.setattr(study_file, "SECONDS", 0.5)
    path = tmp_path / "study.py"
    path.write_text(body)
    assert refusal(path) == (
        f"a study file declares its study within 0.5 s, got one that was still busy then, {path}; only declare the "
        "study there"
    )


ENDING = [
    ("import os\nos._exit(0)", "with exit code 0"),
    ("import os\nos._exit(7)", "with exit code 7"),
    ("import os\nos.abort()", "by SIGABRT"),
    ("import os\nos.close(1)\nos.close(2)\nos.kill(os.getpid(), 9)", "by SIGKILL"),
]


@pytest.mark.parametrize(("body", "how"), ENDING)
def test_a_file_that_ends_its_process_ends_no_other(tmp_path: Path, body: str, how: str) -> None:
    path = tmp_path / "study.py"
    path.write_text(body)
    assert refusal(path) == f"the study file {path} ends the process that reads it, {how}; only declare the study there"


@pytest.mark.parametrize("body", ["print('x' * 100_001)", "while True: print('x')"])
def test_a_file_that_prints_without_end_is_stopped(tmp_path: Path, body: str) -> None:
    path = tmp_path / "study.py"
    path.write_text(body)
    assert (
        refusal(path)
        == f"a study file prints at most 100,000 bytes, got more from {path}; only declare the study there"
    )


LEFTOVERS = [
    "",
    "import sys\nsys.stdout = sys.stderr = sys.argv = sys.excepthook = None",
    "import os\nos.close(1)\nos.close(2)",
    "import atexit\natexit.register(lambda: 1 / 0)",
    "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()",
    "import os, sys\nos.chdir('/')\nsys.path.clear()",
]


@pytest.mark.parametrize("body", LEFTOVERS)
def test_what_a_file_leaves_behind_does_not_matter(tmp_path: Path, body: str) -> None:
    path = tmp_path / "study.py"
    path.write_text(GOOD.replace("from beside import CLASSES", "CLASSES = 4") + body)
    assert read_study(path).network.classes == 4


def test_what_a_file_prints_goes_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "study.py"
    path.write_text("print('hello')\n" + GOOD.replace("from beside import CLASSES", "CLASSES = 4"))
    read_study(path)
    assert capsys.readouterr() == ("", "hello\n")


def test_ctrl_c_stops_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "study.py"
    path.write_text(f"import pathlib, time\npathlib.Path({str(tmp_path / 'started')!r}).touch()\ntime.sleep(1000)")
    process = subprocess.Popen([sys.executable, "-m", "spectrum", "plan", str(path)], stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not (tmp_path / "started").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == (None, "")
    assert process.returncode == 130


def test_a_dataclass_in_a_study_file_finds_its_module(tmp_path: Path) -> None:
    path = tmp_path / "study.py"
    path.write_text(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Size:\n  width: int = 3\n"
        + GOOD.replace("from __future__", "").replace("from beside import CLASSES", "CLASSES = Size().width")
    )
    assert read_study(path).network.classes == 3


READER = """
import json, sys
from pathlib import Path
from spectrum.copied_process import may_be_copied
from spectrum.search.study_file import read_study

assert may_be_copied()
said = []
for path in sys.argv[1:]:
    try:
        said.append(read_study(path).network.classes)
    except Exception as error:
        said.append(str(error))
print(json.dumps(said))
"""


def test_a_copy_reads_files_as_a_new_interpreter_does(tmp_path: Path) -> None:
    """Whatever one file does: the next ones are read as if it had not been there."""
    good = GOOD.replace("from beside import CLASSES", "CLASSES = 4")
    ending = "the study file {path} ends the process that reads it, "
    wanted = {text: message for text, message in BAD if "damaged" not in text}
    wanted |= {body: ending + how for body, how in ENDING} | {good + body: 4 for body in LEFTOVERS}
    paths = [tmp_path / f"study{number}.py" for number in range(len(wanted))]
    for path, text in zip(paths, wanted, strict=True):
        path.write_text(text)
    command = [sys.executable, "-c", READER, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for path, message, said in zip(paths, wanted.values(), json.loads(done.stdout), strict=True):
        if isinstance(message, str):
            assert said.startswith(message.format(path=path))
        else:
            assert said == message
    assert len(wanted) > 20
