"""Reading a study from the Python file that declares it, in a process of its own and with limits."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from spectrum.definition_file import read_definition
from spectrum.errors import DefinitionError
from spectrum.own_process import NoAnswer, OwnProcess, TooLate, TooWordy

if TYPE_CHECKING:
    from spectrum.search.study import Study

SECONDS = 60.0
"""How long a study file may take: it declares a study, and does not run it."""
LONGEST_OUTPUT = 100_000
"""Bytes that a study file may print."""
READER = "spectrum.search.study_process:study_in"


def read_study(path: str | Path) -> "Study":
    """The value of STUDY in a Python file; modules beside the file can be imported, as in a script.

    What the file prints goes to stderr.

    Raises:
        DefinitionError: where there is no such file, it cannot be run, takes too long, prints too much or ends its
            process, or it declares no STUDY.
        SpectrumError: of the kind that the file itself raises.
    """
    path = Path(path)
    read_definition(path, what="study file", remedy="give the path of a Python file with STUDY = sp.Study(...)")
    only = "only declare the study there"
    try:
        with OwnProcess(READER, str(path), seconds=SECONDS, longest_output=LONGEST_OUTPUT) as process:
            from spectrum.search.study import Study  # takes about as long as the file does, and goes on beside it

            declared = process.answer()
    except TooLate:
        raise DefinitionError(
            f"a study file declares its study within {SECONDS:g} s, got one that was still busy then, {path}; {only}"
        ) from None
    except TooWordy:
        raise DefinitionError(
            f"a study file prints at most {LONGEST_OUTPUT:,} bytes, got more from {path}; {only}"
        ) from None
    except NoAnswer as how:
        raise DefinitionError(f"the study file {path} ends the process that reads it, {how}; {only}") from None
    sys.path.insert(0, str(path.parent.resolve()))  # a study may name a function there as its data
    return Study.from_json(declared)
