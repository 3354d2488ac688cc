"""Figures out of events."""

from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from calls import AgentId, CallId, Outcome, SeatId
from calls import timeline as t
from hotline.metrics import Metrics

CALL, AGENT, SEAT = CallId("a1-1.1"), AgentId("2001"), SeatId("1001")


def figures(metrics: Metrics) -> dict[str, float]:
    found = {}
    for family in text_string_to_metric_families(metrics.render().decode()):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def arrived(call: CallId = CALL, at: float = 0.0) -> t.Event:
    return t.CallArrived(
        call=call, at=at, caller="13812345678", caller_name="", dialled="12345", node="a1", unique_id=""
    )


def queued(call: CallId = CALL, at: float = 0.0) -> t.Event:
    return t.Queued(call=call, at=at, queue="general", needs={}, priority=0, since=at)


def answered_call() -> Iterator[t.Event]:
    yield arrived()
    yield queued(at=5.0)
    yield t.Offered(call=CALL, at=6.0, offer="o1", agent=AGENT, seat=SEAT)
    yield t.OfferFailed(call=CALL, at=9.0, offer="o1", agent=AGENT, seat=SEAT, reason="no_answer")
    yield t.Offered(call=CALL, at=10.0, offer="o2", agent=AGENT, seat=SEAT)
    yield t.Connected(call=CALL, at=12.0, agent=AGENT, seat=SEAT)
    yield t.RecordingStarted(call=CALL, at=12.0, path="x.wav")
    yield t.TalkEnded(call=CALL, at=72.0, agent=AGENT, by="caller")
    yield t.CallEnded(call=CALL, at=72.0, outcome=Outcome.ANSWERED)
    yield t.RecordingStored(call=CALL, at=73.0, path="x.wav", duration_s=59.5, size=1, sha256="")
    yield t.TicketOpened(call=CALL, at=73.0, ticket="2611230001")
    yield t.WrapUpEnded(call=CALL, at=80.0, agent=AGENT, seconds=8.0)


def test_an_answered_call_is_counted_once_in_every_figure() -> None:
    metrics = Metrics()
    for event in answered_call():
        metrics.observe(event)
    told = figures(metrics)
    assert told["hotline_calls_arrived_total"] == 1
    assert told["hotline_calls_ended_total{outcome=answered}"] == 1
    assert told["hotline_calls_in_progress"] == 0
    assert told["hotline_waiting_seconds_sum{queue=general,result=answered}"] == 7.0
    assert told["hotline_waiting_seconds_count{queue=general,result=answered}"] == 1
    assert told["hotline_talking_seconds_sum{queue=general}"] == 60.0
    assert told["hotline_talking_seconds_count{queue=general}"] == 1
    assert told["hotline_offers_total{result=no_answer}"] == 1
    assert told["hotline_offers_total{result=answered}"] == 1
    assert told["hotline_recordings_total{kind=talk}"] == 1
    assert told["hotline_recorded_seconds_total"] == 59.5
    assert told["hotline_tickets_total"] == 1
    assert told["hotline_wrap_up_seconds_sum"] == 8.0


def test_every_outcome_is_there_from_the_start_at_zero() -> None:
    told = figures(Metrics())
    only_outbound = {Outcome.BUSY, Outcome.NO_ANSWER, Outcome.REFUSED}
    of_callers, of_agents = set(Outcome) - only_outbound, only_outbound | {Outcome.ANSWERED, Outcome.FAILED}
    assert [told[f"hotline_calls_ended_total{{outcome={outcome}}}"] for outcome in of_callers] == [0] * len(of_callers)
    assert [told[f"hotline_outbound_calls_total{{outcome={outcome}}}"] for outcome in of_agents] == [0] * len(of_agents)


def placed() -> t.Event:
    return t.CallPlaced(
        call=CALL, at=0.0, agent=AgentId("2001"), seat=SeatId("1001"), caller="12345", dialled="13912345678", ticket="",
        node="a1", unique_id="c1",
    )  # fmt: skip


@pytest.mark.parametrize("begun_before", [False, True])
def test_what_agents_dial_is_counted_apart_from_callers(begun_before: bool) -> None:
    metrics = Metrics()
    (metrics.remember if begun_before else metrics.observe)(placed())
    metrics.observe(t.Connected(call=CALL, at=5.0, agent=AgentId("2001"), seat=SeatId("1001")))
    metrics.observe(t.TalkEnded(call=CALL, at=35.0, agent=AgentId("2001"), by="callee"))
    metrics.observe(t.CallEnded(call=CALL, at=35.0, outcome=Outcome.ANSWERED))
    told = figures(metrics)
    assert told["hotline_outbound_calls_total{outcome=answered}"] == 1
    assert told["hotline_outbound_talking_seconds_sum"] == 30.0
    assert told["hotline_calls_ended_total{outcome=answered}"] == 0
    assert "hotline_offers_total{result=answered}" not in told
    assert told["hotline_calls_arrived_total"] == 0


@pytest.mark.parametrize(
    ("last", "result"),
    [
        (t.CallEnded(call=CALL, at=25.0, outcome=Outcome.ABANDONED_QUEUE), "abandoned"),
        (t.Dequeued(call=CALL, at=25.0, reason="timeout"), "timeout"),
    ],
)
def test_waiting_that_does_not_end_with_a_person_is_told_apart(last: t.Event, result: str) -> None:
    metrics = Metrics()
    for event in (arrived(), queued(at=5.0), last):
        metrics.observe(event)
    assert figures(metrics)[f"hotline_waiting_seconds_sum{{queue=general,result={result}}}"] == 20.0


def test_a_second_queued_event_of_one_wait_does_not_start_it_anew() -> None:
    metrics = Metrics()
    for event in (arrived(), queued(at=5.0), queued(at=15.0), t.Connected(call=CALL, at=25.0, agent=AGENT, seat=SEAT)):
        metrics.observe(event)
    assert figures(metrics)["hotline_waiting_seconds_sum{queue=general,result=answered}"] == 20.0


def test_calls_in_progress_follow_arrivals_and_ends() -> None:
    metrics = Metrics()
    for number in range(3):
        metrics.observe(arrived(CallId(f"c{number}")))
    metrics.observe(t.CallEnded(call=CallId("c1"), at=1.0, outcome=Outcome.SELF_SERVED))
    assert figures(metrics)["hotline_calls_in_progress"] == 2


def test_a_call_taken_over_keeps_its_waiting_time_and_is_not_counted_twice() -> None:
    metrics = Metrics()
    for past in (arrived(), queued(at=5.0)):
        metrics.remember(past)
    assert figures(metrics)["hotline_calls_arrived_total"] == 0
    metrics.observe(t.CallResumed(call=CALL, at=30.0))
    metrics.observe(t.Connected(call=CALL, at=45.0, agent=AGENT, seat=SEAT))
    told = figures(metrics)
    assert told["hotline_calls_arrived_total"] == 0
    assert told["hotline_calls_resumed_total"] == 1
    assert told["hotline_waiting_seconds_sum{queue=general,result=answered}"] == 40.0


def test_an_event_of_a_call_nobody_knows_disturbs_nothing() -> None:
    metrics = Metrics()
    metrics.observe(t.TalkEnded(call=CALL, at=1.0, agent=AGENT, by="caller"))
    metrics.observe(t.CallEnded(call=CALL, at=1.0, outcome=Outcome.FAILED))
    assert figures(metrics)["hotline_calls_ended_total{outcome=failed}"] == 1


def test_an_event_that_comes_after_the_end_does_not_bring_the_call_back() -> None:
    metrics = Metrics()
    for event in answered_call():
        metrics.observe(event)
    metrics.observe(t.TalkEnded(call=CALL, at=99.0, agent=AGENT, by="caller"))
    metrics.observe(t.Dequeued(call=CALL, at=99.0, reason="timeout"))
    told = figures(metrics)
    assert told["hotline_calls_in_progress"] == 0
    assert told["hotline_talking_seconds_count{queue=general}"] == 1


def test_calls_that_never_end_do_not_fill_the_memory() -> None:
    metrics = Metrics()
    for number in range(10_050):
        metrics.observe(arrived(CallId(f"c{number}")))
    assert figures(metrics)["hotline_calls_in_progress"] == 10_000


def test_what_is_is_asked_for_when_somebody_looks() -> None:
    metrics = Metrics()
    waiting = {"general": 3, "english": 0}
    metrics.on_scrape(lambda: metrics.set_queues(waiting, {"general": 12.5}))
    assert figures(metrics)["hotline_queue_length{queue=general}"] == 3
    waiting["general"] = 1
    told = figures(metrics)
    assert told["hotline_queue_length{queue=general}"] == 1
    assert told["hotline_queue_length{queue=english}"] == 0
    assert told["hotline_queue_longest_wait_seconds{queue=general}"] == 12.5


def test_a_refresh_that_fails_does_not_cost_the_other_figures() -> None:
    metrics = Metrics()
    metrics.on_scrape(lambda: 1 / 0)  # type: ignore[arg-type,return-value]
    metrics.on_scrape(lambda: metrics.set_journal(7))
    assert figures(metrics)["hotline_journal_backlog"] == 7


def test_states_that_are_no_more_disappear() -> None:
    metrics = Metrics()
    metrics.set_seats({"ready": 5, "talking": 2})
    metrics.set_seats({"ready": 7})
    told = figures(metrics)
    assert told["hotline_seats{state=ready}"] == 7
    assert "hotline_seats{state=talking}" not in told


def test_health_figures_are_set() -> None:
    metrics = Metrics()
    metrics.set_ami(connected=True, ping_ms=2.5)
    metrics.set_log(4)
    told = figures(metrics)
    assert (told["hotline_ami_connected"], told["hotline_ami_ping_milliseconds"]) == (1, 2.5)
    assert told["hotline_log_lines_dropped"] == 4


def test_how_late_the_event_loop_wakes_is_counted() -> None:
    metrics = Metrics()
    metrics.loop_woke(0.0)
    metrics.loop_woke(0.25)
    told = figures(metrics)
    assert told["hotline_event_loop_lag_seconds_count"] == 2
    assert told["hotline_event_loop_lag_seconds_sum"] == 0.25


def test_nothing_is_put_into_the_global_registry() -> None:
    Metrics()
    Metrics()
    assert not [name for name in REGISTRY._names_to_collectors if name.startswith("hotline")]


def test_prompts_are_counted_by_how_they_stand() -> None:
    metrics = Metrics()
    metrics.set_prompts({"ready": 150, "missing": 0, "stale": 2, "broken": 0, "recorded": 7})
    shown = figures(metrics)
    assert shown["hotline_prompts{state=stale}"] == 2
    assert shown["hotline_prompts{state=missing}"] == 0
