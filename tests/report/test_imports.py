"""What the report's modules load, and that each has its tests."""

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE, TESTS = Path(__file__).parents[2] / "spectrum" / "report", Path(__file__).parent


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("spectrum.report.verdict.verdict", "seaborn matplotlib jinja2 torch optuna sklearn"),
        ("spectrum.report.figures", "jinja2 torch optuna sklearn fvcore"),
        ("spectrum.report.page.html_report", "torch optuna sklearn fvcore"),
    ],
)
def test_a_module_loads_nothing_heavy_that_it_does_not_need(module: str, heavy: str) -> None:
    code = f"import sys, {module}; print(*set({heavy.split()}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""


def test_every_module_has_a_test_of_its_name() -> None:
    modules = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"]
    assert len(modules) > 30
    for module in modules:
        assert (TESTS / module.parent / f"test_{module.name}").is_file(), module
