"""Messages in their boxes: left after hours and reviewed, the agent's lamp, heard, called back, done; unheard ones."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from test_restart_e2e import kill_service

from simulator import CallLeg, Department, Softphone
from simulator.lamp import Lamp
from simulator.media import spectrum
from simulator.media.sounds import load
from tickets import Store, VoicemailStore, WantedMessages

if TYPE_CHECKING:
    from conftest import Phones, Site

_BEEP = 1000
_FLOW = """
numbers: ["{number}"]
start: opening
person: person
steps:
  opening:
    do: hours
    zone: Asia/Shanghai
    open: [{{days: mon, from: "03:00", to: "03:01"}}]
    closed_on: ["2000-01-01"]
    when_open: person
    when_closed: message
  person: {{do: queue, queue: general, nobody_staffed: end}}
  message: {{do: {do}, box: {box}, next: end}}
  end: {{do: hangup}}
"""
_MAYOR, _SMALL, _URGENT = "12371", "12372", "12373"
_NAMED = ("mayor", "narrow_box", "urgent")  # boxes of directory.yaml


@pytest.fixture
async def boxes(site: "Site") -> None:
    await site.add_flow("mailbox_mayor", _FLOW.format(number=_MAYOR, do="record", box="mayor"))
    await site.add_flow("mailbox_small", _FLOW.format(number=_SMALL, do="voicemail", box="narrow_box"))
    await site.add_flow("mailbox_urgent", _FLOW.format(number=_URGENT, do="voicemail", box="urgent"))


async def speaks(phones: "Phones", number: str, tone: int, to: str) -> CallLeg:
    """A caller who is silent until the beep has been heard, and then says a tone for a while."""
    caller = await phones.call(number, to=to, tone=0)
    await caller.hear_tone(_BEEP, 30)
    await caller.hear_silence(0.2, 10)
    caller.say_tone(tone)
    await asyncio.sleep(1.6)
    return caller


async def messages(site: "Site", box: str | None) -> list[dict[str, Any]]:
    """What is waiting in a box (None: in any), as the command shows it."""
    store = Store(f"sqlite+aiosqlite:///{site.state / 'hotline.db'}")
    try:
        found = await VoicemailStore(store).find(WantedMessages(box=box))
        return [{**one.model_dump(mode="json"), "state": one.state} for one in found]
    finally:
        await store.close()


async def order(site: "Site", do: str, message: dict[str, Any], **more: str) -> None:
    done = await site.told("voicemail", {"do": do, "id": message["id"], "by": "test", **more})
    assert done["ok"], done


async def shines(site: "Site", phone: Softphone, messages: int, timeout: float = 20) -> None:
    """A lamp shows so many messages, as the phone was told."""
    await site.eventually(lambda: phone.lamp == Lamp(on=messages > 0, new=messages), timeout)


async def leaves_one(phones: "Phones") -> None:
    """After hours, a caller leaves a message, hears it, and sends it."""
    caller = await speaks(phones, "13805000001", 500, _MAYOR)
    await caller.send_digits("#")
    caller.say_tone(0)
    await caller.hear_sound(10)  # the keys
    await caller.send_digits("1")
    await caller.hear_tone(500, 20)  # what was said
    await caller.hear_silence(0.5, 20)
    await caller.send_digits("3")
    await caller.wait_ended(30)


async def hangs_up(phones: "Phones") -> None:
    caller = await speaks(phones, "13805000002", 600, _MAYOR)
    await caller.hang_up()


async def says_nothing(phones: "Phones", site: "Site") -> None:
    """Twice asked, nothing said: no message, no ticket."""
    caller = await phones.call("13805000003", to=_SMALL, tone=0)
    for _ in range(2):
        await caller.hear_tone(_BEEP, 30)
        await caller.hear_silence(0.1, 10)
        await caller.send_digits("#")
    await caller.wait_ended(30)
    call = await site.call_of("13805000003", 20)
    assert (call.message, call.ticket) == ("", "")


async def fills_the_box(phones: "Phones", site: "Site") -> None:
    caller = await speaks(phones, "13805000004", 700, _SMALL)
    await caller.hang_up()
    await site.eventually(lambda: messages(site, "narrow_box"), 20)
    turned_away = await phones.call("13805000005", to=_SMALL, tone=0)
    await turned_away.wait_ended(30)
    call = await site.call_of("13805000005", 20)
    assert "MessageStarted" not in [entry.kind for entry in call.timeline]
    assert call.ticket == ""


async def calls_back(site: "Site", phone: Softphone, department: Department) -> None:
    """The agent hears the first caller, and calls back from the same phone."""
    leg = await phone.dial("*18")
    tones = {500, 600, 700}
    while (heard := (await leg.hear_any_tone(sorted(tones), 30))[0]) != 500:
        tones.discard(heard)
        await leg.send_digits("#")
    await leg.send_digits("2")
    await leg.hear_tone(2100, 20)
    called = await department.next_call()
    assert called.called_number == "13805000001"
    await called.hear_tone(phone.tone, 10)
    await leg.hang_up()
    await called.wait_ended(20)
    await site.eventually(lambda: site.agent("2004")["call"] == "", 20)


async def test_messages_are_left_heard_called_back_and_done_and_the_lamp_shows_it(
    site: "Site", phones: "Phones", department: Department, boxes: None, tmp_path: Path
) -> None:
    agent, other, desk = await asyncio.gather(
        phones.seat("1004", "2004", tone=1350), phones.seat("1001", "2001"), phones.seat("1009")
    )
    assert agent.lamp == Lamp()
    async with asyncio.TaskGroup() as group:
        group.create_task(leaves_one(phones))
        group.create_task(hangs_up(phones))
        group.create_task(says_nothing(phones, site))
        group.create_task(fills_the_box(phones, site))
    await shines(site, agent, 3)
    await shines(site, desk, 1)
    first, second = sorted(
        await site.hotline("voicemail", "list", "--box", "mayor"), key=lambda one: str(one["caller"])
    )
    assert [(one["caller"], one["state"]) for one in (first, second)] == [
        ("13805000001", "new"), ("13805000002", "new"),
    ]  # fmt: skip
    call = await site.call_of("13805000001")
    assert (call.ticket, call.message) == (first["ticket"], first["path"])

    await kill_service(site)
    await site.eventually(lambda: site.api("status"), 20)
    await site.eventually(lambda: site.agent("2004")["phone"] == "idle", 20)
    agent.lamp = Lamp()  # a phone that forgets, and is told when it registers
    await agent.register()
    await shines(site, agent, 3)
    await calls_back(site, agent, department)
    [one] = [one for one in await messages(site, "mayor") if one["id"] == first["id"]]
    assert (one["state"], one["assigned"], one["heard_by"], one["calls_back"]) == ("called back", "2004", "2004", 1)
    await check_done(site, agent, desk, (first, second), tmp_path)
    assert other.lamp == Lamp()


async def check_done(
    site: "Site", agent: Softphone, desk: Softphone, two: Sequence[dict[str, Any]], folder: Path
) -> None:
    """Each message that is done leaves the lamp; the last one puts it out."""
    first, second = two
    assert (await site.hotline("voicemail", "done", str(first["id"]), "--note", "lamp repaired"))["ok"]
    await shines(site, agent, 2)
    file = folder / "second.wav"
    await site.hotline("voicemail", "play", str(second["id"]), "--to", str(file))
    assert spectrum.heard_tones(load(file), [500, 600, 700]) == {600}
    await order(site, "assign", second, agent="2001")
    await shines(site, agent, 1)
    await order(site, "done", second)
    [small] = await messages(site, "narrow_box")
    await order(site, "done", small)
    await shines(site, agent, 0)
    await shines(site, desk, 0)
    told = await site.hotline("voicemail", "show", str(second["id"]))
    steps = [step["step"] for step in told["history"]]
    assert steps[0] == "heard"  # by who went on to the next, too
    assert steps[-2:] == ["assigned", "done"]
    code, out = await site.hotline_fails("voicemail", "done", str(second["id"]))
    assert code == 1, out


async def test_who_is_unheard_for_too_long_is_escalated_to_the_supervisors_lamp(
    site: "Site", phones: "Phones", boxes: None
) -> None:
    supervisor, agent = await asyncio.gather(phones.seat("1006", "2090", ready=False), phones.seat("1005", "2005"))
    before = sum(message["box"] not in _NAMED for message in await messages(site, None))  # of other tests, for nobody
    await shines(site, supervisor, before)
    caller = await speaks(phones, "13805000011", 800, _URGENT)
    await caller.hang_up()
    await shines(site, agent, 1)
    await shines(site, supervisor, before + 1)
    [message] = await messages(site, "urgent")
    assert message["state"] == "overdue"
    assert '"voicemail.overdue"' in site.log()
    leg = await agent.dial("*18")
    await leg.hear_tone(800, 30)
    await leg.hear_silence(0.5, 20)
    await leg.hang_up()
    await shines(site, supervisor, before)
    assert agent.lamp.on, "it is heard, but not done"
    leg = await agent.dial("*18")
    await leg.hear_tone(800, 30)
    await leg.send_digits("3")
    await shines(site, agent, 0)
    assert await messages(site, "urgent") == []
