"""The numbers of seeds at which a race looks. No numpy in it, since a study is declared without."""

from collections.abc import Sequence
from itertools import pairwise

from spectrum.errors import DefinitionError, quoted


def checked_looks(looks: Sequence[int]) -> tuple[int, ...]:
    """The numbers of seeds at which a race looks.

    Raises:
        DefinitionError: where there is none, the first is below 2, or they do not rise.
    """
    if not looks or looks[0] < 2 or any(later <= earlier for earlier, later in pairwise(looks)):
        raise DefinitionError(
            f"the looks of a race are rising numbers of seeds, the first at least 2, got {quoted(tuple(looks))}; "
            "use for example (6, 10, 14, 20)"
        )
    return tuple(looks)
