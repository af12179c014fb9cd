"""The dictionary of columns says of each what a reader has to be told."""

from spectrum.results.columns import EPOCHS, FACTORS, RUNS


def test_every_column_is_filed_under_its_own_name_and_has_a_label() -> None:
    for columns in (RUNS, EPOCHS):
        assert all(name == column.name and column.label for name, column in columns.items())


def test_shares_are_shown_in_percent() -> None:
    assert RUNS["test_top1"].title == "test accuracy (%)"
    assert RUNS["test_top1"].factor == 100.0
    assert RUNS["step_seconds"].factor == 1.0
    assert RUNS["params"].title == "parameters"


def test_the_factors_are_columns() -> None:
    assert set(FACTORS) <= set(RUNS)


def test_kinds_have_types_that_can_be_empty() -> None:
    assert RUNS["trial"].dtype == "Int64"
    assert RUNS["residual"].dtype == "boolean"
    assert RUNS["lr"].dtype == "float64"
