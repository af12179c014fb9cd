"""Matching protocols: what is solved for to meet a budget, and what holds of the widths that come out."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple, Self, get_args

from pydantic import BeforeValidator, PlainSerializer, StrictBool, model_validator

from spectrum.declaration import Declaration
from spectrum.errors import DefinitionError, choose_from, quoted

Solve = Literal["widths", "inner", "depth"]


class Words(NamedTuple):
    """How errors and tables speak of what is solved for: `factor` heads the column whose meaning `note` tells."""

    solved: str
    factor: str
    note: str


WORDS: dict[Solve, Words] = {
    "widths": Words("widths", "width", "the mean ratio of matched to declared widths"),
    "inner": Words("inner widths", "inner", "the mean ratio of matched to declared widths inside the modules"),
    "depth": Words("depths", "depth", "the ratio of matched to declared modules"),
}

By = Literal["widths", "inner", "depth", "resnext"]
"""The names of the protocols that have one."""


class Matching(Declaration):
    """How a network is matched to a budget.

    Attributes:
        solve: "widths" scales every module; "inner" holds the trunk (what modules hand on) and solves the widths inside
            them; "depth" repeats modules, and widths make up the remainder.
        multiples: widths that segments divide are multiples of the segments, so that all segments are of one width.
        one_scale: one factor for the widths of all stages, such that the narrowest comes out whole.

    Raises:
        DefinitionError: where multiples or one_scale comes with solve="depth".
    """

    solve: Solve = "widths"
    multiples: StrictBool = False
    one_scale: StrictBool = False

    @model_validator(mode="after")
    def _about_widths(self) -> Self:
        if self.solve == "depth" and (self.multiples or self.one_scale):
            raise DefinitionError("multiples and one_scale are about widths, got solve='depth'; leave them out")
        return self

    @property
    def name(self) -> By | None:
        """The protocol's name; None where it has none."""
        return next((name for name, protocol in PROTOCOLS.items() if protocol == self), None)


PROTOCOLS: Mapping[By, Matching] = MappingProxyType(
    {
        "widths": Matching(solve="widths"),
        "inner": Matching(solve="inner"),
        "depth": Matching(solve="depth"),
        "resnext": Matching(solve="inner", multiples=True, one_scale=True),  # arXiv 1611.05431, section 4.1, table 2
    }
)


def protocol(value: Any) -> Any:
    """The protocol of a name; anything else as it is.

    Raises:
        DefinitionError: for an unknown name.
    """
    if not isinstance(value, str):
        return value
    if value not in PROTOCOLS:
        raise DefinitionError(choose_from("way to match named", value, PROTOCOLS))
    return PROTOCOLS[value]  # type: ignore[index]


def checked_protocol(value: Any) -> Matching:
    """The protocol that a name or a Matching stands for; raises DefinitionError for anything else."""
    found = protocol(value)
    if not isinstance(found, Matching):
        raise DefinitionError(
            f"a network is matched by a sp.Matching or the name of one, got {quoted(value)}; use one of "
            f"{', '.join(get_args(By))}"
        )
    return found


def _written(matching: Matching) -> Any:
    return matching.name or matching.model_dump()


Protocol = Annotated[Matching, BeforeValidator(protocol), PlainSerializer(_written)]
"""A field of a declaration: a Matching or the name of one, written by its name where it has one."""
