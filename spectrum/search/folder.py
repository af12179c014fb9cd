"""The folder of a study: its definition, ledger, checkpoints, tables, report."""

import json
import os
from pathlib import Path

from spectrum.errors import StoreError
from spectrum.search.study import Study
from spectrum.search.tables import write_atomically


def runs_folder() -> Path:
    """Where the folders of all studies are: SPECTRUM_RUNS, or `runs` in the working directory."""
    return Path(os.environ.get("SPECTRUM_RUNS", "runs"))


def study_names() -> list[str]:
    """Names of the studies that have a folder, the latest first."""
    definitions = sorted(runs_folder().glob("*/study.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [path.parent.name for path in definitions]


def claim_folder(study: Study) -> Path:
    """The study's folder, made if need be, with its definition in it.

    Raises:
        StoreError: where another definition has used the name, or the folder cannot be made.
    """
    folder = runs_folder() / study.name
    definition = folder / "study.json"
    try:
        (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
        used = Study.from_json(definition.read_text()) if definition.exists() else None
    except OSError as error:
        raise StoreError(
            f"a study needs a folder that can be written, got {error.strerror} for {folder}; "
            "correct its permissions or set SPECTRUM_RUNS to another place"
        ) from error
    if used is None:
        write_atomically(definition, json.dumps(json.loads(study.to_json()), indent=2) + "\n")
    elif used != study:
        raise StoreError(
            f"a study keeps its definition, got another {', '.join(_changed(used, study))} than the runs in {folder}; "
            "give the changed study a new name, or move that folder away"
        )
    return folder


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
