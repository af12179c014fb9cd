"""The folder of a study: its definition, ledger, checkpoints, tables, report; and the lock of who conducts it."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import filelock

from spectrum.errors import DefinitionError, StoreError
from spectrum.search.files import write_atomically
from spectrum.search.study import Study

PATIENCE = 1.0
"""Seconds to wait for the lock: one who only looks whether it is held holds it for a moment."""


def runs_folder() -> Path:
    """Where the folders of all studies are: SPECTRUM_RUNS, or `runs` in the working directory."""
    return Path(os.environ.get("SPECTRUM_RUNS") or "runs")


def study_names() -> list[str]:
    """Names of the studies that have a folder, the latest first."""
    definitions = sorted(runs_folder().glob("*/study.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [path.parent.name for path in definitions]


@contextmanager
def claimed_folder(study: Study) -> Iterator[Path]:
    """The study's folder, made if need be, with its definition in it, for one process at a time.

    Raises:
        StoreError: where another definition has used the name, another process conducts the study, or the folder
            cannot be written.
    """
    folder = runs_folder() / study.name
    with ExitStack() as stack:
        try:
            (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
            stack.enter_context(filelock.FileLock(folder / "lock", timeout=PATIENCE))
        except filelock.Timeout:
            raise StoreError(
                f"one process at a time conducts a study, got a second one for {folder}{_by(conductor(folder))}; "
                "wait for the first or stop it"
            ) from None
        except OSError as error:
            raise StoreError(
                f"a study needs a folder that can be written, got {error.strerror} for {folder}; "
                "correct its permissions or set SPECTRUM_RUNS to another place"
            ) from error
        with suppress(OSError):  # for `conductor` alone
            (folder / "lock").write_text(f"{os.getpid()}\n")
        _claim(folder, study)
        yield folder


def conductor(folder: Path) -> int | None:
    """The process that conducts the study of a folder right now: its number, 0 if not known, None if there is none."""
    path = folder / "lock"
    try:
        if path.exists():
            with filelock.FileLock(path, timeout=0):
                return None
    except filelock.Timeout:
        with suppress(OSError, ValueError):
            return int(path.read_text())
        return 0
    except OSError:
        return None
    return None


def _by(process: int | None) -> str:
    return f" while process {process} is at it" if process else ""


def _claim(folder: Path, study: Study) -> None:
    """Leave the definition in the folder; refuse another one's."""
    path = folder / "study.json"
    try:
        used = Study.from_json(path.read_text(encoding="utf-8")) if path.exists() else None
    except (OSError, ValueError, DefinitionError) as error:
        raise StoreError(
            f"the definition of a study's runs can be read, got {path}: {error}; put that file back, or move its "
            "folder away"
        ) from error
    if used is None:
        write_atomically(path, json.dumps(json.loads(study.to_json()), indent=2) + "\n")
    elif used != study:
        raise StoreError(
            f"a study keeps its definition, got another {', '.join(_changed(used, study))} than the runs in {folder}; "
            "give the changed study a new name, or move that folder away"
        )


def _changed(used: Study, study: Study) -> list[str]:
    """Names of the fields that differ, nested ones with a dot."""
    return [
        f"{name}.{inner}" if inner else name
        for name in type(study).model_fields
        if (old := getattr(used, name)) != (new := getattr(study, name))
        for inner in (
            [field for field in type(new).model_fields if getattr(old, field) != getattr(new, field)]
            if type(old) is type(new) and hasattr(type(new), "model_fields")
            else [""]
        )
    ]
