"""A seat's phone that dials us: whoever serves it finds it in use, however late Asterisk tells so."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from talk_world import Session

from calls import ManualClock, MemoryTimeline, SeatId, Sound
from telephony.agi_server import AgiSession
from telephony.ami import Ami
from telephony.ami_framing import AmiMessage
from telephony.channels import DeviceState
from telephony.line import ChannelLine
from telephony.phones import Phones
from telephony.switchboard import Switchboard

SEAT = SeatId("1001")


class House:
    """A switchboard whose Asterisk has told nothing of the seat's new channel."""

    def __init__(self, tmp_path: Any) -> None:
        ami, clock = cast(Ami, SimpleNamespace()), ManualClock()
        self.told: dict[SeatId, DeviceState] = {}
        self.phones = Phones(ami, self.told.__setitem__, clock)
        self.served: list[tuple[str, DeviceState]] = []
        self.fails = False
        self.switchboard = Switchboard(
            ami, node="a1", timeline=MemoryTimeline(), clock=clock, beep=Sound(tmp_path / "beep"),
            on_call=self._on_call, on_seat=self._on_seat, phones=self.phones, department_codes=list,
        )  # fmt: skip
        self.phones.on_event(
            AmiMessage([("Event", "DeviceStateChange"), ("Device", "PJSIP/1001"), ("State", "NOT_INUSE")])
        )

    async def dials(self, code: str) -> None:
        session = Session()
        channel = {"agi_channel": "PJSIP/1001-0000002a", "agi_uniqueid": "a1-7.7", "agi_extension": code}
        for name, value in {"environment": channel, "path": "/seat", "query": {"dialled": code}}.items():
            setattr(session, name, value)
        await self.switchboard.handle_session(cast(AgiSession, session))

    async def _on_seat(self, _line: ChannelLine, seat: SeatId, dialled: str) -> None:
        self.served.append((dialled, self.told[seat]))
        if self.fails:
            raise RuntimeError("the code's own fault")

    async def _on_call(self, _line: ChannelLine) -> None:
        raise AssertionError("no caller is here")


async def test_who_says_ready_by_code_is_not_on_a_free_phone_yet(tmp_path: Any) -> None:
    house = House(tmp_path)
    await house.dials("*12")
    assert house.served == [("*12", DeviceState.IN_USE)], "a ring would come while the phone is busy with the code"
    assert house.told[SEAT] is DeviceState.IDLE


async def test_a_code_that_fails_leaves_no_phone_in_use(tmp_path: Any) -> None:
    house = House(tmp_path)
    house.fails = True
    with pytest.raises(RuntimeError, match="own fault"):
        await house.dials("*12")
    assert house.told[SEAT] is DeviceState.IDLE
