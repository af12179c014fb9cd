"""Cases with files: study files, network specs, data sets and tables of results, each good but for some damage."""

import io
import os
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from PIL import Image

import spectrum as sp
from spectrum.results.results import Results, save
from spectrum.search import study_file
from spectrum.search.study_file import read_study
from spectrum.training.data.catalog import describe
from spectrum.training.data.fingerprint import fingerprint
from tests.conftest import make
from tests.fuzz import odd
from tests.fuzz.watch import Fault

STUDY = """
import spectrum as sp

{before}
STUDY = sp.Study(
    name={name!r},
    network=sp.networks.small(10, stem_stride=1),
    segments={segments},
    budget=sp.Budget(params=5_000, macs=50_000, tolerance=0.05),
    data={data!r},
    recipe=sp.Recipe(epochs=1, batch=128),
    tune=sp.Tune(trials=4, epochs=1),
    seeds=1,
)
{after}
"""

MALICE = [
    "raise ValueError('a\\nb' * 10_000)", "raise SystemExit", "raise SystemExit('text')", "import sys; sys.exit(7)",
    "class Odd(BaseException): pass\nraise Odd('odd')", "raise GeneratorExit", "import nothing_of_that_name", "x = (",
    "def f(): return f()\nf()", "x = " + "(" * 300 + ")" * 300, "x = " + "-" * 100_000 + "1", "\x00",
    "x = 10**5000\nraise ValueError(x)", "while True: pass", "import time\ntime.sleep(10_000)",
    "while True:\n  try:\n    1\n  except Exception:\n    pass",
    "class Odd(Exception):\n  def __str__(self): raise RuntimeError\nraise Odd",
    "raise UnicodeDecodeError('utf-8', b'', 0, 1, 'odd')", "import os; os.chdir('/')", "x = [0] * 10**11",
    "assert False", "1 / 0", "raise sp.SpectrumError('a' * 100_000)", "import sys; sys.stdout = None",
    "raise ExceptionGroup('many', [ValueError(1)])", "yield 1", "return", "# -*- coding: nonsense -*-",
    "x = {}\nx['x'] = x\nraise KeyError(x)", "STUDY = x = y", "from spectrum import nothing", "del sp", "sp = None",
    "exec('raise OSError(2, None)')", "raise StopIteration", "raise OSError", "import os\nos._exit(0)",
    "import os\nos.abort()", "while True: print('x')", "import os\nos.close(1)\nos.close(2)", "raise KeyboardInterrupt",
    "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()",
]  # fmt: skip
HARMLESS_MALICE = [
    text
    for text in MALICE
    if not any(
        word in text for word in ("while", "sleep", "10**11", "os.", "\x00", "f()", "Interrupt", "stdout", "coding")
    )
]
"""What ends at once, and leaves the process as it was."""

FUNCTION = """
import numpy as np
import spectrum as sp
images = np.random.default_rng(0).integers(0, 256, (40, 8, 8), dtype=np.uint8)
labels = np.arange(40) % 2
loop = [1]
loop.append(loop)
class Odd:
    def __array__(self, *args, **kwargs): raise GeneratorExit
    def __len__(self): raise RuntimeError
    def __iter__(self): raise KeyError("odd")
def f():
    {body}
"""
RETURNED = [
    "None", "loop", "Odd()", "'text'", "10**5000", "[10**5000] * 40", "images / 255", "labels[:3]", "list(labels)",
    "-labels", "list(images)", "images[:0]", "(label for label in labels)", "labels * 2**62", "images.tolist()",
    "np.eye(2)[labels]", "images[:, 0] // 128", "images[:, 0] > 9",
    "__import__('scipy.sparse').sparse.coo_array(labels)",
    "__import__('scipy.sparse').sparse.csr_array(images[:, 0] > 99)",
    "np.broadcast_to(images[:1], (10**12, 8, 8))", "np.ma.masked_array(images)", "labels.astype(object)",
    "np.zeros(40, 'V0')", "images[..., None, None]",
]  # fmt: skip
AFTER = [
    "",
    "STUDY = 1",
    "del STUDY",
    "STUDY = None",
    "STUDY = sp.Study",
    "STUDY = [STUDY]",
    "STUDY = STUDY.replace(seeds=2)",
]


def case(random: Random, folder: Path) -> None:
    """One file of any kind, read by the library's own reader of it."""
    kinds: list[tuple[Callable[[Random, Path], Path], Callable[[Path], object]]] = [
        (study, lambda path: sp.plan(read_study(path))),
        (study, lambda path: read_study(path)),
        (archive, lambda path: read_data(str(path))),
        (image_folder, lambda path: read_data(str(path))),
        (function, lambda path: read_data(f"{path.stem}:f")),
        (results_folder, lambda path: str(sp.verdict(sp.load(path)))),
    ]
    write, read = random.choice(kinds)
    with quick_study_files():
        read(write(random, folder))


def read_data(name: str) -> None:
    """A data set in every way in which it is looked at; all of its images are decoded, and its digest is remembered."""
    cache = Path("digests.json")
    if fingerprint(name, cache=cache) != fingerprint(name, cache=cache):
        raise Fault("the fingerprint of data that do not change changes")
    data = sp.data.load(name)
    if describe(name) != data.info:
        raise Fault(f"data described as {describe(name)} are {data.info}")
    for part in (data.train, data.validation, data.test):
        for images in part.stream([torch.arange(len(part))]):
            if tuple(images.shape) != (len(part), *data.info.image):
                raise Fault(f"images of {tuple(images.shape)} in {data.info}")


def function(random: Random, folder: Path) -> Path:
    """A module with a function that returns images and labels, or does something else."""
    path = folder / f"module{random.getrandbits(60)}.py"
    returned = [
        random.choice(["images", "labels", "255 - images", *RETURNED]) for _ in range(random.choice([2, 2, 4, 3]))
    ]
    body = random.choice([*HARMLESS_MALICE, *[f"return {', '.join(returned)}"] * 30])
    path.write_text(FUNCTION.format(body="\n    ".join(body.splitlines())))
    sys.path[:] = [place for place in sys.path if Path(place).is_dir()]
    sys.path.insert(0, str(folder))
    return path


def quick_study_files() -> AbstractContextManager[object]:
    """Study files without end are stopped sooner."""
    return patch.object(study_file, "SECONDS", 2.0)


def study(random: Random, folder: Path) -> Path:
    """A study file, or what is none."""
    path = folder / "study.py"
    text = STUDY.format(
        before=random.choice(MALICE) if random.random() < 0.5 else "",
        after=random.choice(AFTER) if random.random() < 0.3 else "",
        name=random.choice(["tiny", "tiny", odd.name(random)]),
        segments=random.choice(["(1, 4)", "(1,)", "[sp.PLAIN]", "4", "()", "(1, 1)", "('4',)", "(3.5,)"]),
        data=random.choice(
            ["digits", "digits", "digit", "x.npz", ".", "os:getcwd", "a:b", "fashion-mnist", odd.name(random)]
        ),
    )
    way = random.random()
    content = text.encode("utf-8", "surrogateescape")
    if way < 0.2:
        content = odd.damaged_text(random, text).encode("utf-8", "surrogateescape")
    elif way < 0.3:
        content = odd.damaged_bytes(random, content)
    elif way < 0.35:
        content = random.choice(
            [b"", b"\xff\xfe" + content, b"\x00" * 100, b"#" * 5_000_000, b"PK\x03\x04", zlib.compress(content)]
        )
    elif way < 0.4:
        return no_file(random, path)
    path.write_bytes(content)
    return path


def no_file(random: Random, path: Path) -> Path:
    """Something else in the place of a file: a folder, a pipe, a link to nothing or to itself, an endless device."""
    way = random.randrange(6)
    if way == 0:
        path.mkdir()
    elif way == 1:
        os.mkfifo(path)
    elif way == 2:
        path.symlink_to("nothing")
    elif way == 3:
        path.symlink_to(path)
    elif way == 4:
        path.symlink_to("/dev/zero")
    return path


def network_file(random: Random, folder: Path) -> Path:
    """A network's JSON, good or damaged."""
    from tests.fuzz.api import spec

    path = folder / "net.json"
    text = spec(random).to_json()
    if random.random() < 0.1:
        return no_file(random, path)
    if random.random() < 0.7:
        text = odd.damaged_json(random, text)
    content = text.encode("utf-8", "surrogatepass")
    path.write_bytes(odd.damaged_bytes(random, content) if random.random() < 0.2 else content)
    return path


def archive(random: Random, folder: Path) -> Path:
    """An .npz of images, good or damaged in its arrays, in its bytes or in its directory."""
    path = folder / random.choice(["x.npz", "x.npz", "x.csv", "é.npz"])
    if random.random() < 0.05:
        return no_file(random, path)
    arrays = _arrays(random)
    buffer = io.BytesIO()
    random.choice([np.savez, np.savez_compressed])(buffer, **arrays)
    content = buffer.getvalue()
    way = random.random()
    if way < 0.3:
        content = odd.damaged_bytes(random, content)
    elif way < 0.4:
        content = _in_directory(random, content)
    elif way < 0.5:
        content = _odd_members(random)
    path.write_bytes(content)
    return path


def _arrays(random: Random) -> dict[str, Any]:
    number = random.choice([40, 40, 0, 1, 7])
    pixels = np.random.default_rng(random.randrange(1000)).integers(0, 256, (number, 8, 8), dtype=np.uint8)
    arrays: dict[str, Any] = {"images": pixels, "labels": np.arange(number) % 2}
    if random.random() < 0.4:
        arrays |= {"test_images": random.choice([pixels, 255 - pixels]), "test_labels": np.arange(number) % 2}
    for _ in range(random.choice([0, 1, 1, 2])):
        name = random.choice([*arrays, "x_train", "y_test", "labels_indptr", "labels_indices", "", "../x", "a" * 1000])
        arrays[name] = random.choice([
            np.zeros(()), np.zeros((2, 3, 4, 5, 6)), np.array([None, "a"], dtype=object), np.array(["a", "b"]),
            pixels / 255,
            np.full(number, np.nan), np.full(number, -1), np.full(number, 2**62), np.zeros((number, 8, 8, 3),
            np.uint8),
            np.zeros((number, 0, 8), np.uint8), np.zeros(number, bool), np.zeros(number, np.uint64) + 2**63,
            np.arange(number) * 7,
            np.zeros(number, complex), np.zeros(number, "datetime64[s]"), np.zeros((number, 1), int),
            np.zeros(number, [("a", int)]), pixels[:, 0] > 99, pixels[:, 0] // 128, np.arange(number + 1),
        ])  # fmt: skip
    return arrays


def _in_directory(random: Random, content: bytes) -> bytes:
    """A zip whose central directory says something else: encrypted, another compression, another size."""
    start = content.rfind(b"PK\x01\x02")
    field, value = random.choice(
        [(8, 1), (10, 97), (10, 12), (20, 2**32 - 1), (24, 2**32 - 1), (42, 2**31), (28, 65_535)]
    )
    width = "<H" if field in (8, 10, 28) else "<I"
    data = bytearray(content)
    data[start + field : start + field + struct.calcsize(width)] = struct.pack(width, value)
    return bytes(data)


def _odd_members(random: Random) -> bytes:
    """A zip whose members are no arrays, or arrays with headers that lie."""
    header = random.choice([
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000, 1000000, 1000), }",
        "{'descr': '|u1', 'shape': (1,)}",
        "{",
        "{'descr': '|O', 'fortran_order': False, 'shape': (40, 8, 8), }",
        "__import__('os').system('touch pwned')",
        "[" * 5000,
        "{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 8, 8), }",
        "{'descr': 'V99999999', 'fortran_order': False, 'shape': (1,)}",
    ])  # fmt: skip
    raw = header.encode()
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(raw)) + raw + b"\x00" * 2560
    buffer = io.BytesIO()
    method = random.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    with zipfile.ZipFile(buffer, "w", method) as file:
        file.writestr(
            "images.npy",
            random.choice([array, b"", b"text", b"\x00" * 300_000_000 if random.random() < 0.1 else array]),
        )
        file.writestr("labels.npy", array)
    return buffer.getvalue()


def image_folder(random: Random, folder: Path) -> Path:
    """A folder of class folders, with something in it that does not belong there."""
    root = folder / "images"
    for kind in ("ants", "bees"):
        place = root / random.choice(["", "train", "test"]) / kind if random.random() < 0.1 else root / kind
        place.mkdir(parents=True, exist_ok=True)
        for number in range(random.choice([12, 12, 1, 0])):
            size, mode = (8, random.choice([8] * 30 + [9])), random.choice(["L"] * 30 + ["RGB", "I;16", "1"])
            Image.new(mode, size).save(place / f"{number}.png")
        for _ in range(random.choice([0, 0, 1, 2])):
            _intruder(random, place)
    return root


def _intruder(random: Random, place: Path) -> None:
    path = place / f"x{random.randrange(9)}.{random.choice(['png', 'jpg', 'bmp', 'ppm', 'tif', 'txt'])}"
    way = random.randrange(6)
    if os.path.lexists(path):
        return
    if way == 0:
        no_file(random, path)
    elif way == 1:
        path.write_bytes(
            random.choice([b"", b"\x89PNG\r\n\x1a\n", b"P6 100000 100000 255\n", b"P5 9 9 255\n", b"BM" + b"\xff" * 60])
        )
    elif way == 2 and (images := [image for image in sorted(place.glob("*.png")) if image.is_file()]):
        path.write_bytes(odd.damaged_bytes(random, images[0].read_bytes()))
    elif way == 3:
        Path(os.fsdecode(os.fsencode(place) + b"/\xff.png")).write_bytes(b"")
    elif way == 4:
        path.symlink_to(place)
    else:
        Image.new("L", (8, 8)).save(place / "\u202e.png")


@cache
def good_results() -> Results:
    """A small finished study."""
    return make(truth={"1": 0.9, "4": 0.91, "depthwise": 0.92}, seeds=3, trials=2)


def results_folder(random: Random, folder: Path) -> Path:
    """The tables of a study, with some damage."""
    home = save(good_results(), folder / "runs" / random.choice(["made-up", "[/b]", "é"]))
    for _ in range(random.choice([0, 1, 1, 2])):
        path = home / random.choice(["runs.csv", "runs.csv", "epochs.csv", "study.json"])
        way = random.random()
        if way < 0.1 and not path.is_dir():
            path.unlink(missing_ok=True)
            no_file(random, path)
        elif way < 0.4 and path.is_file():
            path.write_bytes(odd.damaged_bytes(random, path.read_bytes()))
        elif os.path.lexists(path) and not path.is_file():
            continue
        elif path.suffix == ".json":
            path.write_text(
                odd.damaged_json(random, '{"name": "x", "seeds": 3, "segments": ["1"]}'), "utf-8", "replace"
            )
        elif path.exists():
            _damage_cell(random, path)
    return home


def _damage_cell(random: Random, path: Path) -> None:
    lines = path.read_text("utf-8", "replace").splitlines()
    place = random.randrange(len(lines)) if lines else 0
    cells = lines[place].split(",") if lines else [""]
    cells[random.randrange(len(cells))] = str(random.choice(odd.PLAIN_VALUES)).replace("\n", " ")
    way = random.random()
    if way < 0.1:
        lines = lines[:1]
    elif way < 0.2:
        lines.append(lines[-1] if lines else "")
    else:
        lines[place : place + 1] = [",".join(cells)]
    path.write_text("\n".join(lines) + "\n", "utf-8", "replace")
