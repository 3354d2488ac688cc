"""Stored files are whole or not there, in a folder as in S3 (moto's server speaks it over HTTP, to a real client)."""

import errno
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from recorder import Storage, StorageError

KEY = "2026/11/23/n1-1.wav"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server that speaks S3, on a free port, with one bucket."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    boto3.client(
        "s3", endpoint_url=url, aws_access_key_id="k", aws_secret_access_key="s", region_name="us-east-1"
    ).create_bucket(Bucket="hotline")
    try:
        yield url
    finally:
        server.stop()


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return Storage(str(tmp_path / "store"))
    url = request.getfixturevalue("s3")
    return Storage(f"s3://hotline/{tmp_path.name}", {"endpoint_url": url, "key": "k", "secret": "s"})


def read(storage: Storage, key: str) -> bytes:
    with storage.open(key) as file:
        return file.read()


def test_a_file_is_stored_read_listed_replaced_and_deleted(storage: Storage, tmp_path: Path) -> None:
    file = tmp_path / "made.wav"
    assert storage.size(KEY) is None
    assert list(storage.files()) == []
    with pytest.raises(FileNotFoundError):
        read(storage, KEY)
    for content in (b"first", b"second, longer" * 1000):
        file.write_bytes(content)
        storage.put(file, KEY)
        assert storage.size(KEY) == len(content)
        assert read(storage, KEY) == content
        assert list(storage.files()) == [(KEY, len(content))]
    storage.delete(KEY)
    storage.delete(KEY)  # does no harm
    assert storage.size(KEY) is None


def test_captures_are_no_stored_files(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    for name in ("capture/2026/a.raw", "work/a.wav", "2026/11/23/b.wav"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert list(storage.files()) == [("2026/11/23/b.wav", 1)]


def test_folders_that_become_empty_go_with_their_last_file(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path / "store"))
    (tmp_path / "made").write_bytes(b"x")
    for key in (KEY, "2026/11/24/other.wav"):
        storage.put(tmp_path / "made", key)
    storage.delete(KEY)
    assert not (tmp_path / "store/2026/11/23").exists()
    assert (tmp_path / "store/2026/11/24/other.wav").exists()


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../../x", "a\\b", "a\0b"])
def test_a_key_that_leads_elsewhere_is_refused(tmp_path: Path, key: str) -> None:
    (tmp_path / "made").write_bytes(b"x")
    with pytest.raises(ValueError):
        Storage(str(tmp_path / "store")).put(tmp_path / "made", key)


def test_a_store_that_is_away_or_unknown_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be used"):
        Storage("nosuch://bucket/x")
    (tmp_path / "made").write_bytes(b"x")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="cannot be stored"):
        Storage(str(tmp_path / "file")).put(tmp_path / "made", KEY)


def test_a_file_that_is_wanted_no_more_is_moved_into_a_folder_and_copied_where_that_is_not_possible(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "made.wav"
    made.write_bytes(b"first")
    storage.put(made, KEY, keep=False)
    assert read(storage, KEY) == b"first"
    assert made.exists() is not storage.is_local

    moves = Path.replace

    def on_another_disk(self: Path, target: Path) -> Path:
        if self == made:
            raise OSError(errno.EXDEV, "another disk")
        return moves(self, target)

    monkeypatch.setattr(Path, "replace", on_another_disk)
    made.write_bytes(b"second")
    storage.put(made, KEY, keep=False)
    assert read(storage, KEY) == b"second"
