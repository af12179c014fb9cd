"""A user's own arrays from a function that is named by its import path."""

from spectrum.errors import DataError
from spectrum.import_path import described, imported_function
from spectrum.training.data import arrays
from spectrum.training.data.arrays import Halves


def call(name: str) -> Halves:
    """What the function "package.module:function" returns.

    It returns (images, labels) or (train_images, train_labels, test_images, test_labels).

    Raises:
        DataError: it cannot be imported, raises, or returns something else.
    """
    function = imported_function(name, "a data set", refused=DataError)
    try:
        returned = function()
        if isinstance(returned, tuple | list) and len(returned) in (2, 4):
            values = list(returned)
            return arrays.check_halves((values[0], values[1]), tuple(values[2:]) or None, name=name)
        got = f"{len(returned)} values" if isinstance(returned, tuple | list) else type(returned).__name__
    except (DataError, KeyboardInterrupt):
        raise
    except BaseException as error:  # the function's own, or of a method of what it returns
        raise DataError(
            f"the function {name} must return images and labels, got {described(error)}; correct it"
        ) from None
    raise DataError(
        f"the function {name} must return (images, labels) or (train_images, train_labels, test_images, test_labels), "
        f"got {got}; correct it"
    )
