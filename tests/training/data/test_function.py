"""A function of a user's own that returns images and labels: whatever it does, it ends in arrays or in one sentence."""

from pathlib import Path

import numpy as np
import pytest

from spectrum.errors import DataError
from spectrum.training.data.catalog import describe
from spectrum.training.data.function import call


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "flowers_of_a_user.py").write_text(
        "import numpy as np\n"
        "images, labels = np.arange(4 * 64, dtype=np.uint8).reshape(4, 8, 8), np.array([0, 1, 0, 1])\n"
        "def two(): return images, labels\n"
        "def four(): return [images, labels, images[:2], labels[:2]]\n"
        "def three(): return images, labels, images\n"
        "def wrong(): return images / 255, labels\n"
        "def nothing(): pass\n"
        "def broken(): raise KeyError('flowers')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    return "flowers_of_a_user"


def test_what_a_function_returns(module: str) -> None:
    train, test = call(f"{module}:two")
    assert (train.images.shape, test) == ((4, 1, 8, 8), None)
    train, test = call(f"{module}:four")
    assert test is not None
    assert np.array_equal(test.images, train.images[:2])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("three", "must return (images, labels) or (train_images, train_labels, test_images, test_labels), got 3 val"),
        ("nothing", "test_labels), got NoneType; correct it"),
        ("broken", "broken must return images and labels, got KeyError: 'flowers'; correct it"),
        ("wrong", "images are uint8 from 0 to 255, got float64 in the train split of flowers_of_a_user:wrong"),
        ("images", "flowers_of_a_user:images must be a function that returns a data set, got ndarray; name a function"),
        (
            "absent",
            "'package.module:function', got 'flowers_of_a_user:absent', where AttributeError: module 'flowers",
        ),
        (
            "",
            "got 'flowers_of_a_user:', where AttributeError: module 'flowers_of_a_user' has no attribute ''",
        ),
    ],
)
def test_functions_that_are_refused(module: str, name: str, message: str) -> None:
    with pytest.raises(DataError) as error:
        call(f"{module}:{name}")
    assert message in str(error.value)


@pytest.mark.parametrize("name", ["no_such_module:load", ":load", "../up:load"])
def test_modules_that_are_not_there(name: str) -> None:
    with pytest.raises(
        DataError, match=r"named by an import path .* where .*Error: .* put the module's folder into PYTHONPATH"
    ):
        call(name)


MALICE = {
    "raise SystemExit": "SystemExit;",
    "raise GeneratorExit": "GeneratorExit;",
    "class Odd(BaseException): pass\n    raise Odd('odd')": "Odd: odd;",
    "class Mute(Exception):\n        def __str__(self): raise RuntimeError\n    raise Mute": "Mute;",
    "raise ValueError('line\\nbreak' * 10_000)": "ValueError: line breakline breakline",
    "return f()": "RecursionError: maximum recursion depth exceeded",
    "return Tuple((images, labels))": "RuntimeError: no length;",
    "return images, Array()": "Odd: no array;",
    "return [images, [labels, [labels]]]": "labels of the train split of",
    "return images, (label for label in labels)": "labels are integers, got object",
    "loop = []; loop.append(loop); return images, loop": "labels",
    "return images, [10**5000] * 40": "labels are integers, got object",
    "return images, labels, images, labels": "got 40 of 40 that are also in the train split",
    "return images, labels, 255 - images, None": "labels are integers, got object in the test split",
    "return {1: 2}": "got dict;",
    "return Liar()": "RuntimeError: no class;",
    "return np.broadcast_to(images[:1], (10**12, 8, 8)), labels": "a quarter of the memory",
}
CODE = """
import numpy as np
images = np.random.default_rng(0).integers(0, 256, (40, 8, 8), dtype=np.uint8)
labels = np.arange(40) % 2
class Odd(BaseException): pass
class Tuple(tuple):
    def __len__(self): raise RuntimeError("no length")
class Array:
    def __array__(self, *args, **kwargs): raise Odd("no array")
class Liar:
    @property
    def __class__(self): raise RuntimeError("no class")
def f():
    {}
"""


@pytest.mark.parametrize(("number", "body"), list(enumerate(MALICE)))
def test_whatever_a_function_does_ends_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, body: str
) -> None:
    (tmp_path / f"malice{number}.py").write_text(CODE.format(body))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DataError) as error:
        describe(f"malice{number}:f")
    assert MALICE[body] in str(error.value)
    assert len(str(error.value)) < 500


def test_whatever_an_import_does_ends_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "exits_at_once.py").write_text("raise GeneratorExit('text')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DataError, match=r"got 'exits_at_once:f', where GeneratorExit: text; correct"):
        call("exits_at_once:f")


def test_an_interrupt_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "interrupted.py").write_text("def f(): raise KeyboardInterrupt\n")
    (tmp_path / "interrupted_at_once.py").write_text("raise KeyboardInterrupt\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("interrupted:f", "interrupted_at_once:f"):
        with pytest.raises(KeyboardInterrupt):
            call(name)
