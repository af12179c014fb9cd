"""Folders of mosaics of handwritten digits, with a table of what each of them shows."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from spectrum.errors import DataError
from spectrum.training.data.catalog import describe
from spectrum.training.data.label_sets import LabelSets
from spectrum.training.data.label_table import TABLE
from spectrum.training.data.loading import Data, load
from spectrum.training.data.sets import read_digits_mosaic

NAMES = ("nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
Shown = dict[str, frozenset[str]]


@pytest.fixture(scope="module")
def mosaics() -> tuple[np.ndarray, list[frozenset[str]]]:
    """200 pictures uint8 [200, 16, 16] and the names of the digits that each shows; the last one is black."""
    train = read_digits_mosaic().train.take(np.arange(200))
    assert isinstance(train.labels, LabelSets)
    shown = [frozenset(NAMES[label] for label in train.labels.of(image)) for image in range(199)]
    images = train.images[:, 0].copy()
    images[199] = 0
    return images, [*shown, frozenset()]


def write_table(folder: Path, shown: Shown) -> None:
    with (folder / TABLE).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("file", "labels"), *((name, " ".join(sorted(shown[name]))) for name in shown)])


def write_columns(folder: Path, shown: Shown) -> None:
    with (folder / TABLE).open("w", newline="", encoding="utf-8") as file:
        rows = [(name, *(int(digit in shown[name]) for digit in NAMES)) for name in shown]
        csv.writer(file).writerows([("file", *NAMES), *rows])


def write(folder: Path, images: np.ndarray, labels: list[frozenset[str]], *, table: Callable[..., None]) -> Shown:
    """Images in two folders below, rows in an order of their own."""
    shown = {f"{number % 2}/{number:03}.png": names for number, names in enumerate(labels)}
    for name, image in zip(shown, images, strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / name)
    table(folder, {name: shown[name] for name in sorted(shown, key=lambda name: name[::-1])})
    return shown


@pytest.fixture
def root(tmp_path: Path, mosaics: tuple[np.ndarray, list[frozenset[str]]]) -> Path:
    write(tmp_path / "mosaics", *mosaics, table=write_table)
    return tmp_path / "mosaics"


def shown_by(data: Data) -> dict[bytes, frozenset[str]]:
    """The names of the classes of each image, by its pixels."""
    found = {}
    for part in (data.train, data.validation, data.test):
        assert isinstance(part.labels, LabelSets)
        [images] = part.stream([torch.arange(len(part))])
        for number, image in enumerate(images):
            found[image.numpy().tobytes()] = frozenset(data.names[label] for label in part.labels.of(number))
    return found


def edited(root: Path, edit: Callable[[str], str]) -> str:
    """The name of the folder, the text of whose table has been changed."""
    path = root / TABLE
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    return str(root)


@pytest.mark.parametrize("table", [write_table, write_columns])
def test_images_come_back_with_their_classes(
    tmp_path: Path, mosaics: tuple[np.ndarray, list[frozenset[str]]], table: Callable[..., None]
) -> None:
    write(tmp_path / "mosaics", *mosaics, table=table)
    data = load(str(tmp_path / "mosaics"))
    assert data.info == describe(str(tmp_path / "mosaics"))
    assert data.info.multi_label
    assert (data.info.image, data.info.classes, data.names) == ((1, 16, 16), 10, tuple(sorted(NAMES)))
    assert (data.info.train, data.info.validation, data.info.test) == (162, 18, 20)
    assert shown_by(data) == {image.tobytes(): names for image, names in zip(*mosaics, strict=True)}


def test_train_and_test_have_the_same_classes(tmp_path: Path, mosaics: tuple[np.ndarray, list[frozenset[str]]]) -> None:
    """Also where test shows fewer, and its table is of the other kind."""
    images, labels = mosaics
    write(tmp_path / "both" / "train", images[:150], labels[:150], table=write_columns)
    few = [number for number in range(150, 200) if not labels[number] & {"nought", "seven"}]
    write(tmp_path / "both" / "test", images[few], [labels[number] for number in few], table=write_table)
    data = load(str(tmp_path / "both"))
    assert data.info == describe(str(tmp_path / "both"))
    assert (data.info.train, data.info.validation, data.info.test) == (135, 15, len(few))
    assert data.test.labels.classes == 10  # type: ignore[union-attr]
    chosen = [*range(150), *few]
    assert shown_by(data) == {images[number].tobytes(): labels[number] for number in chosen}


def test_train_without_test_gives_one_up(root: Path, tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    root.rename(tmp_path / "half" / "train")
    info = describe(str(tmp_path / "half"))
    assert (info.train, info.validation, info.test, info.multi_label) == (162, 18, 20, True)


def test_the_order_of_rows_changes_nothing(root: Path) -> None:
    before = load(str(root))

    def turned(text: str) -> str:
        head, *rows = text.splitlines()
        return "\n".join([head, *rows[::-1]])

    after = load(edited(root, turned))
    assert after.train.paths == before.train.paths  # type: ignore[attr-defined]
    assert shown_by(after) == shown_by(before)


def test_colour_of_an_image_that_shows_no_class_is_named(root: Path) -> None:
    Image.new("RGB", (16, 16)).save(root / "1" / "199.png")
    with pytest.raises(DataError, match=r"all images are grey, .* got colour in .*1/199.png; convert it"):
        load(str(root))


def test_rows_without_images_are_listed(root: Path) -> None:
    for number in (2, 4, 6, 8, 10, 12, 14):
        (root / "0" / f"{number:03}.png").unlink()
    (root / "1" / "001.png").rename(root / "1" / "001.txt")
    with pytest.raises(DataError) as error:
        describe(str(root))
    assert (
        f"every row of {root / TABLE} names an image by its path from the table, got '0/002.png', '0/004.png', "
        "'0/006.png', '0/008.png', '0/010.png' and 3 more, where there is none; correct or remove these rows"
    ) == str(error.value)


@pytest.mark.parametrize("name", ["{root}/0/002.png", "../mosaics/0/002.png", ""])
def test_a_path_that_leads_elsewhere_is_a_row_without_an_image(root: Path, name: str) -> None:
    folder = edited(root, lambda text: text.replace("0/002.png", name.format(root=root)))
    with pytest.raises(
        DataError, match=r"names an image by its path from the table, got .*, where there is none; corr"
    ):
        describe(folder)


def test_images_without_rows_are_listed(root: Path) -> None:
    folder = edited(root, lambda text: "\n".join(row for row in text.splitlines() if not row.startswith("0/00")))
    with pytest.raises(DataError) as error:
        describe(folder)
    assert (
        f"every image beside or below {root / TABLE} has a row, got none for '0/000.png', '0/002.png', '0/004.png', "
        "'0/006.png', '0/008.png'; add rows, which name no class where an image shows none, or remove the images"
    ) == str(error.value)


def test_class_folders_with_a_table_are_refused(tmp_path: Path, pixels: tuple[np.ndarray, np.ndarray]) -> None:
    """Whether it names none of their images, or images beside them."""
    for number, (image, label) in enumerate(zip(*pixels, strict=True)):
        (tmp_path / str(label)).mkdir(exist_ok=True)
        Image.fromarray(image).save(tmp_path / str(label) / f"{number:03}.png")
    assert not describe(str(tmp_path)).multi_label
    write_table(tmp_path, {"000.png": frozenset("ab"), "001.png": frozenset("a")})
    with pytest.raises(
        DataError, match=r"got none of the 200 images there, such as '0/000.png'; correct its column fi"
    ):
        describe(str(tmp_path))
    for name in ("000.png", "001.png"):
        Image.fromarray(pixels[0][0]).save(tmp_path / name)
    with pytest.raises(DataError, match=r"has a row, got none for '0/000.png', .* and 195 more; add rows, which name"):
        describe(str(tmp_path))


def test_images_without_a_table_or_class_folders_are_refused(root: Path) -> None:
    shutil.copy(root / "0" / "000.png", root / "1" / "000.png")
    (root / TABLE).unlink()
    with pytest.raises(
        DataError, match=r"class folders, got 0; make one for each class, or a labels.csv where images "
    ):
        describe(str(root / "0"))


def twice(root: Path, tmp_path: Path) -> Path:
    """Train and test are what it was."""
    for name in ("train", "test"):
        shutil.copytree(root, tmp_path / "both" / name)
    return tmp_path / "both"


@pytest.mark.parametrize("half", ["train", "test"])
def test_a_table_in_one_half_alone_is_refused(root: Path, tmp_path: Path, half: str) -> None:
    (twice(root, tmp_path) / half / TABLE).unlink()
    with pytest.raises(
        DataError, match=rf"both have a labels.csv or neither has, got none in .*both/{half}; write it,"
    ):
        describe(str(tmp_path / "both"))


def test_a_test_folder_that_is_the_train_folder_is_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"got 100 of 100 that are also in the train split of .*both; replace it"):
        describe(str(twice(root, tmp_path)))


def both(root: Path, tmp_path: Path) -> Path:
    """Train is what it was, test the same in negative."""
    folder = twice(root, tmp_path)
    for path in (folder / "test").rglob("*.png"):
        Image.fromarray(255 - np.array(Image.open(path))).save(path)
    return folder


def test_a_test_class_that_train_has_not_is_refused(root: Path, tmp_path: Path) -> None:
    folder = both(root, tmp_path)
    assert describe(str(folder)).test == 200
    edited(folder / "test", lambda text: text.replace("seven", "Seven"))
    with pytest.raises(
        DataError, match=r"in .*test/labels.csv must also be in .*train/labels.csv, got 'Seven'; correct"
    ):
        describe(str(folder))


def test_a_column_that_test_has_not_is_refused(
    root: Path, tmp_path: Path, mosaics: tuple[np.ndarray, list[frozenset[str]]]
) -> None:
    """A class that a list does not name is not shown; of one without a column nobody knows."""
    folder = both(root, tmp_path)
    write(folder / "test", 255 - mosaics[0], mosaics[1], table=write_columns)
    assert describe(str(folder)).test == 200
    edited(folder / "test", lambda text: "\n".join(row.rpartition(",")[0] for row in text.splitlines()))
    with pytest.raises(
        DataError, match=r"has a column for every class in .*, got none for 'nine'; add it, with 0 where"
    ):
        describe(str(folder))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("", "a data set needs at least two classes, got 0 in .*labels.csv; add another class"),
        ("ant", "a data set needs at least two classes, got 1 in .*labels.csv; add another class"),
        (None, "got exactly one for each image in .*labels.csv; sort the images into class folders instead"),
    ],
)
def test_too_few_classes_are_refused(root: Path, labels: str | None, message: str) -> None:
    def relabelled(text: str) -> str:
        head, *rows = text.splitlines()
        named = [labels if labels is not None else ("ant", "bee")[number % 2] for number in range(len(rows))]
        return "\n".join([head, *(f"{row.split(',')[0]},{name}" for row, name in zip(rows, named, strict=True))])

    with pytest.raises(DataError, match=message):
        describe(edited(root, relabelled))


def test_a_column_without_a_one_is_named(root: Path) -> None:
    def widened(text: str) -> str:
        rows = text.splitlines()[1:]
        return "\n".join(
            ["file,ant,bee,wasp", *(f"{row.split(',')[0]},1,{number % 2},0" for number, row in enumerate(rows))]
        )

    with pytest.raises(
        DataError, match=r"needs images in the train split, got none of class 'wasp' in .*labels.csv; add"
    ):
        describe(edited(root, widened))


def test_a_test_table_that_names_no_class_is_refused(root: Path, tmp_path: Path) -> None:
    folder = both(root, tmp_path)
    edited(
        folder / "test",
        lambda text: "\n".join(row.split(",")[0] + "," for row in text.splitlines()).replace(",", ",labels", 1),
    )
    with pytest.raises(DataError, match=r"an image that shows a class, got none in the test split of .*both; add some"):
        describe(str(folder))
