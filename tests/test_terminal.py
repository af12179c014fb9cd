"""Tables for the terminal: aligned, without blanks at the ends of lines, within 80 columns."""

from pathlib import Path

import pytest

import spectrum as sp
from spectrum import terminal
from spectrum.results.columns import STATUSES
from spectrum.results.study_progress import KeptFile, Status


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_words_stand_left_and_numbers_right(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.show("a title", ["name", "n\nin all"], [("first", 5), ("x", 1_000)])
    assert lines(capsys) == ["a title", "            n", "name   in all", "first       5", "x        1000"]


def test_every_status_fits_80_columns(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    counts = {"planned": 99_999, **dict.fromkeys(STATUSES, 9_999)}
    terminal.show_status([Status("digits", Path("runs/digits"), {"tune": counts, "confirm": counts}, None)])
    shown = lines(capsys)
    assert shown[0] == "digits: stopped"
    assert len(shown) == 4
    assert max(map(len, shown)) <= 80


def test_trained_networks_are_listed_in_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    counts = {phase: {"planned": 1, **dict.fromkeys(STATUSES, 0)} for phase in ("tune", "confirm")}
    folder = Path("runs/digits/weights")

    def status(number: int, budgets: int = 1) -> Status:
        points = ("4, batch-norm+relu in between, no residual", "depthwise")
        kept = (
            KeptFile(points[n % 2], f"{n % budgets} k params, 3 M MACs", n, folder / f"{n:016x}.safetensors")
            for n in range(number)
        )
        return Status("digits", folder.parent, counts, None, tuple(kept))

    terminal.show_status([status(2)])
    shown = lines(capsys)
    assert shown[-4:-2] == [
        "trained networks in runs/digits/weights, for spectrum predict and export",
        "point                                       seed                          file",
    ]
    assert shown[-2].startswith("4, batch-norm+relu in between, no residual     0  0000000000000000.safetensors")
    terminal.show_status([status(50, budgets=2)])
    long = lines(capsys)
    assert any("budget" in line for line in long)
    assert long[-1] == "and 10 more; --json has all of them"
    assert max(map(len, [*shown, *long])) <= 80
    terminal.show_status([status(3), status(0)])
    assert "3 trained networks in runs/digits/weights; `spectrum status digits` lists them" in lines(capsys)


def test_no_studies(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECTRUM_RUNS", "/elsewhere")
    terminal.show_status([])
    assert lines(capsys) == ["there are no studies in /elsewhere; start one with `spectrum run STUDY.py`"]


def test_a_cost_as_plain_data() -> None:
    cost = sp.count(sp.networks.small())
    row = terminal.cost_row(cost, layers=True)
    assert row["flops"] == 2 * row["macs"] == 2 * cost.macs
    assert sum(layer["params"] for layer in row["layers"]) == cost.params


def test_a_sentence_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.say("stopped")
    assert capsys.readouterr() == ("", "spectrum: stopped\n")
