"""Running a study file, in a process that serves nothing else."""

import sys
import traceback
from pathlib import Path
from types import ModuleType

from spectrum.errors import DefinitionError, SpectrumError
from spectrum.search.study import Study


def study_in(path: str) -> str:
    """The study that a file declares, as JSON, for `spectrum.own_process` to send to the process that asked for it."""
    sys.argv = [path]
    return declared(Path(path)).to_json()


def declared(path: Path) -> Study:
    """The value of STUDY in the file; a SpectrumError, with the line, for whatever it raises."""
    sys.path.insert(0, str(path.parent.resolve()))
    module = ModuleType("<study>")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # where dataclasses look for it
    try:
        exec(compile(path.read_bytes(), str(path), "exec", dont_inherit=True), vars(module))
    except SpectrumError as error:
        raise type(error)(f"{path}{_line_of(error, path)}: {error}") from error
    except BaseException as error:
        what = _described(error).removesuffix(f" ({path.name}, line {getattr(error, 'lineno', None)})")
        raise DefinitionError(
            f"cannot run the study file {path}{_line_of(error, path)}: {what}; correct the file"
        ) from error
    study = vars(module).get("STUDY")
    if not isinstance(study, Study):
        found = "no STUDY" if study is None else f"STUDY of type {type(study).__name__}"
        raise DefinitionError(f"a study file declares STUDY = sp.Study(...), got {found} in {path}; add it")
    return study


def _line_of(error: BaseException, path: Path) -> str:
    """The last line of the file itself that the error went through, as a message says it."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    if isinstance(error, SyntaxError) and error.filename == str(path):
        lines.append(error.lineno)
    return f", line {lines[-1]}" if lines and lines[-1] else ""


def _described(error: BaseException) -> str:
    """The kind of an error and what it says, if it says anything that can be printed."""
    try:
        text = str(error)
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}" if text.strip() else type(error).__name__
