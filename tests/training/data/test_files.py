"""Where the files of a known set are looked for, and how they are fetched from a server of this machine."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from spectrum.errors import DataError
from spectrum.training.data import files
from spectrum.training.data.files import Remote, check_md5, find

CONTENT = b"a file of images"
MD5 = hashlib.md5(CONTENT).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the system's folder nor the cache of whoever runs the tests."""
    monkeypatch.delenv("SPECTRUM_DATA", raising=False)
    monkeypatch.setattr(files, "SYSTEM", tmp_path / "system")
    monkeypatch.setattr(files, "_cache", lambda: tmp_path / "cache")


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Remote]:
    web = tmp_path / "web"
    web.mkdir()
    (web / "images.gz").write_bytes(CONTENT)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(web)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Remote("images.gz", f"http://127.0.0.1:{server.server_port}/images.gz", MD5)
    server.shutdown()
    server.server_close()


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize("below", ["", "flowers"])
def test_the_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str) -> None:
    nowhere = Remote("images.gz", "http://127.0.0.1:9/images.gz", MD5)
    put(tmp_path / "cache" / "flowers" / "images.gz")
    assert find("flowers", nowhere) == tmp_path / "cache" / "flowers" / "images.gz"
    put(tmp_path / "system" / "flowers" / "images.gz")
    assert find("flowers", nowhere) == tmp_path / "system" / "flowers" / "images.gz"
    named = put(tmp_path / "named" / below / "images.gz")
    monkeypatch.setenv("SPECTRUM_DATA", str(tmp_path / "named"))
    assert find("flowers", nowhere) == named
    given = put(tmp_path / "given" / below / "images.gz")
    assert find("flowers", nowhere, folder=tmp_path / "given") == given


def test_what_is_nowhere_is_fetched_once(remote: Remote, tmp_path: Path) -> None:
    path = find("flowers", remote)
    assert path == tmp_path / "cache" / "flowers" / "images.gz"
    assert path.read_bytes() == CONTENT
    (tmp_path / "web" / "images.gz").unlink()
    assert find("flowers", remote) == path


def test_it_is_fetched_into_the_users_folder(remote: Remote, tmp_path: Path) -> None:
    assert find("flowers", remote, folder=tmp_path / "own") == tmp_path / "own" / "flowers" / "images.gz"


def test_a_wrong_checksum_is_refused_and_nothing_kept(remote: Remote, tmp_path: Path) -> None:
    wrong = Remote(remote.name, remote.url, "0" * 32)
    with pytest.raises(DataError, match=r"must have the MD5 0{32}, which what was downloaded has not .* put the right"):
        find("flowers", wrong)
    assert not (tmp_path / "cache" / "flowers" / "images.gz").exists()


def test_what_cannot_be_fetched_says_where_to_put_it(remote: Remote, tmp_path: Path) -> None:
    gone = Remote("labels.gz", remote.url.replace("images", "labels"), MD5)
    with pytest.raises(DataError, match=r"labels.gz is in no data folder and cannot be downloaded from") as error:
        find("flowers", gone)
    assert f"put it at {tmp_path / 'cache' / 'flowers' / 'labels.gz'} or name the folder" in str(error.value)
    assert "SPECTRUM_DATA" in str(error.value)


def test_check_md5(tmp_path: Path) -> None:
    path = put(tmp_path / "images.gz")
    check_md5(path, MD5)
    with pytest.raises(DataError, match=rf"images.gz must have the MD5 abc, got {MD5}; delete it and fetch it again"):
        check_md5(path, "abc")
