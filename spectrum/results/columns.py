"""Every column of the results: its name, the words and the unit a reader sees, and what a cell may hold."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "integer", "real", "truth"]

# Nullable types: a run that has not been made yet leaves numbers empty without turning them into floats.
DTYPES: dict[Kind, str] = {"text": "string", "integer": "Int64", "real": "float64", "truth": "boolean"}


@dataclass(frozen=True)
class Column:
    """One column: `label` and `unit` go on axes and table heads, `kind` says what its cells are.

    A cell in % or in points (percent of the images) holds a fraction: 0.925 is shown as 92.5%.
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


RUNS = _table(
    Column("key", "text", "run"),
    Column("point", "text", "point"),
    Column("segments", "text", "segments"),
    Column("order", "text", "order"),
    Column("intermediate", "text", "between the convolutions"),
    Column("residual", "truth", "residual connections"),
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
    Column("validation_top1", "real", "validation accuracy", "%", share=True),
    Column("validation_cross_entropy", "real", "validation cross-entropy", "nats"),
    Column("test_top1", "real", "test accuracy", "%", share=True),
    Column("test_top5", "real", "test top-5 accuracy", "%", share=True),
    Column("test_cross_entropy", "real", "test cross-entropy", "nats"),
    Column("step_seconds", "real", "time of one training step", "s"),
    Column("train_seconds", "real", "training time", "s"),
    Column("chance", "real", "accuracy of guessing", "%", share=True),
)

EPOCHS = _table(
    Column("key", "text", "run"),
    Column("epoch", "integer", "epoch"),
    Column("lr", "real", "learning rate"),
    Column("train_loss", "real", "training loss", "nats"),
    Column("validation_loss", "real", "validation loss", "nats"),
    Column("validation_top1", "real", "validation accuracy", "%", share=True),
    Column("seconds", "real", "time of the epoch", "s"),
)


@dataclass(frozen=True)
class Factor:
    """What may differ between two points beside their segments.

    Attributes:
        words: a value as labels write it.
        of_blocks: whether it is about what blocks are made of: a plain convolution has nothing of it.
    """

    words: Callable[[Any], str] = str
    of_blocks: bool = False


FACTORS = {
    "budget": Factor(),
    "order": Factor(of_blocks=True),
    "intermediate": Factor(lambda names: f"{'nothing' if names == 'none' else names} in between", of_blocks=True),
    "residual": Factor(lambda kept: "with residuals" if kept else "no residuals"),
}
"""By column: points are compared only where all of these agree."""

PHASES = ("tune", "confirm")
STATUSES = ("complete", "pruned", "diverged", "failed", "running", "missing", "dropped")
"""A run is dropped where its point has left the race for the best one: it will not be made."""

FINISHED = ("complete", "pruned", "diverged")
"""A run with one of these statuses has a result, and is never made again."""
