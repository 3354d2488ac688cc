"""PINs: random for each installation, kept in a file that only its owner may read, guarded against guessing."""

import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from agents.directory import Directory
from calls.identity import AgentId, SeatId

_DIGITS = 6


def load_or_make_pins(path: Path, directory: Directory) -> dict[AgentId, str]:
    """Return everybody's PIN: the directory's own where it names one, else that of ``path`` (one ``id pin`` a line).

    People without a PIN get a random one, and the file is written anew (mode 0600) before it counts.
    Raises ``OSError`` when the file cannot be read or written.
    """
    kept = _read(path)
    missing = [agent for agent, person in directory.people.items() if person.pin is None and agent not in kept]
    if missing:
        kept |= {agent: f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}" for agent in missing}
        _write(path, kept)
    return {agent: person.pin or kept[agent] for agent, person in directory.people.items()}


def _read(path: Path) -> dict[AgentId, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.split() for line in lines if line.strip() and not line.startswith("#"))
    return {AgentId(pair[0]): pair[1] for pair in pairs if len(pair) == 2}


def _write(path: Path, pins: Mapping[AgentId, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("# Agents' PINs, made for this installation. Hand each to its owner; delete a line to renew it.\n")
        file.writelines(f"{agent} {pin}\n" for agent, pin in sorted(pins.items()))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


class PinGuard:
    """Checks PINs, and locks a seat for a while after too many wrong ones."""

    def __init__(self, pins: Mapping[AgentId, str], *, tries: int = 3, lock_s: float = 60.0) -> None:
        self._pins = dict(pins)
        self._tries = tries
        self._lock_s = lock_s
        self._wrong: dict[SeatId, list[float]] = {}

    def replace(self, pins: Mapping[AgentId, str]) -> None:
        """Take other PINs; what was entered wrongly stays counted."""
        self._pins = dict(pins)

    def locked(self, seat: SeatId, now: float) -> bool:
        """Return whether too many wrong PINs were entered at this seat within the last ``lock_s`` seconds."""
        recent = [at for at in self._wrong.get(seat, ()) if now - at < self._lock_s]
        self._wrong[seat] = recent
        return len(recent) >= self._tries

    def check(self, seat: SeatId, agent: AgentId, pin: str, now: float) -> bool:
        """Return whether the PIN is right; a wrong one (or an unknown agent) counts against the seat."""
        kept = self._pins.get(agent, "")
        right = hmac.compare_digest(kept.encode(), pin.encode()) and kept != ""
        if right:
            self._wrong.pop(seat, None)
        else:
            self._wrong.setdefault(seat, []).append(now)
        return right
