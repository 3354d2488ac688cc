"""Reading what is stored: the recording as it is played, and what lies beside it. Blocking; used from threads."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from recorder.beside import BESIDE
from recorder.sealing import SEALED, Keys, SealError, unseal
from recorder.storage import Storage, StorageError

_BLOCK = 1 << 20


def content(storage: Storage, path: str, keys: Keys | None) -> Iterator[bytes]:
    """Yield a recording as it is played, unsealed. Raises ``FileNotFoundError``, ``StorageError`` and ``SealError``."""
    return _content(storage, path, keys, sealed=path.endswith(SEALED))


def beside_of(storage: Storage, path: str, keys: Keys | None) -> dict[str, Any] | None:
    """Return what lies beside a recording; None when nothing does. Raises as ``content`` does."""
    try:
        text = b"".join(_content(storage, path + BESIDE, keys, sealed=path.endswith(SEALED)))
        told = json.loads(text)
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StorageError(f"what lies beside {path} cannot be read: {error}") from error
    return told if isinstance(told, dict) else None


def measured(storage: Storage, path: str, keys: Keys | None) -> tuple[int, str]:
    """Return size and SHA-256 (hex) of a recording as it is played. Raises as ``content`` does."""
    size, digest = 0, hashlib.sha256()
    for block in content(storage, path, keys):
        size += len(block)
        digest.update(block)
    return size, digest.hexdigest()


def _content(storage: Storage, key: str, keys: Keys | None, *, sealed: bool) -> Iterator[bytes]:
    with storage.open(key) as file:
        if sealed:
            if keys is None:
                raise SealError("it is sealed, and recordings.keys_file is not set")
            yield from unseal(file, keys)
            return
        while block := file.read(_BLOCK):
            yield block
