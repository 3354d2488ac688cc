"""What callers hear while they wait: the place in line, the expected wait where that is wanted, and the keys they may
press."""

import math
from collections.abc import Callable

from acd import Announcer, Told
from calls import Line, Sound
from ivr import PromptPlayer, QueueRequest, SystemPrompts

_MINUTE_S = 60


def told_minutes(estimate_s: float | None, least: int | None) -> int | None:
    """Return the minutes that a caller is told, None: nothing. ``least`` are the fewest told before."""
    if estimate_s is None:
        return None
    minutes = max(1, math.ceil(estimate_s / _MINUTE_S))
    return minutes if least is None or minutes <= least else None


class WaitingVoice:
    """Makes an announcer for each caller who waits."""

    def __init__(self, prompts: PromptPlayer, system: Callable[[], SystemPrompts]) -> None:
        self._prompts, self._system = prompts, system

    def for_caller(self, request: QueueRequest) -> Announcer:
        """Return one for a caller who asks for this."""
        return _Announcements(self._prompts, self._system(), request)


class _Announcements:
    """One caller's announcements (``acd.Announcer``). The wait is told in whole minutes, rounded up; when it would be
    more than what was told before, only the place is: nobody hears a promise grow."""

    def __init__(self, prompts: PromptPlayer, system: SystemPrompts, request: QueueRequest) -> None:
        self._prompts, self._system, self._request = prompts, system, request
        self._least: int | None = None  # minutes, of those told

    async def announce(self, line: Line, place: int, estimate_s: float | None) -> Told:
        """Say what is wanted, in the caller's language; a key that leaves the line cuts it short."""
        request, minutes = self._request, self._minutes(estimate_s)
        sounds: list[Sound] = []
        if request.tell_place:
            name = "queue_place" if minutes is None else "queue_place_wait"
            marks = {"place": place} if minutes is None else {"place": place, "wait": minutes * _MINUTE_S}
            text = self._system.text(name, line.call.language)
            sounds += await self._prompts.sounds(name, text, line.call.language, **marks)
        digit = await line.play([*sounds, *request.offers], interrupt=request.keys)
        if minutes is not None:
            self._least = minutes
        return Told(digit, None if minutes is None else float(minutes * _MINUTE_S), request.tell_place)

    def _minutes(self, estimate_s: float | None) -> int | None:
        if not self._request.tell_place or not self._request.tell_wait:
            return None
        return told_minutes(estimate_s, self._least)
