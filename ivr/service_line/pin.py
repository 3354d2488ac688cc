"""The service line's PIN: random for each installation, in a file for its owner only, locked when guessed at."""

import hmac
import secrets
from pathlib import Path

from ivr.kept import write_private

DIGITS = 8


def load_or_make_pin(path: Path) -> str:
    """Return the PIN in a file; a new one is made where there is none. Raises ``OSError``."""
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip().isdecimal():
                return line.strip()
    except FileNotFoundError:
        pass
    pin = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    write_private(path, f"# PIN of the service line (docs/ops.md). Delete this file to have a new one made.\n{pin}\n")
    return pin


class PinLock:
    """Checks the PIN. So many wrong ones from one place (a seat, or anybody outside taken together: callers can give
    any number as theirs) lock that place for a while."""

    def __init__(self, pin: str, *, tries: int = 5, lock_s: float = 900.0) -> None:
        self._pin = pin
        self._tries = tries
        self._lock_s = lock_s
        self._wrong: dict[str, list[float]] = {}

    def locked(self, place: str, now: float) -> bool:
        """Return whether too many wrong PINs came from a place within the last ``lock_s`` seconds."""
        recent = [at for at in self._wrong.get(place, ()) if now - at < self._lock_s]
        self._wrong[place] = recent
        return len(recent) >= self._tries

    def check(self, place: str, pin: str, now: float) -> bool:
        """Return whether the PIN is right; a wrong one counts, a right one takes the count back."""
        right = hmac.compare_digest(self._pin.encode(), pin.encode()) and self._pin != ""
        if right:
            self._wrong.pop(place, None)
        else:
            self._wrong.setdefault(place, []).append(now)
        return right
