"""Study files: what is read, and the sentence that a bad one gets."""

from pathlib import Path

import pytest

from spectrum.errors import BudgetError, DefinitionError
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
        "a study file runs as Python, got SyntaxError in {path}, line 1: '(' was never closed; correct the file",
    ),
    (
        "\nimport nothing_of_that_name\n",
        "a study file runs as Python, got ModuleNotFoundError in {path}, line 2: No module named "
        "'nothing_of_that_name'; correct the file",
    ),
    (
        "import sys\nsys.exit(0)\n",
        "a study file runs as Python, got SystemExit in {path}, line 2: 0; correct the file",
    ),
    (
        "raise ValueError('a\\nb')\n",
        "a study file runs as Python, got ValueError in {path}, line 1: a b; correct the file",
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
