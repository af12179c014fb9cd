"""The README tells the truth: its code runs, its commands exist, its figures and tables are what is printed here."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest

import spectrum as sp
from spectrum.cli import app
from spectrum.search.study import Study

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
SCRIPTS = sorted((ROOT / "analysis").glob("*.py"))


EXPERIMENTS = (ROOT / "analysis" / "README.md").read_text()


def block(name: str, page: str = README) -> str:
    """What stands between two marks of that name, without its fences and the command."""
    text = re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```\n<!-- /{name} -->", page, re.DOTALL)
    assert text, name
    return "".join(line for line in text[1].splitlines(keepends=True) if not line.startswith("$ "))


def unpadded(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def printed(*command: str) -> str:
    """Standard output of a command at the root, 80 columns wide."""
    environment = {**os.environ, "COLUMNS": "80"}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_python_blocks_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "analysis" / "results" / "fashion-mnist", tmp_path / "runs" / "digits")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPECTRUM_RUNS", raising=False)
    monkeypatch.setattr("spectrum.search.run_study.run", lambda study, *, workers: None)  # it takes minutes
    matplotlib.use("agg")
    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 5
    for code in blocks:
        exec(compile(code, "README.md", "exec"), names)


def test_the_first_block_is_the_study_that_the_commands_run() -> None:
    text = re.search(r"`(\w+\.py)`:\n\n<!-- study -->\n```python\n(.*?)```", README, re.DOTALL)
    assert text is not None
    name, code = text.groups()
    assert text.start() == README.index("`digits.py`"), "the first to be named"
    assert code == (ROOT / "studies" / name).read_text()
    commands = re.findall(r"^\$ spectrum (\w+) (\S+)", README, re.MULTILINE)
    steps = [("plan", name), ("run", name), ("status", "digits"), ("report", "digits"), ("plot", "digits")]
    assert commands[: len(steps)] == steps


def test_every_command_exists() -> None:
    commands = {command.callback.__name__.replace("_", "-") for command in app.registered_commands if command.callback}
    named = set(re.findall(r"\$ spectrum (\w[\w-]*)", README)) | set(re.findall(r"`spectrum (\w[\w-]*)", README))
    assert len(named) >= 5
    assert named <= commands
    targets = re.findall(r"\$ make (\w+)", README)
    assert targets == ["demo", "test"]
    makefile = (ROOT / "Makefile").read_text()
    assert all(f"\n{target}:" in makefile for target in targets)
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_every_figure_is_there_and_has_its_script() -> None:
    figures = re.findall(r"!\[.*?\]\((.*?)\)", README) + re.findall(r'<img src="(.*?)"', README)
    assert figures
    scripts = " ".join(script.stem + script.read_text() for script in SCRIPTS)
    for figure in figures:
        assert (ROOT / figure).is_file()
        assert Path(figure).stem.rstrip("12345") in scripts


def test_the_plan_is_what_is_printed() -> None:
    out = printed("-m", "spectrum", "plan", "studies/digits.py")
    assert unpadded(block("plan")) == unpadded(out)


def test_the_verdict_is_what_is_printed() -> None:
    assert unpadded(block("verdict")) == unpadded(printed("analysis/verdict.py"))


def test_the_effects_of_the_papers_experiments_are_what_is_printed() -> None:
    assert unpadded(block("effects", EXPERIMENTS)) == unpadded(printed("analysis/effects.py"))
    assert "analysis/README.md" in README
    figures = re.findall(r"!\[.*?\]\((.*?)\)", EXPERIMENTS)
    assert figures
    for figure in figures:
        assert (ROOT / "analysis" / figure).is_file()
        assert (ROOT / "analysis" / f"{Path(figure).stem}.py").is_file()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_script_draws_from_the_committed_results(script: Path, tmp_path: Path) -> None:
    assert len(script.read_text().splitlines()) <= 40
    shutil.copytree(ROOT / "analysis" / "results", tmp_path / "results")
    copy = shutil.copy(script, tmp_path)
    done = subprocess.run([sys.executable, copy], capture_output=True, text=True, check=True)
    drawn = tmp_path / "figures" / f"{script.stem}.png"
    if script.stem in ("verdict", "effects"):
        assert "points" in done.stdout
    elif script.stem == "paper_figures":
        for committed in (ROOT / "analysis" / "figures").glob("paper_*.svg"):
            assert (tmp_path / "figures" / committed.name).read_text() == committed.read_text()
        assert len(list((tmp_path / "figures").iterdir())) == 5
    else:
        assert drawn.read_bytes().startswith(b"\x89PNG")
        assert drawn.stat().st_size > 10_000


RESULTS = sorted(folder.name for folder in (ROOT / "analysis" / "results").iterdir())


@pytest.mark.parametrize("name", RESULTS)
def test_the_committed_results_are_of_the_study_that_is_declared(name: str) -> None:
    from spectrum.results.results import load
    from spectrum.search.study_file import read_study

    declared = read_study(ROOT / "studies" / f"{name.replace('-', '_')}.py")
    folder = ROOT / "analysis" / "results" / name
    plan = sp.plan(declared)
    assert Study.from_json((folder / "study.json").read_text()) in (declared, plan.study)
    runs = load(folder).runs
    confirmed = runs[runs["phase"] == "confirm"]
    assert confirmed.groupby("point").size().eq(declared.most_seeds).all()
    assert confirmed["status"].isin(["complete", "diverged", "dropped"]).all()
    made = confirmed[confirmed["status"] != "dropped"].groupby("point").size()
    assert made.isin(declared.seeds.looks if isinstance(declared.seeds, sp.Seeds) else [declared.seeds]).all()
    costs = {point.label: point.match.cost for point in plan.points}
    for label, row in runs.drop_duplicates("point").set_index("point").iterrows():
        assert (row["params"], row["macs"]) == (costs[str(label)].params, costs[str(label)].macs)
