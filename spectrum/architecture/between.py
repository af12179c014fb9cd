"""What stands before, between or after convolutions: batch norm and activations, in sequence."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args

from pydantic import PlainSerializer, PlainValidator

from spectrum.errors import DefinitionError, choose_from

Step = Literal["batch-norm", "relu", "relu6", "elu", "silu"]


def checked_between(value: Any) -> tuple[Step, ...]:
    """A sequence of norms and activations: "none", one name, "batch-norm+relu", or a tuple of names.

    Raises:
        DefinitionError: for an unknown name, or one that is repeated.
    """
    names: list[Any] = value.split("+") if isinstance(value, str) else [value]
    if isinstance(value, list | tuple):
        names = list(value)
    names = [] if names == ["none"] else names
    for name in names:
        if name not in get_args(Step):
            raise DefinitionError(choose_from("norm or activation named", name, ("none", *get_args(Step))))
    if len(set(names)) < len(names):
        raise DefinitionError(f"a sequence names each layer once, got {', '.join(names)}; leave the repeated one out")
    return tuple(names)


Between = Annotated[tuple[Step, ...], PlainValidator(checked_between), PlainSerializer(lambda names: names)]


def sequence_text(layers: Sequence[Step | int]) -> str:
    """How tables and the command line write layers in sequence: "none", "batch-norm+relu"; or their widths, "64+32"."""
    return "+".join(map(str, layers)) or "none"
