"""Callers are parked and picked up at any seat: they hear music meanwhile, nobody is lost, the books say how it was."""

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING, Any

from simulator import CallLeg
from simulator.media import spectrum
from simulator.media.sounds import load

if TYPE_CHECKING:
    from conftest import Phones, Site

_TONES = (700, 900, 2400)
_SEATS = range(1, 11)
_SEAT_TONES = (600, 750, 900, 1050, 1200)


async def _talking(phones: "Phones", number: str, tone: int = 700) -> CallLeg:
    caller = await phones.ask_for_a_person(number, tone=2400)
    await caller.hear_tone(tone, 15)
    return caller


async def _parked(site: "Site", calls: int = 1) -> list[dict[str, Any]]:
    """Who is parked, once there are so many."""
    rows: list[dict[str, Any]] = await site.eventually(
        lambda: rows if len(rows := site.api("parked")) == calls else None, 15
    )
    return rows


async def test_a_parked_caller_hears_music_and_is_picked_up_at_another_seat_with_all_that_a_talk_can_do(
    site: "Site", phones: "Phones"
) -> None:
    first, second = await asyncio.gather(
        phones.seat("1001", "2001", tone=700), phones.seat("1002", "2002", tone=900, ready=False)
    )
    caller = await _talking(phones, "13807000001")
    await asyncio.sleep(1)  # they talk: it is to be in the recording
    await first.legs[0].send_digits("*1")
    await first.legs[0].hear_sound()  # the number
    await first.legs[0].wait_ended(15)
    [row] = await _parked(site)
    assert await site.hotline("call", "parked") == [row]
    code, out = await site.hotline_fails("call", "pick-up", "99", "--agent", "2002")
    assert (code, "no such caller" in out) == (1, True)
    assert (row["agent"], row["queue"], row["caller"]) == ("2001", "general", "13807000001")
    since = time.monotonic()
    assert site.agent("2001")["state"] in ("wrap_up", "ready")
    await caller.hear_sound()
    assert caller.heard_tones(_TONES, since=since) == set()
    leg = await second.dial(f"*17{row['number']}")
    await asyncio.gather(leg.hear_tone(2400, 10), caller.hear_tone(900, 10))
    assert site.agent("2002")["state"] == "talking"
    assert site.api("parked") == []
    await leg.send_digits("*0")
    await site.eventually(lambda: site.agent("2002")["state"] == "on_hold")
    await leg.send_digits("*0")
    await caller.hear_tone(900)
    await leg.hang_up()
    await caller.wait_ended(20)
    await site.eventually(lambda: site.agent("2002")["state"] == "break")  # as before, after the wrap-up
    call = await site.recorded_call_of("13807000001")
    assert (call.outcome, call.agents) == ("answered", ["2001", "2002"])
    kinds = [(e.kind, e.data.get("reason")) for e in call.timeline if e.kind in ("Parked", "Unparked")]
    assert kinds == [("Parked", None), ("Unparked", "picked_up")]
    paths = [e.data["path"] for e in call.timeline if e.kind == "RecordingStarted"]
    assert len(paths) == 2
    heard = [spectrum.heard_tones(load(site.state / "recordings" / path), _TONES) for path in paths]
    assert heard == [{700, 2400}, {900, 2400}]
    together = {tuple(segment.parties) for segment in call.segments}
    assert together == {("agent:2001", "caller"), ("agent:2002", "caller")}


async def test_whoever_picks_a_caller_up_who_hangs_up_in_that_very_moment_is_not_left_on_the_line(
    site: "Site", phones: "Phones"
) -> None:
    """Also not where the one has been fetched and the other is gone before they are together."""
    parking, picking = _SEATS[:5], _SEATS[5:]
    seats = await asyncio.gather(
        *[phones.seat(str(1000 + i), str(2000 + i), tone=_SEAT_TONES[i % 5], ready=i in parking) for i in _SEATS]
    )
    numbers = [f"1380700002{i}" for i in range(5)]
    callers = [await phones.ask_for_a_person(number, tone=2400) for number in numbers]
    await asyncio.gather(*[caller.hear_any_tone(_SEAT_TONES, 15) for caller in callers])
    await asyncio.gather(*[site.told("talk", {"act": "park", "call": f"seat:{1000 + i}"}) for i in parking])
    places = {row["caller"]: row["number"] for row in await _parked(site, 5)}

    async def picked_up(place: int) -> CallLeg:
        leg = await seats[5 + place].dial(f"*17{places[numbers[place]]}")
        await leg.wait_answered(10)
        await asyncio.sleep(0.012 * place)  # it takes some 0.05 s to bring them together
        await callers[place].hang_up()
        return leg

    for leg in await asyncio.gather(*[picked_up(place) for place in range(5)]):
        await leg.wait_ended(5)
    await site.eventually(lambda: {site.agent(str(2000 + i))["state"] for i in picking} == {"break"})
    assert site.api("parked") == []


async def test_parked_callers_outlive_the_service_and_come_back_to_whoever_parked_them_or_the_queue_or_hang_up(
    site: "Site", phones: "Phones"
) -> None:
    seats = await asyncio.gather(
        *[phones.seat(str(1001 + i), str(2001 + i), tone=_SEAT_TONES[i], ready=i < 4) for i in range(5)]
    )
    numbers = [f"1380700001{i}" for i in range(4)]
    legs = [await phones.ask_for_a_person(number, tone=2400) for number in numbers]
    tones = [tone for tone, _ in await asyncio.gather(*[leg.hear_any_tone(_SEAT_TONES, 15) for leg in legs])]
    agents = [_SEAT_TONES.index(tone) for tone in tones]  # of each caller, counted from 0

    async def park(place: int) -> Any:
        await asyncio.sleep(0.5 * place)  # they come back in this order: the last one to whoever is free then
        return await site.told("talk", {"act": "park", "call": f"seat:{1001 + agents[place]}"})

    told = await asyncio.gather(*[park(place) for place in range(4)])
    before = {row["number"]: row["call"] for row in await _parked(site, 4)}
    assert {one["number"] for one in told} == set(before)
    await seats[agents[3]].press("*14")
    old = site.service_pid()
    await site.written()
    os.kill(old, signal.SIGKILL)
    await site.eventually(lambda: site.service_pid() not in {0, old}, 30)
    after = await _parked(site, 4)
    assert {row["number"]: row["call"] for row in after} == before
    await legs[0].hang_up()
    number = next(row["number"] for row in after if row["caller"] == numbers[1])
    assert (await site.told("pick-up", {"which": str(number), "agent": "2005", "by": "test"}))["ok"]
    await legs[1].hear_tone(_SEAT_TONES[4], 10)
    await legs[2].hear_tone(tones[2], 40)  # ready again by then
    await legs[3].hear_any_tone([tones[0], tones[1]], 40)
    await asyncio.gather(*[leg.hang_up() for leg in legs[1:]])
    calls = [await site.call_of(number) for number in numbers]
    assert [[e.data["reason"] for e in call.timeline if e.kind == "Unparked"][-1] for call in calls] == [
        "hung_up", "picked_up", "time_over", "time_over",
    ]  # fmt: skip
    mine = [str(2001 + agent) for agent in agents]
    assert calls[0].agents == [mine[0]]
    assert calls[1].agents == [mine[1], "2005"]
    assert calls[2].agents == [mine[2]] * 2
    assert calls[3].agents[0] == mine[3] != calls[3].agents[-1]
    since = [e.data["since"] for e in calls[3].timeline if e.kind == "Queued"]
    assert since == [since[0]] * 2, "the place was lost"
    assert {call.outcome for call in calls} == {"answered"}
