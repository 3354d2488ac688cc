"""Where finished recordings are kept: a local folder, or anything that ``fsspec`` reaches, like S3. Blocking; used from
threads. Keys are the recordings' paths, relative and with ``/``.
"""

import errno
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec

from recorder.files import CAPTURES, WORK


class StorageError(Exception):
    """The store of recordings cannot be reached, or refused; says why."""


class Storage:
    """The store at ``url``: a folder, or like ``s3://bucket/prefix``. ``options`` are the ones of its file system."""

    def __init__(self, url: str, options: Mapping[str, Any] | None = None) -> None:
        """Raises ``StorageError`` for a kind that is not known here (or whose package is not installed)."""
        try:
            self._fs, root = fsspec.core.url_to_fs(url, **(options or {}))
        except (ImportError, ValueError) as error:
            raise StorageError(f"the store {url} cannot be used: {error}") from error
        self.url = url
        self._root = str(root).rstrip("/")
        self.is_local = "file" in _protocols(self._fs)

    def put(self, file: Path, key: str, *, keep: bool = True) -> None:
        """Store a file under a key, wholly or not at all; what was there is replaced. ``keep`` False: the file itself
        is wanted no more, and may be gone afterwards. Raises ``StorageError``."""
        path = self._path(key)
        try:
            if not self.is_local:
                self._fs.put_file(str(file), path)
                return
            target = Path(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not keep and _moved(file, target):
                return
            part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
            self._fs.put_file(str(file), str(part))
            part.replace(target)
        except Exception as error:  # whatever a file system may raise
            raise StorageError(f"{key} cannot be stored in {self.url}: {_why(error)}") from error

    def open(self, key: str) -> BinaryIO:
        """Open a stored file for reading; raises ``FileNotFoundError`` and ``StorageError``."""
        path = self._path(key)
        try:
            return cast("BinaryIO", self._fs.open(path, "rb"))
        except FileNotFoundError:
            raise
        except Exception as error:
            raise StorageError(f"{key} cannot be read from {self.url}: {_why(error)}") from error

    def local(self, key: str) -> Path:
        """Return where a file of a local store lies; raises ``ValueError`` for another store."""
        if not self.is_local:
            raise ValueError(f"{self.url} is no folder")
        return Path(self._path(key))

    def size(self, key: str) -> int | None:
        """Return a stored file's size in bytes, or None when there is none. Raises ``StorageError``."""
        path = self._path(key)
        try:
            self._fs.invalidate_cache()
            return int(self._fs.info(path)["size"])
        except FileNotFoundError:
            return None
        except Exception as error:
            raise StorageError(f"{self.url} cannot be asked: {_why(error)}") from error

    def delete(self, key: str) -> None:
        """Delete a file, when there is one. Emptied local folders go too. Raises ``StorageError``."""
        path = self._path(key)
        try:
            self._fs.rm_file(path)
        except FileNotFoundError:
            return
        except Exception as error:
            raise StorageError(f"{key} cannot be deleted from {self.url}: {_why(error)}") from error
        if self.is_local:
            self._remove_empty(Path(path).parent)

    def files(self) -> Iterator[tuple[str, int]]:
        """Yield every stored file with its size; captures and half-made ones are none. Raises ``StorageError``."""
        try:
            self._fs.invalidate_cache()
            found = self._fs.find(self._root, detail=True)
        except FileNotFoundError:
            return
        except Exception as error:
            raise StorageError(f"{self.url} cannot be listed: {_why(error)}") from error
        for path, facts in sorted(found.items()):
            key = str(path)[len(self._root) :].lstrip("/")
            if key.split("/")[0] not in (CAPTURES, WORK):
                yield key, int(facts["size"])

    def _path(self, key: str) -> str:
        if not key or key.startswith("/") or ".." in key.split("/") or "\0" in key or "\\" in key:
            raise ValueError(f"{key!r} is no path of a recording")
        return f"{self._root}/{key}"

    def _remove_empty(self, folder: Path) -> None:
        with suppress(OSError):  # not empty
            while str(folder) != self._root:
                folder.rmdir()
                folder = folder.parent


def _moved(file: Path, target: Path) -> bool:
    """Move a file; False when it lies on another disk."""
    try:
        file.replace(target)
    except OSError as error:
        if error.errno == errno.EXDEV:
            return False
        raise
    return True


def _protocols(file_system: Any) -> tuple[str, ...]:
    protocol = file_system.protocol
    return (protocol,) if isinstance(protocol, str) else tuple(protocol)


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
