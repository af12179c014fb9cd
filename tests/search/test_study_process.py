"""What a study file declares, and the line that is named where it fails."""

from pathlib import Path

import pytest

import spectrum as sp
from spectrum.errors import DefinitionError
from spectrum.search.study_process import declared

STUDY = """
import spectrum as sp
STUDY = sp.Study(
    name="tiny", network=sp.networks.small(10), segments=(1,), budget=sp.Budget(params=5_000), seeds=SEEDS,
)
"""


def test_the_value_of_study(tmp_path: Path) -> None:
    (tmp_path / "study.py").write_text(STUDY.replace("SEEDS", "3"))
    study = declared(tmp_path / "study.py")
    assert isinstance(study, sp.Study)
    assert (study.name, study.seeds) == ("tiny", 3)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (STUDY, ", line 4: NameError: name 'SEEDS' is not defined; correct the file"),
        (STUDY.replace("SEEDS", "0"), ", line 3: seeds are a number from 1 to 100,000, or a race such as"),
        ("x = (", ", line 1: SyntaxError: '(' was never closed; correct the file"),
        ("raise SystemExit(3)", ", line 1: SystemExit: 3; correct the file"),
        ("", "a study file declares STUDY = sp.Study(...), got no STUDY in"),
        ("STUDY = 5", "a study file declares STUDY = sp.Study(...), got STUDY of type int in"),
    ],
)
def test_a_file_that_declares_none(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "study.py").write_text(text)
    with pytest.raises(DefinitionError) as raised:
        declared(tmp_path / "study.py")
    assert sentence in str(raised.value)
