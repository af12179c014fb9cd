"""Reading a study from the Python file that declares it."""

import runpy
import sys
import traceback
from pathlib import Path

from spectrum.errors import DefinitionError, SpectrumError, choose_from
from spectrum.search.study import Study


def read_study(path: str | Path) -> Study:
    """The value of STUDY in a Python file; modules beside the file can be imported, as in a script.

    Raises:
        DefinitionError: where there is no such file, it cannot be run, or it declares no STUDY.
    """
    path = Path(path)
    if not path.is_file():
        near = [str(other) for other in path.parent.glob("*.py")] if path.parent.is_dir() else []
        remedy = choose_from("study file", str(path), near) if near else f"there is no study file {str(path)!r}"
        raise DefinitionError(remedy + "; give the path of a Python file with STUDY = sp.Study(...)")
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        names = runpy.run_path(str(path))
    except SpectrumError as error:
        raise type(error)(f"{path}, line {_line_of(error, path)}: {error}") from error
    except (Exception, SystemExit) as error:
        syntax = isinstance(error, SyntaxError) and error.lineno
        line = syntax or _line_of(error, path)
        what = " ".join((error.msg if isinstance(error, SyntaxError) else str(error)).split()) or "no message"
        raise DefinitionError(
            f"a study file runs as Python, got {type(error).__name__} in {path}, line {line}: {what}; correct the file"
        ) from error
    study = names.get("STUDY")
    if not isinstance(study, Study):
        found = "no STUDY" if study is None else f"STUDY of type {type(study).__name__}"
        raise DefinitionError(f"a study file declares STUDY = sp.Study(...), got {found} in {path}; add it")
    return study


def _line_of(error: BaseException, path: Path) -> int | str:
    """The last line of the file itself that the error went through."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if Path(frame.filename) == path and frame.lineno), "?")
