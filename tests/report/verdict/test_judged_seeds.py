"""Which seeds a statement is about, in a study that was given more seeds after it had been looked at."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from spectrum.report.statistics.findings import Findings, findings
from spectrum.report.verdict.judged_seeds import judged_seeds, seeds_of_columns
from spectrum.report.verdict.short_table import legend
from spectrum.results.results import Results

Make = Callable[..., Results]
SAME = {"1": 0.90, "4": 0.9001}


def extended(results: Results, *finished_at: int) -> Findings:
    return findings(replace(results, study={**results.study, "extended_from": list(finished_at)}))


@pytest.mark.parametrize(("before", "seeds"), [((), ""), ((3,), "the 5 seeds added last"), ((7,), "the first 7 seeds")])
def test_the_seeds_that_points_are_compared_on(study: Make, before: tuple[int, ...], seeds: str) -> None:
    found = extended(study(truth=SAME, seeds=8), *before)
    assert judged_seeds(found.groups[0]) == seeds
    assert seeds_of_columns(found) == (
        f"Means and their intervals are over all seeds, P(best) and differences over {seeds} alone." if seeds else ""
    )


def test_the_legend_of_the_table_has_it(study: Make) -> None:
    before, after = (legend(extended(study(truth=SAME, seeds=8), *seeds)).splitlines() for seeds in ((), (3,)))
    assert after == [
        *before,
        "Means and their intervals are over all seeds, P(best) and differences over the 5 seeds added last alone.",
    ]


def test_groups_that_differ_are_told_apart(given: Make) -> None:
    """One group's first seeds named a best point, which fresh seeds are not asked about."""
    clear = {"1": [0.9, 0.9012, 0.902, 0.9, 0.9005], "4": [0.95, 0.951, 0.9523, 0.95, 0.9505]}
    near = {"1": [0.9, 0.901, 0.902, 0.9, 0.903], "4": [0.901, 0.9, 0.903, 0.901, 0.9]}
    parts = [given(table, trials=12, intermediate=word) for word, table in (("none", clear), ("relu", near))]
    both = replace(parts[0], runs=pd.concat([part.runs for part in parts]))
    assert seeds_of_columns(extended(both, 3)) == (
        "Means and their intervals are over all seeds, P(best) and differences over the first 3 seeds (nothing in "
        "between) and the 2 seeds added last (relu in between)."
    )
