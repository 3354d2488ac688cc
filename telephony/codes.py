"""What an agent can press in a talk. ``features.conf`` takes the digits out of it, so that the other does not hear
them; what they mean is read here, from AMI's digits, in whatever state the talk is."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from calls.conversation import Happening

CODES: Final[dict[str, Happening]] = {
    "*0": Happening.HOLD,  # on hold: back to the caller
    "*1": Happening.PARK,
    "*4": Happening.CONSULT,  # whom: asked for
    "*5": Happening.TRANSFER,  # whereto: asked for
    "*6": Happening.SWAP,
    "*7": Happening.MERGE,
    "*8": Happening.COMPLETE,
    "*9": Happening.DROP,
}
"""Code -> wish; ``*3`` and a department's two digits is INVITE."""

PAUSE: Final = "*2"
"""The recording pauses, or goes on."""

COLLECTED_S: Final = 1.5
"""Seconds for which Asterisk waits for the next digit of a code (``featuredigittimeout`` of features.conf)."""

_LOOK_S = 0.02
_PATIENCE_S = 3.0  # longer between two digits, and they are not one code


@dataclass(frozen=True, slots=True)
class Pressed:
    """A code that was pressed, and the department's digits behind it."""

    wish: Happening | None  # None: the recording is to pause, or to go on
    department: str = ""


class CodeReader:
    """Reads codes from single digits. ``now`` is a monotonic clock, ``departments`` the two-digit codes there are."""

    def __init__(self, now: Callable[[], float], departments: Callable[[], Iterable[str]]) -> None:
        self._now = now
        self._departments = departments
        self._so_far = ""
        self._last = 0.0

    def press(self, digit: str) -> Pressed | None:
        """Take a digit; return the code that is complete with it."""
        now = self._now()
        if digit == "*" or now - self._last > _PATIENCE_S:
            self._so_far = ""
        self._last = now
        if digit != "*" and not self._so_far:
            return None
        self._so_far += digit
        found = self._complete(self._so_far)
        if found is not None or len(self._so_far) >= 4:
            self._so_far = ""
        return found

    async def complete(self) -> None:
        """Wait until no code is being pressed: it is complete, or Asterisk waits for no more of it."""
        while self._so_far and self._now() - self._last < COLLECTED_S:  # noqa: ASYNC110 - a person presses it
            await asyncio.sleep(_LOOK_S)

    def _complete(self, code: str) -> Pressed | None:
        if code == PAUSE:
            return Pressed(None)
        if code in CODES:
            return Pressed(CODES[code])
        if code.startswith("*3") and code[2:] in self._departments():
            return Pressed(Happening.INVITE, code[2:])
        return None
