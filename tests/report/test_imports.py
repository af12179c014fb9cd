"""Importing the tables costs no plotting library."""

import subprocess
import sys


def test_tables_and_statistics_come_without_seaborn_and_matplotlib() -> None:
    code = (
        "import sys, spectrum.results.results, spectrum.report.verdict\n"
        "heavy = {'seaborn', 'matplotlib', 'jinja2', 'torch', 'optuna', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_plots_come_without_torch_and_optuna() -> None:
    code = (
        "import sys, spectrum.report.plots\n"
        "heavy = {'torch', 'optuna', 'sklearn', 'fvcore'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
