"""What tells a user's own data from other data of the same name. No torch in it."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from spectrum.errors import DataError
from spectrum.public import public
from spectrum.regular_file import open_regular
from spectrum.training.data.catalog import kind_of, locate
from spectrum.training.data.file_digests import FileDigests
from spectrum.training.data.function import call
from spectrum.training.data.function_process import asked_of
from spectrum.training.data.label_sets import LabelSets, arrays_of
from spectrum.training.data.split import Labels


@public
def fingerprint(name: str, *, folder: Path | None = None, cache: Path | None = None, apart: bool = True) -> str | None:
    """16 hex digits of what training reads of a data set.

    An .npz counts by its bytes; a folder of images by the bytes of each image, its class or classes, and its split;
    what a function returns by its arrays. None for known sets: their files are held to a checksum whenever they are
    read.

    Args:
        folder: where relative paths start; the working directory by default.
        cache: a JSON file that remembers the digest of each image in a folder together with its size and times of
            change, so that only what has changed is read again; read and written here.
        apart: call a function in a process of its own; a worker, which is one, calls it itself.

    Raises:
        DataError: there is no such set, or it is damaged.
    """
    try:
        match kind_of(name, folder):
            case "known":
                return None
            case "archive":
                with open_regular(locate(name, folder)) as file:
                    return hashlib.file_digest(file, "sha256").hexdigest()[:16]
            case "folder":
                return _of_folder(locate(name, folder), cache)
            case "function":
                return str(asked_of(name, f"{__name__}:of_function")) if apart else of_function(name)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"the files of {name} must be readable, got: {reason}; correct the path or its files") from None


def _of_folder(root: Path, cache: Path | None) -> str:
    from spectrum.training.data.folders import scan

    digests, whole = FileDigests(root, cache), hashlib.sha256()
    for split, part in enumerate(scan(root).parts):
        for path, label in zip(part.paths, _texts(part.labels), strict=True):
            whole.update(f"{split} {label} {digests.of(path)}\n".encode())
    digests.keep()
    return whole.hexdigest()[:16]


def _texts(labels: Labels | LabelSets) -> Iterable[str]:
    """The class of each image, or its classes."""
    if isinstance(labels, LabelSets):
        return (str(labels.of(image).tolist()) for image in range(len(labels)))
    return map(str, labels.tolist())


def of_function(name: str) -> str:
    """16 hex digits of the arrays that a function returns; it is called here."""
    whole = hashlib.sha256()
    for part in call(name):
        for array in () if part is None else (part.images, *arrays_of(part.labels)):
            whole.update(f"{array.shape}\n".encode())
            whole.update(array)  # type: ignore[arg-type]
    return whole.hexdigest()[:16]
