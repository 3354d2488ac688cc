"""Events reach the right call, in order and bounded."""

import asyncio

import pytest
from structlog.testing import capture_logs

from telephony.ami_framing import AmiMessage
from telephony.ami_router import CallEventsClosed, EventRouter


def event(name: str, **headers: str) -> AmiMessage:
    return AmiMessage({"Event": name, **headers})


async def test_a_call_gets_its_own_events_in_order():
    router = EventRouter()
    with router.open("n-1.1") as first, router.open("n-1.2") as second:
        for number in range(5):
            router.route(event(f"E{number}", Linkedid="n-1.1", Uniqueid=f"n-1.{number}"))
        router.route(event("Other", Linkedid="n-1.2"))
        assert [(await first.get(1)).event for _ in range(5)] == ["E0", "E1", "E2", "E3", "E4"]
        assert (await second.get(1)).event == "Other"
        with pytest.raises(TimeoutError):
            await first.get(0.01)
    assert router.open_calls == 0


async def test_an_event_of_nobody_is_dropped_and_counted():
    router = EventRouter()
    router.route(event("Hangup", Linkedid="n-1.9"))
    assert router.unclaimed == 1


async def test_a_leg_with_its_own_linkedid_can_be_added():
    router = EventRouter()
    with router.open("n-1.1") as events:
        events.also("n-1.5")
        router.route(event("Newstate", Linkedid="n-1.5"))
        router.route(event("DialEnd", Linkedid="n-1.1", DestLinkedid="n-1.5"))
        assert [(await events.get(1)).event for _ in range(2)] == ["Newstate", "DialEnd"]
        with pytest.raises(TimeoutError):
            await events.get(0.01)
    assert router.open_calls == 0


async def test_a_call_that_does_not_read_loses_its_oldest_events_and_knows_it():
    router = EventRouter(queue_limit=3)
    with router.open("n-1.1") as events:
        for number in range(5):
            router.route(event(f"E{number}", Linkedid="n-1.1"))
        assert events.lost == 2
        assert (await events.get(1)).event == "E2"


async def test_closing_ends_a_waiting_reader():
    router = EventRouter()
    events = router.open("n-1.1")
    waiting = asyncio.create_task(events.get())
    reading = [router.open("n-1.2")]
    collecting = asyncio.create_task(_all(reading[0]))
    await asyncio.sleep(0)
    router.route(event("A", Linkedid="n-1.2"))
    events.close()
    reading[0].close()
    with pytest.raises(CallEventsClosed):
        await asyncio.wait_for(waiting, 5)
    assert await asyncio.wait_for(collecting, 5) == ["A"]


async def _all(events) -> list[str]:
    return [message.event async for message in events]


async def test_subscribers_get_their_kind_and_a_faulty_one_stops_nothing():
    router = EventRouter()
    got: list[str] = []

    def bad(_: AmiMessage) -> None:
        raise KeyError("a fault of ours")

    router.subscribe("DeviceStateChange", bad)
    stop = router.subscribe("DeviceStateChange", lambda message: got.append(message.get("Device")))
    with capture_logs() as logs:
        router.route(event("DeviceStateChange", Device="PJSIP/1001"))
        router.route(event("Hangup"))
    stop()
    stop()
    router.route(event("DeviceStateChange", Device="PJSIP/1002"))
    assert got == ["PJSIP/1001"]
    assert logs[0]["event"] == "ami_subscriber_failed"


async def test_a_broadcast_reaches_each_open_call_once():
    router = EventRouter()
    with router.open("n-1.1") as first, router.open("n-1.2") as second:
        first.also("n-1.3")
        router.broadcast(event("Missed"))
        assert (await first.get(1)).event == (await second.get(1)).event == "Missed"
        with pytest.raises(TimeoutError):
            await first.get(0.01)
