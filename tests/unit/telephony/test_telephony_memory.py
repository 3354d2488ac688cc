"""Of a call that is over nothing stays in memory until Python looks for what knows each other."""

import asyncio
import gc
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from weakref import ref

import pytest
from talk_world import Desk, PretendedAmi, Session, conversation, line_of, turns

from calls import CallerHungUp, ManualClock, MemoryTimeline, Sound
from calls.line import TalkEnd
from simulator.collecting import without_collecting
from telephony.agi_server import AgiSession
from telephony.ami import Ami
from telephony.line import ChannelLine
from telephony.phones import Phones
from telephony.switchboard import Switchboard


async def test_line_and_talk_of_a_call_are_gone_from_memory_as_soon_as_it_is_over(tmp_path: Path) -> None:
    ami, session, left = PretendedAmi(), Session(), list[Any]()

    async def lives(line: ChannelLine) -> None:
        line.conversation = talk = conversation(line, ami, Desk())
        left.extend((ref(line), ref(talk)))
        running = asyncio.ensure_future(talk.run(line.meet("PJSIP/1001")))
        await turns()
        talk._agent_watch.gone.set()
        session.let_go.set()
        assert await asyncio.wait_for(running, 5) is TalkEnd.AGENT_LEFT
        await line.hang_up()

    clock = ManualClock()
    switchboard = Switchboard(
        cast(Ami, ami), node="a1", timeline=MemoryTimeline(), clock=clock, beep=Sound(tmp_path / "beep"),
        on_call=lives, on_seat=_nobody, phones=Phones(cast(Ami, SimpleNamespace()), lambda *_: None, clock),
        department_codes=list,
    )  # fmt: skip
    for name, value in {
        "environment": {"agi_channel": "PJSIP/trunk-0000002a", "agi_uniqueid": "a1-1.1"}, "path": "/call",
        "query": {"id": "a1-1.1", "dialled": "12345"},
    }.items():  # fmt: skip
        setattr(session, name, value)
    with without_collecting():
        await switchboard.handle_session(cast(AgiSession, session))
        await turns()
        assert not gc.isenabled()
        assert [one() for one in left] == [None, None]


async def test_a_line_that_is_over_plays_nothing_any_more() -> None:
    line = line_of(Session(), PretendedAmi(), "1.1")
    line.dispose()
    with pytest.raises(CallerHungUp):
        await line.play([Sound(Path("late"))])


async def _nobody(*_: Any) -> None:
    raise AssertionError("no seat dials")
