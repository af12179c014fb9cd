"""Every column of the results: its name, the words and the unit a reader sees, and what a cell may hold."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Kind = Literal["text", "integer", "real", "truth"]

# Nullable types: a run that has not been made yet leaves numbers empty without turning them into floats.
DTYPES: dict[Kind, str] = {"text": "string", "integer": "Int64", "real": "float64", "truth": "boolean"}


@dataclass(frozen=True)
class Column:
    """One column: `label` and `unit` go on axes and table heads, `kind` says what its cells are.

    A cell in % or in points (of a hundred) holds a fraction: 0.925 is shown as 92.5%.
    Those marked `share` lie from 0 to 1. Tables that older versions wrote may lack an `optional` column: it is empty.
    """

    name: str
    kind: Kind
    label: str
    unit: str = ""
    share: bool = False
    optional: bool = False

    @property
    def dtype(self) -> str:
        """The pandas dtype of the column once it is loaded."""
        return DTYPES[self.kind]

    @property
    def title(self) -> str:
        """Label with unit, as on an axis: 'test accuracy (%)'."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    @property
    def factor(self) -> float:
        """What a cell is multiplied by to be shown in its unit."""
        return 100.0 if self.unit in ("%", "points") else 1.0


def _table(*columns: Column) -> dict[str, Column]:
    return {column.name: column for column in columns}


def _runs(*scores: Column, last: Sequence[Column] = ()) -> dict[str, Column]:
    """The columns of the table of runs, with those of what runs are scored by."""
    return _table(
        Column("key", "text", "run"),
        Column("point", "text", "point"),
        Column("segments", "text", "segments"),
        Column("order", "text", "order"),
        Column("intermediate", "text", "between the convolutions"),
        Column("residual", "truth", "residual connections"),
        Column("hidden", "text", "fully connected layers", optional=True),
        Column("budget", "text", "budget"),
        Column("budget_params", "integer", "parameters aimed at"),
        Column("budget_macs", "integer", "MACs aimed at"),
        Column("tolerance", "real", "tolerance", "%"),
        Column("params", "integer", "parameters"),
        Column("macs", "integer", "MACs per image"),
        Column("activations", "integer", "activations per image"),
        Column("effective_params", "integer", "effective parameters"),
        Column("params_error", "real", "parameters off budget", "%"),
        Column("macs_error", "real", "MACs off budget", "%"),
        Column("scale", "real", "factor on the widths"),
        Column("distortion", "real", "change of the stages' proportions"),
        Column("saturated", "integer", "layers at one segment a channel"),
        Column("segment_width", "real", "channels a segment", optional=True),
        Column("convolutions", "integer", "k x k convolutions of one's own model", optional=True),
        Column("convolution_macs", "real", "MACs in these", "%", share=True, optional=True),
        Column("rewritten", "integer", "k x k convolutions rewritten", optional=True),
        Column("rewritten_macs", "real", "MACs in those rewritten", "%", share=True, optional=True),
        Column("taken", "real", "parameters from given weights", "%", share=True, optional=True),
        Column("phase", "text", "phase"),
        Column("trial", "integer", "tuning trial"),
        Column("seed", "integer", "seed"),
        Column("lr", "real", "learning rate"),
        Column("weight_decay", "real", "weight decay"),
        Column("lr_low", "real", "lowest learning rate tried"),
        Column("lr_high", "real", "highest learning rate tried"),
        Column("weight_decay_low", "real", "lowest weight decay tried"),
        Column("weight_decay_high", "real", "highest weight decay tried"),
        Column("status", "text", "status"),
        Column("error", "text", "why it failed"),
        Column("epochs", "integer", "epochs done"),
        *scores,
        Column("step_seconds", "real", "time of one training step", "s"),
        Column("train_seconds", "real", "training time", "s"),
        *last,
    )


def _epochs(score: Column) -> dict[str, Column]:
    """The columns of the table of epochs, with that of what networks are scored by."""
    return _table(
        Column("key", "text", "run"),
        Column("epoch", "integer", "epoch"),
        Column("lr", "real", "learning rate"),
        Column("train_loss", "real", "training loss", "nats"),
        Column("validation_loss", "real", "validation loss", "nats"),
        score,
        Column("seconds", "real", "time of the epoch", "s"),
    )


RUNS = _runs(
    Column("validation_top1", "real", "validation accuracy", "%", share=True),
    Column("validation_cross_entropy", "real", "validation cross-entropy", "nats"),
    Column("test_top1", "real", "test accuracy", "%", share=True),
    Column("test_top5", "real", "test top-5 accuracy", "%", share=True),
    Column("test_cross_entropy", "real", "test cross-entropy", "nats"),
    last=[Column("chance", "real", "accuracy of guessing", "%", share=True)],
)

EPOCHS = _epochs(Column("validation_top1", "real", "validation accuracy", "%", share=True))


@dataclass(frozen=True)
class Metric:
    """What points are compared by: a share from 0 to 1, the higher the better; differences are told in points, 0.01.

    Attributes:
        key: how the names of its columns end: `validation_top1` and `test_top1`.
        label: what a reader sees: "accuracy".
        runs, epochs: the columns of the tables of a study that is scored by it.
    """

    key: str
    label: str
    runs: Mapping[str, Column]
    epochs: Mapping[str, Column]

    @property
    def validation(self) -> str:
        """The column that points are tuned by, in both tables."""
        return f"validation_{self.key}"

    @property
    def test(self) -> str:
        """The column that points are compared by."""
        return f"test_{self.key}"

    @property
    def heading(self) -> str:
        """The label as headings begin with it: "Accuracy"."""
        return self.label[:1].upper() + self.label[1:]

    def named(self, label: str) -> "Metric":
        """The same, with a label that says more, such as "MAP@100", wherever the label stands."""

        def relabelled(columns: Mapping[str, Column]) -> dict[str, Column]:
            return {
                name: replace(column, label=column.label.replace(self.label, label)) for name, column in columns.items()
            }

        return Metric(self.key, label, relabelled(self.runs), relabelled(self.epochs))


ACCURACY = Metric("top1", "accuracy", RUNS, EPOCHS)
MAP = Metric(
    "map",
    "MAP",
    _runs(
        Column("validation_map", "real", "validation MAP", "%", share=True),
        Column("validation_cross_entropy", "real", "validation binary cross-entropy", "nats"),
        Column("test_map", "real", "test MAP", "%", share=True),
        Column("test_cross_entropy", "real", "test binary cross-entropy", "nats"),
    ),
    _epochs(Column("validation_map", "real", "validation MAP", "%", share=True)),
)
METRICS = (ACCURACY, MAP)
"""What a study may be scored by. To add one, give it its columns here."""


def metric_of(columns: Collection[str]) -> Metric:
    """The metric that a table of runs with these columns is scored by; accuracy where it has the column of none."""
    return next((metric for metric in METRICS if metric.test in columns), ACCURACY)


@dataclass(frozen=True)
class Factor:
    """What may differ between two points beside their segments.

    Attributes:
        words: a value as labels write it.
        of_blocks: whether it is about what blocks are made of: a plain convolution has nothing of it.
        without: the value that stands for doing without, which the others are measured against; None if there is none.
    """

    words: Callable[[Any], str] = str
    of_blocks: bool = False
    without: Any = None


FACTORS = {
    "budget": Factor(),
    "order": Factor(of_blocks=True),
    "intermediate": Factor(
        lambda names: f"{'nothing' if names == 'none' else names} in between", of_blocks=True, without="none"
    ),
    "residual": Factor(lambda kept: "with residuals" if kept else "no residuals", without=False),
    "hidden": Factor(
        lambda widths: "no hidden layers" if widths == "none" else f"with hidden layers {widths}", without="none"
    ),
}
"""By column: points are compared only where all of these agree."""

PHASES = ("tune", "confirm")
STATUSES = ("complete", "pruned", "diverged", "failed", "running", "missing", "dropped")
"""A run is dropped where its point has left the race for the best one: it will not be made."""

FINISHED = ("complete", "pruned", "diverged")
"""A run with one of these statuses has a result, and is never made again."""
