"""What the journal keeps of a caller's wait, as `hotline why` says it."""

from dataclasses import replace

from acd_hall import GENERAL, Hall

from acd.waiting import Stage
from calls import AgentId
from calls.line import RingOutcome
from calls.timeline import OfferFailed, Queued, from_record, to_record
from hotline.why import Happening, explain


def said(hall: Hall, call: str) -> list[str]:
    """The sentences of a call, without how long somebody had been idle."""
    events = [(event.at, to_record(event)) for event in hall.timeline.events if event.call == call]
    told = explain([Happening(at, record["kind"], record) for at, record in events])
    return [each.text.partition(" (idle")[0] for each in told]


def held_for(agent: str, for_s: float = 15) -> dict[str, object]:
    return {"need": replace(GENERAL, only=AgentId(agent)), "stages": (Stage(for_s, GENERAL),)}


async def talk(hall: Hall, name: str, **request: object) -> None:
    line, _ = hall.call(name, **request)
    (await line.rung.get())[1].set_result(RingOutcome.ANSWERED)
    await line.event("talk").wait()


async def test_a_repeat_caller_whose_last_agent_is_absent_is_told_of_the_free_others(hall: Hall) -> None:
    hall.agent(2)
    hall.agent(3)
    line, _ = hall.call("c", **held_for("2001"))
    await line.rung.get()
    assert said(hall, "c") == [
        "asked for the queue 'general'; needed: general >= 1",
        "held for 2001, who served this caller the last time: not at work, or has no longer what is needed",
        "2 of the 2 on duty who have that were free",
        "after 0.0 s held for 2001 no longer: asked everybody who has what is needed",
        "offered to 2002, who of 2 free and suitable has the fewest and least rare skills beyond the need, and of "
        "those was idle the longest",
    ]


async def test_a_repeat_caller_whose_last_agent_talks_is_told_for_how_long_that_was_waited_for(hall: Hall) -> None:
    hall.agent(1)
    await talk(hall, "other")
    hall.agent(2)
    line, _ = hall.call("c", **held_for("2001", 0.05))
    await line.rung.get()
    told = said(hall, "c")
    assert told[1:3] == [
        "held for 2001, who served this caller the last time: talking",
        "1 of the 2 on duty who have that were free",
    ]
    assert told[3].startswith("after 0.")
    assert told[3].endswith("s held for 2001 no longer: asked everybody who has what is needed")
    assert told[4] == "offered to 2002, the only one of the 2 suitable who was free"


async def test_a_repeat_caller_whose_last_agent_is_on_a_break_is_told_so(hall: Hall) -> None:
    hall.floor.start_break(hall.agent(1), "meal")
    hall.agent(2)
    line, _ = hall.call("c", **held_for("2001"))
    await line.rung.get()
    assert said(hall, "c")[1] == "held for 2001, who served this caller the last time: on a break (meal)"


async def test_a_repeat_caller_whom_the_last_agent_does_not_take_is_held_no_longer_though_less_is_asked_later(
    hall: Hall,
) -> None:
    hall.agent(1)
    hall.agent(2)
    only, later = replace(GENERAL, only=AgentId("2001")), replace(GENERAL, only=AgentId("2001"), wishes=())
    line, _ = hall.call("c", need=only, stages=(Stage(5, replace(later, groups=(GENERAL.hard,))), Stage(15, GENERAL)))
    address, phone = await line.rung.get()
    assert address == "sip:1001"
    phone.set_result(RingOutcome.DECLINED)
    assert (await line.rung.get())[0] == "sip:1002"
    assert any("held for 2001 no longer" in text for text in said(hall, "c"))


async def test_a_wait_because_the_one_who_declined_is_not_asked_again_is_told(hall: Hall) -> None:
    hall.agent(2)
    await talk(hall, "other")
    hall.floor.start_break(hall.agent(3), "meal")
    agent = hall.agent(1)
    line, _ = hall.call("c")
    (await line.rung.get())[1].set_result(RingOutcome.DECLINED)
    await line.event("next_digit").wait()
    assert said(hall, "c")[-3:] == [
        "2001 declined; the caller kept the place",
        "not to be offered to 2001 again for 60 s: others could serve",
        "all others logged in who have what is needed: 1 talking, 1 on a break (meal)",
    ]
    hall.floor.ready(agent)
    second, _ = hall.call("second", since=hall.clock.now() + 1)
    await second.rung.get()  # 2001 is free, and not for the first
    third, _ = hall.call("third")
    await third.event("next_digit").wait()
    [queued] = [e for e in hall.timeline.events if e.call == "third" and isinstance(e, Queued)]
    assert (queued.suitable, queued.free, queued.place) == (2, 0, 2)
    assert queued.doing == {"talking": 1, "ringing": 1, "break meal": 1}


def test_events_of_older_journals_are_readable() -> None:
    old = {"kind": "Queued", "call": "c", "at": 1.0, "queue": "q", "needs": {}, "priority": 0, "since": 1.0}
    queued = from_record(old)
    assert isinstance(queued, Queued)
    assert (queued.held_for, queued.doing) == (None, {})
    old = {"kind": "OfferFailed", "call": "c", "at": 1.0, "offer": "o", "agent": "a", "seat": "s", "reason": "declined"}
    failed = from_record(old)
    assert isinstance(failed, OfferFailed)
    assert (failed.not_again_s, failed.doing) == (0.0, {})
