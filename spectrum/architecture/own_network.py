"""A user's own model as the network of a study: how it is named, and where on the spectrum. No torch in it."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, model_validator

from spectrum.architecture.between import Between, sequence_text
from spectrum.architecture.modules import Order
from spectrum.architecture.spec import Network
from spectrum.declaration import Declaration
from spectrum.errors import DefinitionError, quoted
from spectrum.public import public
from spectrum.segments import PLAIN, Segments, SegmentsValue

LETTERS = 300
"""Of an import path, at most."""


def _checked_path(path: str) -> str:
    module, colon, function = path.partition(":")
    if (
        len(path) > LETTERS
        or not colon
        or not all(part.isidentifier() for part in (module + "." + function).split("."))
    ):
        raise DefinitionError(
            f"a model of one's own is named by its import path 'package.module:function', got {quoted(path)}; correct "
            "it"
        )
    return path


class OwnNetwork(Declaration):
    """A model that a user's function returns, rewritten at a point of the spectrum as `sp.rewrite` does it.

    The function takes no arguments. Each run calls it anew, with the random state of its seed, so that the weights
    which it draws are the run's own; those of the blocks come from the seed as well.

    Attributes:
        model: "package.module:function".
        only: names of the layers that are rewritten, as in `sp.rewrite`; all that can be where empty.
        order, intermediate: of the blocks.
        segments: the point; PLAIN is the model as it is.
        tolerance: by what fraction a layer may miss its parameters or MACs; in a study with a budget, that of this.
        inner: inner widths of the blocks of the layers in `only`, where a plan has solved them.
        identity: a digest of what the rewritten model is, where a plan has seen it: the names, shapes and precisions
            of its parameters and buffers, and the kinds of its modules. It cannot see what the user's code does with
            them in `forward`, nor constants, nor initial weights: code that changes while a study goes on is the
            user's to name anew.
    """

    model: Annotated[str, AfterValidator(_checked_path)]
    only: tuple[str, ...] = ()
    order: Order = "bottleneck"
    intermediate: Between = ()
    segments: Segments = PLAIN
    tolerance: float = Field(default=0.01, gt=0, lt=1)
    inner: tuple[Annotated[StrictInt, Field(ge=1)], ...] = Field(default=(), exclude_if=lambda inner: not inner)
    identity: str = Field(default="", exclude_if=lambda identity: not identity)

    @model_validator(mode="after")
    def _one_width_a_layer(self) -> Self:
        if self.inner and len(self.inner) != len(self.only):
            raise DefinitionError(
                f"a model of one's own has an inner width for each layer that is rewritten, got {len(self.inner)} for "
                f"{len(self.only)}; leave inner out"
            )
        return self

    @public
    def at(
        self,
        segments: SegmentsValue,
        *,
        order: Order | None = None,
        intermediate: Any = None,
        residual: bool = True,
        hidden: Sequence[int] | None = None,
    ) -> Self:
        """The same model at another point of the spectrum, without a plan; None leaves a factor as it is.

        Raises:
            DefinitionError: for residual=False, or hidden layers: what a model of one's own adds up, and what stands
                before its outputs, are its own.
        """
        if hidden is not None:
            raise DefinitionError(
                f"fully connected layers of a model of one's own are in its code, got hidden={hidden!r}; leave that "
                "factor out"
            )
        if not residual:
            raise DefinitionError(
                "residuals of a model of one's own are in its code, got residual=False; leave that factor out"
            )
        changes = {"order": order, "intermediate": intermediate}
        given = {name: value for name, value in changes.items() if value is not None}
        return self.replace(segments=segments, inner=(), identity="", **given)

    @property
    def factors(self) -> dict[str, Any]:
        """What a study may cross with the segments, as tables have it."""
        return {"order": self.order, "intermediate": sequence_text(self.intermediate), "residual": True, "hidden": None}


def declared_network(value: Any) -> Any:
    """The network that the fields of a declaration stand for; anything else as it is."""
    if not isinstance(value, dict):
        return value
    return OwnNetwork(**value) if "model" in value else Network(**value)


AnyNetwork = Annotated[Network | OwnNetwork, BeforeValidator(declared_network)]
"""A spec, or a user's own model: both say how a module is made."""
