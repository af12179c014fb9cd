"""The table of points: a row for each, with what the findings say of it."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.findings import findings
from spectrum.report.statistics.point_table import point_table
from spectrum.results.results import Results

Make = Callable[..., Results]


def table(results: Results, **criteria: str) -> pd.DataFrame:
    return point_table(findings(results, Criteria(**criteria)))


def test_one_row_a_point_in_the_order_of_the_spectrum(unfinished: Results) -> None:
    rows = table(unfinished)
    assert rows["segments"].tolist() == ["plain", "1", "2", "4", "8", "16", "depthwise"] * 2
    assert rows["group"].unique().tolist() == ["100 k params, 3 M MACs", "400 k params, 12 M MACs"]
    assert rows["budget"].tolist() == rows["group"].tolist()
    assert rows["n"].tolist() == [10, 9, 10, 10, 10, 9, 8] * 2
    assert rows["diverged"].tolist() == [0, 1, 0, 0, 0, 0, 0] * 2
    assert rows["failed"].tolist() == [0, 0, 0, 0, 0, 1, 0] * 2
    assert rows["missing"].tolist() == [0, 0, 0, 0, 0, 0, 2] * 2


def test_every_cell_is_what_the_findings_say(study: Make) -> None:
    found = findings(study(seeds=5))
    (group,) = found.groups
    for (_, row), point in zip(point_table(found).iterrows(), group.points, strict=True):
        said = (point.cost.params, point.tuning.lr, point.accuracy.mean, point.accuracy.low, point.p_best)
        assert tuple(row[["params", "lr", "mean", "low", "p_best"]]) == said
        for name, other in {"leader": group.leader, "few": "plain", "depthwise": "depthwise"}.items():
            each = group.difference(point.segments, str(other))
            assert row[f"vs_{name}"] == each.difference if each else math.isnan(row[f"vs_{name}"])
            assert row[f"vs_{name}_low"] == each.low if each else math.isnan(row[f"vs_{name}_low"])
            assert row[f"vs_{name}_shown"] == (each.shown if each else "")


def test_the_ends_see_each_other_from_both_sides(study: Make) -> None:
    rows = table(study(seeds=5)).set_index("segments")
    assert rows.loc["plain", "vs_depthwise"] == -rows.loc["depthwise", "vs_few"]
    assert np.isnan(rows.loc["plain", "vs_few"])
    assert np.isnan(rows.loc["depthwise", "vs_depthwise"])
    assert rows["vs_few"].drop("plain").notna().all()


def test_the_other_kinds_of_interval_have_columns_of_their_own(study: Make) -> None:
    usual, other = table(study(seeds=5)), table(study(seeds=5), interval="bootstrap")
    assert usual["bootstrap_low"].tolist() == other["low"].tolist()
    assert usual["high"].tolist() == other["t_high"].tolist()
    assert "t_low" not in usual.columns
    assert "bootstrap_low" not in other.columns


def test_a_clear_winner_is_the_only_contender(study: Make) -> None:
    rows = table(study(truth={"1": 0.90, "4": 0.95, "depthwise": 0.91}, seeds=5)).set_index("segments")
    assert rows["contender"].tolist() == [False, True, False]
    assert rows.loc["4", "p_best"] > 0.95


def test_one_seed_gives_means_and_nothing_else(study: Make) -> None:
    rows = table(study(seeds=1))
    assert rows["n"].tolist() == [1] * 7
    assert rows["mean"].notna().all()
    for column in ("sd", "low", "high", "bootstrap_low", "p_best", "contender", "vs_few", "vs_leader_low"):
        assert rows[column].isna().all(), column


def test_two_seeds_give_numbers_that_prove_little(study: Make) -> None:
    rows = table(study(seeds=2))
    assert rows["p_best"].sum() == pytest.approx(1.0)
    assert (rows["high"] - rows["low"]).median() > 0.01
