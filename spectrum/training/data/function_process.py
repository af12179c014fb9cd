"""What is to be known of a user's function beside its arrays, found out in a process of its own: it may do anything."""

from typing import Any

from spectrum.errors import DataError
from spectrum.own_process import NoAnswer, OwnProcess


def asked_of(name: str, question: str) -> Any:
    """What a function of this library, "package.module:function", says of the data set of that name.

    Raises:
        DataError: as that function, or where the user's own ends the process.
    """
    try:
        with OwnProcess(question, name) as process:
            return process.answer()
    except NoAnswer as how:
        raise DataError(
            f"the function {name} must return images and labels, got one that ends the process in which it is called, "
            f"{how}; correct it"
        ) from None
