"""The process in which a study file runs: whatever the file does there, the command that asked for it goes on."""

import json
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from types import ModuleType

from spectrum import errors
from spectrum.errors import DefinitionError, SpectrumError
from spectrum.search.study import Study


def main() -> None:
    """Run the file sys.argv[1] and write to sys.argv[2] its study as JSON, or the kind and the text of its error."""
    path, answer = Path(sys.argv[1]), Path(sys.argv[2])
    sys.argv = [str(path)]
    try:
        text = {"study": declared(path).to_json()}
    except SpectrumError as error:
        kind = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
        text = {"kind": kind, "error": str(error)}
    answer.write_text(json.dumps(text), encoding="ascii")
    for stream in filter(None, (sys.__stdout__, sys.__stderr__)):
        with suppress(OSError, ValueError):  # the file has closed it
            stream.flush()
    os._exit(0)  # whatever threads and handlers the file has left


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
