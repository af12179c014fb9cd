"""Reading a user's own arrays: from an .npz, or from a function named by its import path."""

import importlib
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from spectrum.errors import DataError
from spectrum.training.data import arrays
from spectrum.training.data.arrays import Labelled

TRAIN_KEYS = (("images", "labels"), ("train_images", "train_labels"), ("x_train", "y_train"))
TEST_KEYS = (("test_images", "test_labels"), ("x_test", "y_test"))

Halves = tuple[Labelled, Labelled | None]


def read_npz(path: Path) -> Halves:
    """The train and, if there is one, the test part of an .npz.

    Keys: images and labels, and where there is a test part test_images and test_labels; or train_images and
    train_labels, or Keras' x_train, y_train, x_test and y_test. Arrays of other names are not read.

    Raises:
        DataError: the file is missing, damaged or has pickles in it, or its arrays break a rule of `arrays.check`.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            held = {key: file[key] for key in file.files if any(key in pair for pair in TRAIN_KEYS + TEST_KEYS)}
            names = sorted(file.files)
    except FileNotFoundError:
        raise DataError(f"the data file {path} must exist, got nothing there; correct the path") from None
    except (OSError, EOFError, ValueError, AttributeError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(
            f"{path} must be a whole .npz of plain arrays, got: {_reason(error)}; write it with numpy.savez"
        ) from None
    train, test = _pair(held, TRAIN_KEYS), _pair(held, TEST_KEYS)
    if train is None:
        raise DataError(f"{path} must hold the arrays images and labels, got {names}; name them so in numpy.savez")
    for pair in TEST_KEYS:
        if len(held.keys() & set(pair)) == 1:
            raise DataError(
                f"images and labels come in pairs, got {next(iter(held.keys() & set(pair)))} alone in {path}; "
                f"add both {pair[0]} and {pair[1]}, or neither"
            )
    return _checked(train, test, name=path.name)


def _reason(error: Exception) -> str:
    """What went wrong, without numpy's advice to unpickle what it cannot read."""
    return "pickled objects or no arrays at all" if "allow_pickle" in str(error) else str(error)


def _pair(held: dict[str, Any], keys: tuple[tuple[str, str], ...]) -> tuple[Any, Any] | None:
    return next(((held[images], held[labels]) for images, labels in keys if {images, labels} <= held.keys()), None)


def call(name: str) -> Halves:
    """What the function "package.module:function" returns.

    It returns (images, labels) or (train_images, train_labels, test_images, test_labels).

    Raises:
        DataError: it cannot be imported, raises, or returns something else.
    """
    function = _import(name)
    try:
        returned = function()
    except (Exception, SystemExit) as error:
        raise DataError(
            f"the function {name} must return images and labels, got {type(error).__name__}: {error}; correct it"
        ) from error
    if not isinstance(returned, tuple | list) or len(returned) not in (2, 4):
        got = f"{len(returned)} values" if isinstance(returned, tuple | list) else type(returned).__name__
        raise DataError(
            f"the function {name} must return (images, labels) or (train_images, train_labels, test_images, "
            f"test_labels), got {got}; correct it"
        )
    return _checked(returned[:2], returned[2:] or None, name=name)


def _import(name: str) -> Callable[[], Any]:
    module, _, attribute = name.partition(":")
    try:
        function = getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as error:  # importing runs the user's own code
        raise DataError(
            f"the data set {name!r} must be an import path 'package.module:function', got: {error}; "
            "correct it, or put the module's folder into PYTHONPATH"
        ) from None
    if not callable(function):
        raise DataError(f"{name} must be a function, got {type(function).__name__}; name a function")
    return function  # type: ignore[no-any-return]


def _checked(train: Any, test: Any, *, name: str) -> Halves:
    checked = arrays.check(*train, what=f"train split of {name}")
    return checked, None if test is None else arrays.check(*test, what=f"test split of {name}")
