"""The front door: whether a new caller is let in, or turned away because more comes than can be carried.

``hotline.overload`` decides; this measures for it, says it to the caller's side, and keeps it: such a call is in the
books as ``turned_away``, for those callers wanted something, too.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog

from calls import Call, CallId, Clock, Outcome
from calls.identity import mask_number
from calls.timeline import CallArrived, CallEnded
from hotline.call_timeline import Timelines
from hotline.overload import WAKE_S, Overload, OverloadLimits, Refused
from hotline.overload_settings import OverloadSettings
from telephony.ami import AmiError, AmiTimeout

log = structlog.get_logger(__name__)

_PING_S = 1.0
_PATIENCE_S = 5.0  # a ping that is not answered by then is counted as so late
_CALM_S = 10.0  # so long without anybody to be turned away, and it is over
_SILENT_FROM = 0.5  # of the callers: from here on nothing is said to those who are turned away


class Door(Protocol):
    """The line of a caller who has just come; ``telephony.line.ChannelLine`` is one."""

    @property
    def call(self) -> Call:
        """Who calls, and what they have dialled."""
        ...

    async def turn_away(self, *, say: bool) -> None:
        """End the call as one that there is no room for; ``say``: with words."""
        ...


def limits_of(settings: OverloadSettings) -> OverloadLimits:
    """Return from when on callers are turned away."""
    never = float("inf")
    late, late_all = (settings.late_s, settings.late_all_s) if settings.turn_away else (never, never)
    return OverloadLimits(late, late_all, settings.most_calls)


class FrontDoor:
    """Lets callers in. ``watch_loop`` and ``watch_asterisk`` run as tasks of the service."""

    def __init__(
        self,
        settings: OverloadSettings,
        timelines: Timelines,
        clock: Clock,
        calls: Callable[[], int],
        returning: Callable[[CallId], bool],
    ) -> None:
        """``calls`` counts those that are served, the one at the door among them; ``returning`` says whether a call was
        inside already, of this service or the former one."""
        self._settings = settings
        self._overload = Overload(limits_of(settings))
        self._timelines = timelines
        self._clock = clock
        self._calls = calls
        self._returning = returning
        self._since: float | None = None  # since when callers are turned away, monotonic; None: they are not
        self._last = 0.0  # when one was to be, the last time
        self.turned_away = 0
        """How many were, since the service began."""

    async def admits(self, line: Door) -> bool:
        """Return whether a caller is let in; who is not has been told, and is in the books."""
        call = line.call
        if call.dialled in self._settings.never or self._returning(call.id):
            return True
        refused = self._overload.refuses(self._calls())
        if refused is None:
            return True
        self.turned_away += 1
        self._begins(refused)
        say = self._settings.say and self._overload.share < _SILENT_FROM
        self._timelines.append(  # not remembered: many would drive out calls whose recordings are being finished
            CallArrived(call=call.id, at=call.arrived_at, caller=call.caller, caller_name=call.caller_name,
                        dialled=call.dialled, node=call.channel.node, unique_id=call.channel.unique_id)
        )  # fmt: skip
        await line.turn_away(say=say)
        self._timelines.append(
            CallEnded(call=call.id, at=self._clock.now(), outcome=Outcome.TURNED_AWAY, cause=f"overload: {refused}")
        )
        log.info("call.turned_away", call=call.id, caller=mask_number(call.caller), why=refused)
        return False

    def told(self) -> dict[str, Any]:
        """Return how late things are (seconds), which share of new callers is turned away for it, and how many were."""
        return {
            "late_s": round(self._overload.late_s, 3), "turned_away_share": round(self._overload.share, 3),
            "turned_away": self.turned_away, "most_calls": self._settings.most_calls,
        }  # fmt: skip

    # -- measuring -------------------------------------------------------------------------------------------------

    async def watch_loop(self, tell: Callable[[float], None]) -> None:
        """Measure how late the event loop wakes, until cancelled; ``tell`` is told each time, in seconds."""
        while True:
            before = self._clock.monotonic()
            await asyncio.sleep(WAKE_S)
            now = self._clock.monotonic()
            late_s = max(0.0, now - before - WAKE_S)
            self._overload.woke(late_s, now)
            tell(late_s)
            self._ends(now)

    async def watch_asterisk(self, ping: Callable[[float], Awaitable[object]]) -> None:
        """Measure how late Asterisk answers, until cancelled. ``ping`` waits so many seconds at most, and raises
        ``AmiError``."""
        while True:
            before = self._clock.monotonic()
            try:
                await ping(_PATIENCE_S)
                self._overload.asterisk_answered(self._clock.monotonic() - before)
            except AmiTimeout:
                self._overload.asterisk_answered(_PATIENCE_S)
            except AmiError:
                self._overload.asterisk_away()
            await asyncio.sleep(max(0.0, before + _PING_S - self._clock.monotonic()))

    def _begins(self, why: Refused) -> None:
        self._last = self._clock.monotonic()
        if self._since is None:
            self._since = self._last
            log.warning("overload.begins", why=why, calls=self._calls(), late_s=round(self._overload.late_s, 3))

    def _ends(self, now: float) -> None:
        if self._since is not None and now - self._last > _CALM_S and not self._overload.share:
            log.warning("overload.over", lasted_s=round(self._last - self._since, 1), turned_away=self.turned_away)
            self._since = None
