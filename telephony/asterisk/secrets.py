"""Passwords of this installation: made once, kept in one file that only its user can read."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Secrets:
    """All passwords. ``seats`` is by seat number."""

    ami: str = field(repr=False)
    api: str = field(repr=False)
    seats: dict[str, str] = field(repr=False)


def load_secrets(path: Path, seats: list[str]) -> Secrets:
    """Return the installation's secrets, making those that are missing. The file is JSON, mode 0600.

    Raises ``ValueError`` with a remedy when the file is there but not readable as such.
    """
    known = _read(path) if path.exists() else {}
    had = known.get("seats")
    had_seats = had if isinstance(had, dict) else {}
    made = Secrets(
        ami=str(known.get("ami") or secrets.token_urlsafe(24)),
        api=str(known.get("api") or secrets.token_urlsafe(24)),
        seats={**had_seats, **{seat: str(had_seats.get(seat) or secrets.token_hex(8)) for seat in seats}},
    )
    if asdict(made) != known:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(made), file, indent=1)
        temporary.replace(path)
    return made


def _read(path: Path) -> dict[str, object]:
    remedy = "mend it, or remove it to have new passwords made"
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error}): {remedy}") from None
    if not isinstance(known, dict):
        raise ValueError(f"{path} is damaged (it holds no JSON object): {remedy}")  # noqa: TRY004 - one kind for both
    return known
