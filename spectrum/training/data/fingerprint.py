"""What tells a user's own data from other data of the same name. No torch in it."""

import hashlib
from pathlib import Path

from spectrum.training.data.catalog import kind_of, locate


def fingerprint(name: str, *, folder: Path | None = None) -> str | None:
    """16 hex digits of a data set's contents: an .npz by its bytes, images in a folder by their names and sizes, what a
    function returns by its arrays. None for known sets, whose files are checked by themselves.

    Raises:
        DataError: there is no such set, or it is damaged.
    """
    digest = hashlib.sha256()
    match kind_of(name, folder):
        case "known":
            return None
        case "archive":
            digest.update(locate(name, folder).read_bytes())
        case "folder":
            root = locate(name, folder)
            for path in sorted(path for path in root.rglob("*") if path.is_file()):
                digest.update(f"{path.relative_to(root)}\0{path.stat().st_size}\n".encode())
        case "function":
            from spectrum.training.data.own import call

            for part in call(name):
                if part is not None:
                    digest.update(part.images.tobytes() + part.labels.tobytes())
    return digest.hexdigest()[:16]
