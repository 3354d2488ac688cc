"""The seats' lamps of waiting messages (RFC 3842), through Asterisk: res_pjsip_mwi tells the phones, when they register
and whenever a number changes, subscribed or not; app_minivm's ``MinivmMWI`` is how the numbers get there.

Asterisk forgets the numbers when it ends, so what was told lies in a global variable of it, which goes with them:
whoever comes next, or comes back, tells only what differs.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

import structlog

from calls import SeatId
from telephony.ami import Ami, AmiError, AmiRefused

log = structlog.get_logger(__name__)

_TOLD = "HOTLINE_LAMPS_{page}"  # seat:messages,seat:messages
_PAGE = 50  # seats in one of them: what the manager takes in one line is limited
_CONTEXT = "hotline"  # of the mailboxes in pjsip.conf
_PATIENCE_S = 10.0


class Lamps:
    """Lights lamps. ``connected`` is a hook of the manager connection; ``show`` may be called at any time."""

    def __init__(self, ami: Ami, seats: Callable[[], Iterable[SeatId]]) -> None:
        self._ami, self._seats = ami, seats
        self._told: dict[SeatId, int] | None = None  # None: has to be asked for

    async def connected(self) -> None:
        """Asterisk may be another one now: ask again what it was told."""
        self._told = None

    async def show(self, wanted: Mapping[SeatId, int]) -> None:
        """Have each seat's lamp show so many messages, those not named none. Raises ``AmiError``; what was not told is
        told the next time."""
        if self._told is None:
            self._told = await self._remembered()
        told = self._told
        for seat in sorted({*wanted, *told}):
            number = wanted.get(seat, 0)
            if told.get(seat, 0) == number:
                continue
            await self._tell(seat, number)
            told[seat] = number
            page = _page(seat)
            written = ",".join(f"{one}:{n}" for one, n in sorted(told.items()) if n and _page(one) == page)
            await self._ami.action("Setvar", Variable=_TOLD.format(page=page), Value=written)

    async def _remembered(self) -> dict[SeatId, int]:
        told: dict[SeatId, int] = {}
        for page in sorted({_page(seat) for seat in self._seats()}):
            with suppress(AmiRefused):  # not set yet
                answer = await self._ami.action("Getvar", Variable=_TOLD.format(page=page))
                told |= _read(answer.get("Value"))
        return told

    async def _tell(self, seat: SeatId, number: int) -> None:
        answer = await self._ami.originate(
            Channel="Local/hold@lamp/n", Application="MinivmMWI", Data=f"{seat}@{_CONTEXT},0,{number},0",
            Timeout=str(int(_PATIENCE_S * 1000)), timeout_s=_PATIENCE_S + 1,
        )  # fmt: skip
        if answer.get("Response") != "Success":
            raise AmiError(f"the lamp of seat {seat} cannot be told: is Asterisk's module app_minivm loaded?")
        log.debug("lamp.told", seat=seat, messages=number)


def _page(seat: SeatId) -> int:
    return int(seat) // _PAGE


def _read(text: str) -> dict[SeatId, int]:
    pairs = (pair.partition(":") for pair in text.split(","))
    return {SeatId(seat): int(number) for seat, _, number in pairs if seat.isdigit() and number.isdigit()}
