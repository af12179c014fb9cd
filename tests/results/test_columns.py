"""The dictionary of columns says of each what a reader has to be told."""

from spectrum.results.columns import ACCURACY, EPOCHS, FACTORS, MAP, METRICS, RUNS, metric_of


def test_every_column_is_filed_under_its_own_name_and_has_a_label() -> None:
    for columns in (RUNS, EPOCHS, MAP.runs, MAP.epochs):
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


def test_every_metric_has_its_columns_in_both_tables() -> None:
    for metric in METRICS:
        assert metric.runs[metric.test].share
        assert metric.runs[metric.validation].share
        assert metric.epochs[metric.validation].share
        assert metric_of(list(metric.runs)) == metric
        others = [other for other in METRICS if other is not metric]
        assert not any({other.test, other.validation} & set(metric.runs) for other in others)


def test_a_table_of_neither_is_held_to_be_of_accuracy() -> None:
    """It is then refused for what it lacks."""
    assert metric_of(["key", "status"]) is ACCURACY


def test_tables_of_finished_studies_are_read_as_they_were_written() -> None:
    assert list(RUNS)[-7:] == [
        "validation_cross_entropy", "test_top1", "test_top5", "test_cross_entropy", "step_seconds", "train_seconds",
        "chance",
    ]  # fmt: skip
    assert list(EPOCHS) == [
        "key", "epoch", "lr", "train_loss", "validation_loss", "validation_top1", "seconds",
    ]  # fmt: skip


def test_a_label_that_says_more_stands_everywhere() -> None:
    named = MAP.named("MAP@7")
    assert named.runs["test_map"].title == "test MAP@7 (%)"
    assert named.epochs["validation_map"].title == "validation MAP@7 (%)"
    assert (named.heading, ACCURACY.heading) == ("MAP@7", "Accuracy")
    assert list(named.runs) == list(MAP.runs)
    assert named.runs["lr"] == MAP.runs["lr"]
