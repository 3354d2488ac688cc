"""Talks are recorded as their queue says and as the disk allows; one that is not has that in its timeline."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agents.queues import Queue
from calls import AgentId, CallId, ManualClock, SeatId
from calls import timeline as t
from calls.timeline import MemoryTimeline
from hotline.call_timeline import Timelines
from hotline.recording_policy import RecordingPolicy
from recorder import RecordingFolder
from recorder.disk import DiskGuard

MB = 1_000_000
Make = Callable[..., RecordingPolicy]


class Bench:
    """A policy, and what happens to calls."""

    def __init__(self, folder: Path, *, free_mb: int = 10_000, refuse: bool = True, **records: float | bool) -> None:
        self.journal = MemoryTimeline()
        self.timelines = Timelines(self.journal)
        self.refused: list[str] = []
        queues = {
            name: Queue(zh=name, needs={"a": 1}, record=record, record_consults=name.startswith("overheard"))
            for name, record in records.items()
        }
        disk = DiskGuard(folder, ManualClock(), warn_mb=1000, full_mb=100, free=lambda _: free_mb * MB)
        self.policy = RecordingPolicy(
            RecordingFolder(folder), disk, self.timelines, ManualClock(), lambda: queues,
            refuse_when_full=refuse, announce=True, refused=self.refused.append,
        )  # fmt: skip
        self.timelines.observe(self.policy.observe)

    def talk(self, call: str, queue: str) -> bool:
        """A caller waits in a queue, is offered, and talks; return whether that was recorded."""
        of = CallId(call)
        self.timelines.open(of)
        self.timelines.append(t.Queued(call=of, at=1.0, queue=queue, needs={}, priority=0, since=1.0))
        place = self.policy.new_talk(of, 2.0)
        self.timelines.append(t.Connected(call=of, at=3.0, agent=AgentId("2001"), seat=SeatId("1001")))
        self.timelines.append(t.CallEnded(call=of, at=9.0, outcome="answered"))  # type: ignore[arg-type]
        return place is not None

    def consult(self, call: str, queue: str) -> bool:
        """An agent consults somebody while a caller of this queue waits; return whether that is recorded."""
        of = CallId(call)
        self.timelines.open(of)
        self.timelines.append(t.Queued(call=of, at=1.0, queue=queue, needs={}, priority=0, since=1.0))
        return self.policy.new_consult(of, 2.0) is not None

    @property
    def told(self) -> list[str]:
        return [event.reason for event in self.journal.events if isinstance(event, t.RecordingRefused)]


@pytest.mark.parametrize("record", [True, 1.0])
def test_a_queue_that_records_records_every_talk(tmp_path: Path, record: float | bool) -> None:
    bench = Bench(tmp_path, general=record)
    assert bench.talk("c1", "general")
    assert bench.told == bench.refused == []


def test_a_queue_that_does_not_record_says_so_in_the_timeline(tmp_path: Path) -> None:
    bench = Bench(tmp_path, lawyers=False)
    assert not bench.talk("c1", "lawyers")
    assert bench.told == bench.refused == ["policy"]
    assert not bench.policy.to_be_told(CallId("c1"), "lawyers")


def test_a_share_of_the_talks_is_recorded_and_a_call_is_always_on_the_same_side(tmp_path: Path) -> None:
    bench = Bench(tmp_path, general=0.25)
    first = [bench.talk(f"a1-1795763277.{n}", "general") for n in range(2000)]
    assert sum(first) / 2000 == pytest.approx(0.25, abs=0.04)
    assert set(bench.told) == {"share"}
    again = [bench.talk(f"a1-1795763277.{n}", "general") for n in range(2000)]
    assert again == first
    told = [bench.policy.to_be_told(CallId(f"a1-1795763277.{n}"), "general") for n in range(2000)]
    assert told == first, "who is recorded is told so, and nobody else"


def test_an_offer_that_nobody_takes_is_no_refused_recording(tmp_path: Path) -> None:
    bench = Bench(tmp_path, lawyers=False)
    bench.timelines.open(CallId("c1"))
    bench.timelines.append(t.Queued(call=CallId("c1"), at=1.0, queue="lawyers", needs={}, priority=0, since=1.0))
    assert bench.policy.new_talk(CallId("c1"), 2.0) is None
    bench.timelines.append(t.CallEnded(call=CallId("c1"), at=9.0, outcome="answered"))  # type: ignore[arg-type]
    assert bench.told == []


@pytest.mark.parametrize(("free_mb", "refuse", "recorded"), [(99, True, False), (99, False, True), (500, True, True)])
def test_a_full_disk_refuses_new_recordings_when_that_is_the_policy(
    tmp_path: Path, free_mb: int, refuse: bool, recorded: bool
) -> None:
    bench = Bench(tmp_path, free_mb=free_mb, refuse=refuse, general=True)
    assert bench.talk("c1", "general") is recorded
    assert bench.told == ([] if recorded else ["disk"])
    assert bench.policy.new_message(CallId("c1"), 3.0).absolute.parent.is_dir(), "messages are always taken"


def test_consultations_are_recorded_only_of_recorded_talks_and_where_the_queue_says_so(tmp_path: Path) -> None:
    bench = Bench(tmp_path, general=True, overheard=True, overheard_not=False, overheard_half=0.5)
    assert not bench.consult("c1", "general")
    assert not bench.consult("c2", "")
    assert bench.consult("c3", "overheard")
    assert not bench.consult("c4", "overheard_not")
    assert {bench.consult(f"d{i}", "overheard_half") for i in range(20)} == {True, False}
    assert all(bench.talk(f"d{i}", "overheard_half") is bench.consult(f"d{i}", "overheard_half") for i in range(20))
    assert bench.told.count("policy") == 0, "who asked for no such recording is told of none that is missing"


def test_with_a_full_disk_consultations_are_not_recorded_either(tmp_path: Path) -> None:
    bench = Bench(tmp_path, free_mb=50, overheard=True)
    assert not bench.consult("c1", "overheard")
    assert bench.told == bench.refused == ["disk"]
