"""Scripts of benchmarks/ as modules, which import each other by their names as they do when run."""

import importlib
import sys
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

FOLDER = Path(__file__).parents[2] / "benchmarks"


def script(name: str) -> ModuleType:
    """A script of the folder, imported but not run."""
    with patch.object(sys, "path", [str(FOLDER), *sys.path]):
        return importlib.import_module(name)
