"""Where the files of a known set are looked for, and how they are fetched from a server of this machine."""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from spectrum.errors import DataError
from spectrum.training.data import downloads
from spectrum.training.data.downloads import Remote, check_md5, find

CONTENT = b"a file of images"
MD5 = hashlib.md5(CONTENT).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the system's folder nor the cache of whoever runs the tests."""
    monkeypatch.delenv("SPECTRUM_DATA", raising=False)
    monkeypatch.setattr(downloads, "SYSTEM", tmp_path / "system")
    monkeypatch.setattr(downloads, "_cache", lambda: tmp_path / "cache")


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
    with pytest.raises(DataError, match=r"must have the MD5 0{32}, got another .* put the right"):
        find("flowers", wrong)
    assert not (tmp_path / "cache" / "flowers" / "images.gz").exists()


def test_what_cannot_be_fetched_says_where_to_put_it(remote: Remote, tmp_path: Path) -> None:
    gone = Remote("labels.gz", remote.url.replace("images", "labels"), MD5)
    with pytest.raises(DataError, match=r"labels.gz is in no data folder and cannot be downloaded from") as error:
        find("flowers", gone)
    assert f"put it at {tmp_path / 'cache' / 'flowers' / 'labels.gz'} or set SPECTRUM_DATA to" in str(error.value)
    assert "SPECTRUM_DATA" in str(error.value)


def test_check_md5(tmp_path: Path) -> None:
    path = put(tmp_path / "images.gz")
    with path.open("rb") as file:
        check_md5(file, MD5, path=path)
        assert file.read() == CONTENT
        file.seek(0)
        with pytest.raises(DataError, match=rf"images.gz must have the MD5 abc, got {MD5}; delete it and download it"):
            check_md5(file, "abc", path=path)


def put_folder(path: Path) -> str:
    path.mkdir()
    return "it is a folder, not a file"


def put_pipe(path: Path) -> str:
    os.mkfifo(path)
    return "it is a pipe, not a file"


def put_dangling_link(path: Path) -> str:
    path.symlink_to("nothing")
    return "No such file or directory"


def put_link_to_itself(path: Path) -> str:
    path.symlink_to(path)
    return "Too many levels of symbolic links"


def put_endless_device(path: Path) -> str:
    path.symlink_to("/dev/zero")
    return "it is a device, not a file"


@pytest.mark.parametrize("put_instead", [put_folder, put_pipe, put_dangling_link, put_link_to_itself,
                                         put_endless_device])  # fmt: skip
def test_what_is_no_file_is_named_rather_than_waited_for(tmp_path: Path, put_instead: Callable[[Path], str]) -> None:
    remote = Remote("images.gz", "http://127.0.0.1:9/images.gz", MD5)
    (tmp_path / "own").mkdir()
    reason = put_instead(tmp_path / "own" / "images.gz")
    with pytest.raises(DataError, match=rf"images.gz must be a file of flowers, got: {reason}; replace or remove it"):
        find("flowers", remote, folder=tmp_path / "own")
