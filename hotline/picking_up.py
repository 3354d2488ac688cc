"""Picking a parked caller up: by ``*17`` and the number from any seat, or by command, which rings the seat first."""

import asyncio
import itertools
import re
from collections.abc import Mapping
from typing import Any, Protocol

import structlog

from agents import Floor
from agents.feature_codes import SeatVoice
from calls import AgentId, CallerHungUp, CallId, Clock, Line, SeatId
from calls.line import DigitsWanted
from hotline.http import BadOrder
from hotline.parking import Park, Picker, Spot
from hotline.seat_ringer import SeatRinger, why_not_rung
from telephony.waiting import first_of

log = structlog.get_logger(__name__)

PICK_UP_CODE = "*17"  # dialled from any seat; the park number may follow
_DIALLED = re.compile(r"\*17([0-9]{0,2})")
_NUMBER = DigitsWanted(max_digits=2, terminators="#", first_timeout_s=8.0, between_timeout_s=4.0)
_RING_S = 25.0
_KEYS = frozenset({"which", "agent", "by"})


class PickingLine(Line, Protocol):
    """What the line of a seat that picks up must be able to do; ``telephony.line.ChannelLine`` is one."""

    async def wait_gone(self) -> None:
        """Wait until the line's session is over."""
        ...

    async def set_variable(self, name: str, value: str) -> None:
        """Set a variable of the channel."""
        ...


async def lend(line: PickingLine, picker: Picker) -> bool:
    """Leave a line to the call that takes it; return False when that call was gone. Returns when the line is no longer
    in this session."""
    await first_of(line.wait_gone(), picker.failed.wait())
    return not picker.failed.is_set()


class PickingUp:
    """Serves seats that pick up."""

    def __init__(
        self, park: Park, floor: Floor, clock: Clock, *, voice: SeatVoice, ring_seat: SeatRinger, number: str
    ) -> None:
        self._park, self._floor, self._clock = park, floor, clock
        self._voice, self._ring_seat, self._number = voice, ring_seat, number
        self._counter = itertools.count(1)

    async def serve(self, line: PickingLine, seat: SeatId, dialled: str) -> bool:
        """Serve a phone that dialled the code, or was rung for an order; return whether it was one of these."""
        match = _DIALLED.fullmatch(dialled)
        if match is None:
            return False
        await line.answer()
        phrase = await self._pick_up(line, seat, match[1])
        if phrase:
            await line.play(self._voice(phrase, line.call.language))
            await line.hang_up()
        return True

    async def _pick_up(self, line: PickingLine, seat: SeatId, wanted: str) -> str:
        """Return what is to be said, "" when the line has been lent."""
        standing = self._floor.at_seat(seat)
        if standing is None:
            return "seat.not_logged_in"
        if not wanted and len(self._park.spots()) > 1:
            wanted = (await line.collect(self._voice("park.ask_number", line.call.language), _NUMBER)).pressed
        if not self._park.spots():
            return "park.none"
        spot = self._park.find(wanted)
        if spot is None:
            return "park.gone"
        await line.set_variable("HOTLINE_CALL", spot.call)
        return await self._take(line, standing.agent, seat, spot)

    async def _take(self, line: PickingLine, agent: AgentId, seat: SeatId, spot: Spot) -> str:
        if spot.picked is None or not spot.free_to_take:
            return "park.gone"
        if not self._floor.picks_up(agent, spot.call, spot.queue):
            return "seat.not_now"
        picker = Picker(agent, seat, line)
        spot.picked.set_result(picker)
        log.info("park.picked_up", call=spot.call, number=spot.number, agent=agent)
        return "" if await lend(line, picker) else "park.gone"

    # -- by command ------------------------------------------------------------------------------------------------

    async def order(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Carry ``{"which", "agent", "by"}`` out: the agent's phone rings, and has the caller when it is answered.
        ``which``: the park number, or the call. Raises ``BadOrder``."""
        if set(told) - _KEYS:
            raise BadOrder(f"an order to pick up has nothing but {', '.join(sorted(_KEYS))}")
        which, agent = (str(told.get(key) or "") for key in ("which", "agent"))
        if agent not in self._floor.directory.people:
            raise BadOrder(f"agent: there is no agent {agent!r}")
        spot, standing = self._park.find(which), self._floor.standing(AgentId(agent))
        if spot is None:
            return self._refused("not_parked", f"{which}: no such caller is parked")
        if standing is None:
            return self._refused("not_logged_in", f"agent {agent} is not logged in")
        if why := why_not_rung(standing.seat, self._floor.device(standing.seat)):
            return self._refused("not_free", why)
        call = CallId(f"pickup-{int(self._clock.now() * 1000)}.{next(self._counter)}")
        dial = f"{PICK_UP_CODE}{spot.number}"
        if not await self._ring_seat(standing.seat, call, dial, shown=self._number, ring_s=_RING_S):
            return self._refused("no_answer", f"seat {standing.seat} did not answer")
        return {"ok": True, "result": "answered", "call": spot.call, "message": f"seat {standing.seat} has answered"}

    @staticmethod
    def _refused(result: str, message: str) -> dict[str, Any]:
        return {"ok": False, "result": result, "call": "", "message": message}


async def until_picked(line: Line, spot: Spot, wait_s: float) -> Picker | None:
    """Wait until somebody picks a parked caller up; None: the time is over. Raises ``CallerHungUp``."""
    assert spot.picked is not None
    watching: asyncio.Future[None] = asyncio.ensure_future(_until_gone(line))
    both: set[asyncio.Future[Any]] = {watching, spot.picked}
    try:
        await asyncio.wait(both, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        if spot.picked.done():
            return spot.picked.result()
        if watching.done():
            raise CallerHungUp
        spot.picked.cancel()
        return None
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _until_gone(line: Line) -> None:
    """Return when the caller has hung up; what they press meanwhile means nothing."""
    try:
        while True:
            await line.next_digit()
    except CallerHungUp:
        return
