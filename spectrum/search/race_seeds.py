"""How many seeds the points of a study get: as many each, or as many as a race between them takes."""

from typing import Annotated, Any

from pydantic import Field, PlainSerializer, PlainValidator, StrictInt, field_validator

from spectrum.comparison.declared_looks import checked_looks
from spectrum.declaration import Declaration
from spectrum.errors import DefinitionError, quoted

MOST = 100_000


class Seeds(Declaration):
    """Seeds for a race: after each of these numbers one looks who may still be the best, and only these get more.

    `Seeds(6, 10, 14, 20)` gives every point 6 seeds, and 20 to those that stay in the race until then.

    Attributes:
        looks: rising numbers of seeds, the first at least 2.
        alpha: the level at which all looks together err; each spends a part of it.
        margin: within which points count as equivalent, as a fraction: 0.003 is 0.3 points.
    """

    looks: tuple[StrictInt, ...]
    alpha: float = Field(default=0.05, gt=0, lt=1)
    margin: float = Field(default=0.003, gt=0, lt=1)

    def __init__(self, /, *looks: Any, **fields: Any) -> None:
        if looks and "looks" in fields:
            raise DefinitionError("the looks of a race are given once, got them twice; write Seeds(6, 10, 14, 20)")
        super().__init__(**({"looks": looks} if looks else {}), **fields)

    @field_validator("looks")
    @classmethod
    def _rising(cls, looks: tuple[int, ...]) -> tuple[int, ...]:
        return checked_looks(looks)


def checked_seeds(value: Any) -> int | Seeds:
    """The seeds of a study as a declaration gives them; raises DefinitionError where they are none."""
    if isinstance(value, Seeds):
        return value
    if isinstance(value, dict):
        return Seeds(**{str(name): field for name, field in value.items()})
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
        raise DefinitionError(
            f"seeds are a number from 1 to {MOST:,}, or a race such as sp.Seeds(6, 10, 14, 20), got {quoted(value)}; "
            "use for example 10"
        )
    return value


SeedsValue = Annotated[
    int | Seeds,
    PlainValidator(checked_seeds),
    PlainSerializer(lambda seeds: seeds.model_dump(mode="json") if isinstance(seeds, Seeds) else seeds),
]
