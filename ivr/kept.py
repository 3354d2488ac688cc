"""Small files of the state folder, written whole or not at all, so that what they say outlives the service."""

import json
import os
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger(__name__)


def must_read(path: Path) -> dict[str, Any]:
    """Return what ``write_kept`` wrote, or an owner by hand; {} when there is nothing. Raises ``OSError``, and
    ``ValueError`` where it is no JSON object; the file stays as it is."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path} is no JSON object")  # noqa: TRY004 - what is in a file has no type
    return found


def read_kept(path: Path) -> dict[str, Any]:
    """Return what ``write_kept`` wrote; {} when there is nothing. What cannot be read is put aside and logged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        log.exception("kept.unreadable", file=str(path), put_aside=path.name + ".broken")
        if path.is_file():
            path.replace(path.with_name(path.name + ".broken"))
        return {}
    return found if isinstance(found, dict) else {}


def write_kept(path: Path, values: dict[str, Any]) -> None:
    """Write a JSON object that only its owner may read; raises ``OSError`` and then leaves the old one."""
    write_private(path, json.dumps(values, ensure_ascii=False, indent=1) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a text that only its owner may read; raises ``OSError`` and then leaves the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
