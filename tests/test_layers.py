"""The architecture as the tree shows it: imports point one way, and heavy libraries stay where they belong."""

import ast
import subprocess
import sys
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "spectrum"
STUDIES = PACKAGE.parent / "studies"

MAY_IMPORT = {
    "architecture": set(),
    "weights": {"architecture"},
    "cost": {"architecture"},
    "drawing": {"architecture", "results"},
    "rewriting": {"architecture", "cost"},
    "training": {"architecture", "weights", "rewriting"},
    "tuning": set(),
    "comparison": set(),
    "results": set(),
    "inference": {"architecture", "training", "results"},
    "search": {"architecture", "weights", "cost", "rewriting", "training", "tuning", "comparison", "results"},
    "report": {"tuning", "comparison", "results"},
}
HOME = {
    "optuna": {"search"},
    "fvcore": {"cost"},
    "seaborn": {"report"},
    "matplotlib": {"report"},
    "onnxruntime": {"inference"},
    "h5py": {"weights"},
    "keras": set(),
}


def imported(path: Path) -> set[str]:
    """Every module that a file imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_imports_point_one_way(layer: str) -> None:
    files = list((PACKAGE / layer).rglob("*.py"))
    assert files
    others = set(MAY_IMPORT) - MAY_IMPORT[layer] - {layer}
    for path in files:
        reached = {name.split(".")[1] for name in imported(path) if name.startswith("spectrum.")}
        assert not reached & others, path


def test_no_import_goes_round_in_a_circle() -> None:
    """Not even between files, inside functions, or for types alone."""
    modules = {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
        for path in PACKAGE.rglob("*.py")
    }
    files = {name: path for name, path in modules.items() if path.name != "__init__.py"}
    assert len(files) > 100
    graph = {name: {other for other in imported(path) if other in files} for name, path in files.items()}
    assert any(graph.values())
    tuple(TopologicalSorter(graph).static_order())  # raises a CycleError, which names the circle


def test_no_two_files_have_one_name() -> None:
    names = Counter(path.name for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
    assert [name for name, number in names.items() if number > 1] == []


@pytest.mark.parametrize("library", HOME)
def test_a_library_is_imported_in_its_layer_alone(library: str) -> None:
    for path in PACKAGE.rglob("*.py"):
        layer = path.relative_to(PACKAGE).parts[0]
        if any(name.split(".")[0] == library for name in imported(path)):
            assert layer in HOME[library], path


def test_report_needs_no_torch() -> None:
    for path in (PACKAGE / "report").rglob("*.py"):
        assert not any(name.split(".")[0] in ("torch", "optuna", "sklearn") for name in imported(path)), path


@pytest.mark.parametrize("study", ["digits", "fashion_mnist"])
def test_planning_loads_nothing_heavy(study: str) -> None:
    """In the command and where it reads the study file: each library once, as that process is copied, and no torch."""
    command = [sys.executable, "-X", "importtime", "-m", "spectrum", "plan", str(STUDIES / f"{study}.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = Counter(line.rpartition("|")[2].strip() for line in done.stderr.splitlines())
    assert done.stdout.startswith(study.replace("_", "-"))
    assert loaded["spectrum.search.study"] == loaded["pydantic"] == 1
    heavy = {"torch", "optuna", "fvcore", "pandas", "seaborn", "matplotlib", "scipy", "sklearn"}
    assert not heavy & set(loaded)
    assert "numpy" not in loaded or study == "fashion_mnist"  # a race is simulated to say how long it takes


def test_importing_the_package_loads_nothing() -> None:
    code = "import sys; before = set(sys.modules); import spectrum; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in done.stdout.split()} <= {"spectrum", *sys.stdlib_module_names}


def test_every_public_name_loads() -> None:
    import spectrum

    assert set(dir(spectrum)) == set(spectrum.__all__)
    for name in spectrum.__all__:
        assert getattr(spectrum, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        spectrum.nothing  # noqa: B018


def test_no_module_of_no_name() -> None:
    assert not {path.stem for path in PACKAGE.rglob("*.py")} & {"utils", "helpers", "common", "core"}


def test_modules_and_functions_are_short() -> None:
    for path in PACKAGE.rglob("*.py"):
        source = path.read_text()
        assert source.count("\n") <= 300, path
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno is not None
                assert node.end_lineno - node.lineno < 85, f"{path}: {node.name}"
