"""Timelines remember calls that go on, and for a while those that are over."""

from calls import CallId
from calls.call import Outcome
from calls.timeline import CallEnded, CallResumed, MemoryTimeline, WrapUpEnded
from hotline.call_timeline import Timelines

CALL = CallId("a1-1.1")


def resumed(call: CallId, at: float) -> CallResumed:
    return CallResumed(call=call, at=at)


def test_a_call_that_is_over_is_remembered_with_what_comes_late() -> None:
    timelines = Timelines(MemoryTimeline())
    past, ended = resumed(CALL, 1.0), CallEnded(call=CALL, at=2.0, outcome=Outcome.ANSWERED)
    late = WrapUpEnded(call=CALL, at=3.0, agent="2001", seconds=1.0)  # type: ignore[arg-type]
    timelines.open(CALL, [past])
    timelines.append(ended)
    timelines.close(CALL)
    timelines.append(late)
    assert timelines.remembered(CALL) == [past, ended, late]


def test_a_call_that_was_never_open_is_not_remembered_by_what_comes_late() -> None:
    timelines = Timelines(MemoryTimeline())
    timelines.append(resumed(CALL, 1.0))
    timelines.close(CALL)
    assert timelines.remembered(CALL) is None


def test_of_many_calls_that_are_over_the_first_are_forgotten() -> None:
    timelines = Timelines(MemoryTimeline())
    for number in range(1000):
        call = CallId(f"a1-1.{number}")
        timelines.open(call)
        timelines.append(resumed(call, float(number)))
        timelines.close(call)
    assert timelines.remembered(CallId("a1-1.0")) is None
    assert timelines.remembered(CallId("a1-1.999")) is not None
    assert sum(timelines.remembered(CallId(f"a1-1.{n}")) is not None for n in range(1000)) < 500


def test_a_call_that_comes_back_has_only_the_past_it_is_opened_with() -> None:
    timelines = Timelines(MemoryTimeline())
    timelines.open(CALL)
    timelines.append(resumed(CALL, 1.0))
    timelines.close(CALL)
    timelines.open(CALL)
    assert timelines.remembered(CALL) == []
