"""Listing the images of folders that a table of labels goes with: every image has its row, every row its image."""

import os
from collections.abc import Sequence, Set
from pathlib import Path

import numpy as np

from spectrum.errors import DataError, quoted
from spectrum.training.data.label_checks import check_several
from spectrum.training.data.label_sets import LabelSets
from spectrum.training.data.label_table import TABLE, LabelTable, read_table
from spectrum.training.data.listing import Listing, Seen, find_images

LISTED = 5
"""Names in a message, of which there may be many that are wrong."""


def has_table(folder: Path) -> bool:
    return os.path.lexists(folder / TABLE)


def list_tabled(sources: Sequence[Path]) -> tuple[tuple[str, ...], list[Listing]]:
    """The classes of train, sorted, and the images of each folder, in the order of their paths.

    Args:
        sources: the train folder and, where there is one, the test folder.

    Raises:
        DataError: one folder has a table and the other none, the classes are not those that training takes or differ,
            an image has no row or a row no image, or what `read_table` and `find_images` refuse.
    """
    bare = [folder for folder in sources if not has_table(folder)]
    if bare:
        raise DataError(
            f"train and test both have a {TABLE} or neither has, got none in {bare[0]}; write it, or sort the images "
            "of both into class folders"
        )
    train = read_table(sources[0] / TABLE)
    check_several(
        train.labels, name=str(train.path), names=train.classes, instead="sort the images into class folders instead"
    )
    tables = [train]
    for source in sources[1:]:
        tables.append(read_table(source / TABLE, separator=train.separator))
        _check_test_classes(train, tables[-1])
    seen: Seen = {}
    return train.classes, [_listing(table, train.classes, seen) for table in tables]


def _check_test_classes(train: LabelTable, test: LabelTable) -> None:
    extra = sorted(set(test.classes) - set(train.classes))
    if extra:
        raise DataError(
            f"every class in {test.path} must also be in {train.path}, got {_some(extra)}; correct or remove it"
        )
    left_out = sorted(set(train.classes) - set(test.classes))
    if test.separator is None and left_out:
        raise DataError(
            f"{test.path} has a column for every class in {train.path}, got none for {_some(left_out)}; add it, with 0 "
            "where an image does not show the class"
        )


def _listing(table: LabelTable, classes: tuple[str, ...], seen: Seen) -> Listing:
    """The images of one table's folder, with their classes by their places among those of train."""
    folder = str(table.path.parent)
    images = {path.removeprefix(os.path.join(folder, "")): path for path in find_images(folder, seen)}
    _check_rows(table, images.keys())
    order = np.array(sorted(range(len(table.files)), key=lambda row: table.files[row].split(os.sep)), dtype=np.int64)
    chosen = table.labels.take(order)
    places = np.searchsorted(classes, table.classes).astype(np.int32)
    labels = LabelSets(chosen.starts, places[chosen.members], len(classes))
    return Listing(tuple(Path(images[table.files[row]]) for row in order), labels)


def _check_rows(table: LabelTable, images: Set[str]) -> None:
    """Refuses a row without an image, and an image without a row."""
    path, named = table.path, set(table.files)
    if images and named.isdisjoint(images):
        raise DataError(
            f"{path} names images by their paths from the table, got none of the {len(images):,} images there, such as "
            f"{quoted(min(images))}; correct its column file, or remove the table where the classes are folders"
        )
    if missing := sorted(named - images):
        raise DataError(
            f"every row of {path} names an image by its path from the table, got {_some(missing)}, where there is "
            "none; correct or remove these rows"
        )
    if unnamed := sorted(images - named):
        raise DataError(
            f"every image beside or below {path} has a row, got none for {_some(unnamed)}; add rows, which name no "
            "class where an image shows none, or remove the images"
        )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - LISTED:,} more" if len(names) > LISTED else ""
    return ", ".join(map(quoted, names[:LISTED])) + more
