"""Where the folder of a study is, and the names of the files in it."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from spectrum.errors import StoreError, choose_from, quoted
from spectrum.regular_file import open_regular
from spectrum.strict_json import decode

LARGEST = 10_000_000
"""Bytes of a definition that are read at most."""

DEFINITION, RUNS_TABLE, EPOCHS_TABLE = "study.json", "runs.csv", "epochs.csv"
CORRECT_TABLE = "correct.csv"
DIGESTS = "data.digests.json"
WEIGHTS = "weights"
"""The folder of the trained networks that are kept: each file has the key of its run for a name."""
KEPT = "*.safetensors"
"""What the names of these files are like."""
EXTENDED = "extended_from"
"""The field of a definition that says at which numbers of seeds a study was looked at before it was given more."""
POINTS_BEFORE = "points_before"
"""The field of a definition that says with which segments values a study was looked at before it was given more."""


def runs_folder() -> Path:
    """Where the folders of all studies are: SPECTRUM_RUNS, or `runs` in the working directory."""
    return Path(os.environ.get("SPECTRUM_RUNS") or "runs")


def study_names(folder: Path | None = None) -> list[str]:
    """Names of the studies that have a folder, the latest first."""
    homes = {path.parent for name in (DEFINITION, RUNS_TABLE) for path in (folder or runs_folder()).glob(f"*/{name}")}
    return [home.name for home in sorted(homes, key=_age)]


def _age(home: Path) -> tuple[float, str]:
    return -max((home / name).stat().st_mtime for name in (DEFINITION, RUNS_TABLE) if (home / name).exists()), home.name


def find_folder(study: str | Path, *, folder: Path | None = None) -> Path:
    """The folder of a study, by its name or by the path of the folder itself.

    A name is looked for in `folder`, else where `runs_folder` says.

    Raises:
        StoreError: where there is no such study.
    """
    where = folder or runs_folder()
    for home in (where / study, Path(study)):
        with suppress(OSError, ValueError):  # too long for a name, or with a zero byte in it
            if any((home / name).is_file() for name in (DEFINITION, RUNS_TABLE)):
                return home
    known = study_names(where)
    absence = choose_from("study", str(study), known) if known else f"there is no study {quoted(str(study))}"
    raise StoreError(f"{absence}; a study can be read from {where} once its first runs have begun")


def read_definition_of(home: Path) -> dict[str, Any]:
    """The definition in the folder of a study; empty where the file is missing.

    Raises:
        StoreError: where it is no JSON object.
    """
    path = home / DEFINITION
    if not path.exists():
        return {}
    try:
        with open_regular(path) as file:
            definition = decode(file.read(LARGEST).decode("utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{path} is a study's definition in JSON, got text that is none ({error}); run the study again, which "
            "writes it anew"
        ) from None
    if not isinstance(definition, dict):
        raise StoreError(
            f"{path} is a JSON object, got {quoted(definition)}; run the study again, which writes it anew"
        )
    return definition


def name_of(home: Path) -> str:
    """The name of the study in a folder: what its definition says, or else the folder's own."""
    return str(read_definition_of(home).get("name") or home.resolve().name)
