"""Orders about recordings that run, as they come in over HTTP: pausing one, and going on with it."""

from collections.abc import Mapping
from typing import Any, Protocol

import structlog

from calls import CallId
from hotline.http import BadOrder
from telephony.pausing import Pause

log = structlog.get_logger(__name__)

_KEYS = frozenset({"call", "on", "by"})
_WORDS = {
    Pause.PAUSED: "what is said now is not recorded; `hotline recordings continue {call}` ends that",
    Pause.CONTINUED: "what is said is recorded again",
    Pause.UNCHANGED: "it was so already",
    Pause.NOT_RECORDED: "no talk of the call {call} is being recorded",
}


class Recordings(Protocol):
    """Who can do it; ``telephony.Switchboard`` is one."""

    async def pause_recording(self, call: CallId, *, on: bool | None, by: str) -> Pause:
        """Pause the recording of a call's talk, or go on with it."""
        ...


class PauseOrders:
    """Pauses recordings, and goes on with them."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings

    async def __call__(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Carry ``{"call", "on", "by"}`` out. Raises ``BadOrder``."""
        call, on, by = told.get("call"), told.get("on"), told.get("by", "")
        if set(told) - _KEYS or not isinstance(on, bool) or not isinstance(by, str):
            raise BadOrder("an order to pause a recording is {call: its id, on: true or false, by: who}")
        if not isinstance(call, str) or not call:
            raise BadOrder("call: say which, by id; `hotline calls --running` lists them")
        done = await self._recordings.pause_recording(CallId(call), on=on, by=f"supervisor {by}".strip())
        log.info("recording.pause_ordered", call=call, on=on, by=by, outcome=done)
        ok = done in (Pause.PAUSED, Pause.CONTINUED)
        return {"ok": ok, "call": call, "state": done.value, "message": _WORDS[done].format(call=call)}
