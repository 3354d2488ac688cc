"""Who was in a recording when, and what may be wrong with it: both are told as the timeline and the audio say."""

from collections.abc import Sequence

import numpy as np
import pytest

from calls import timeline as t
from calls.identity import AgentId, CallId, SeatId
from calls.recording_events import ConsultRecordingEnded, ConsultRecordingStarted
from calls.talk_events import Together
from recorder.consultation import consultation_of
from recorder.files import Kind
from recorder.hearing import Heard, Hearing
from recorder.index import Gap, Part, index_of
from recorder.integrity import Flag, flags_of
from simulator.media.sounds import tone

C = CallId("c1")
PATH = "2026/11/23/c1-120000000.wav"
BOTH = ("caller", "agent:2001")
CONNECTED = t.Connected(call=C, at=100.0, agent=AgentId("2001"), seat=SeatId("1001"))
STARTED = t.RecordingStarted(call=C, at=100.0, path=PATH)


def test_a_talk_with_a_hold_a_department_and_a_pause_is_told_in_parts() -> None:
    index = index_of([
        CONNECTED, STARTED,
        t.Held(call=C, at=110.0, by="agent"), t.Unheld(call=C, at=115.0, by="agent"),
        t.RecordingPaused(call=C, at=120.0, by="agent"), t.RecordingContinued(call=C, at=128.0, by="agent"),
        t.PartyJoined(call=C, at=130.0, party="caller"), t.PartyJoined(call=C, at=130.0, party="agent"),
        t.PartyJoined(call=C, at=130.0, party="department:water"),
        t.TalkEnded(call=C, at=140.0, agent=AgentId("2001"), by="agent"),
        t.PartyLeft(call=C, at=150.0, party="department:water"),
        t.CallEnded(call=C, at=160.0, outcome="answered"),  # type: ignore[arg-type]
    ], PATH)  # fmt: skip
    assert index is not None
    assert index.expected_s == 50.0
    assert index.parts == (
        Part(0.0, 10.0, BOTH, "talk"),
        Part(10.0, 15.0, BOTH, "hold"),
        Part(15.0, 30.0, BOTH, "talk"),
        Part(30.0, 40.0, (*BOTH, "department:water"), "talk"),
        Part(40.0, 50.0, ("caller", "department:water"), "talk"),
    )
    assert index.gaps == (Gap(20.0, 28.0, "agent"),)


def test_each_of_two_talks_of_a_call_has_its_own_index() -> None:
    later = t.RecordingStarted(call=C, at=200.0, path="other.wav")
    again = t.Connected(call=C, at=200.0, agent=AgentId("2002"), seat=SeatId("1002"))
    events = [CONNECTED, STARTED, t.TalkEnded(call=C, at=130.0, agent=AgentId("2001"), by="agent"), again, later,
              t.CallEnded(call=C, at=260.0, outcome="answered")]  # type: ignore[arg-type]  # fmt: skip
    first, second = index_of(events, PATH), index_of(events, "other.wav")
    assert first is not None
    assert second is not None
    assert (first.expected_s, second.expected_s) == (30.0, 60.0)
    assert second.parts == (Part(0.0, 60.0, ("caller", "agent:2002"), "talk"),)


def test_a_talk_that_was_left_to_a_colleague_ends_with_the_colleagues_and_not_with_the_call() -> None:
    colleague = AgentId("2002")
    index = index_of([
        CONNECTED, STARTED, t.PartyJoined(call=C, at=110.0, party="agent:2002"),
        t.TalkEnded(call=C, at=110.0, agent=AgentId("2001"), by="agent"),
        t.Connected(call=C, at=110.0, agent=colleague, seat=SeatId("1002")),
        t.TalkEnded(call=C, at=120.0, agent=colleague, by="agent"),
        t.CallEnded(call=C, at=130.0, outcome="answered"),  # type: ignore[arg-type]
    ], PATH)  # fmt: skip
    assert index is not None
    assert index.expected_s == 20.0
    assert index.parts[-1] == Part(10.0, 20.0, ("caller", "agent:2002"), "talk")


def test_a_talk_with_a_department_ends_when_that_has_left_and_not_with_the_call() -> None:
    index = index_of([
        t.PassedOn(call=C, at=100.0, party="water", number="66010002"), STARTED,
        Together(call=C, at=104.0, groups=[]),
        t.CallEnded(call=C, at=130.0, outcome="answered"),  # type: ignore[arg-type]
    ], PATH)  # fmt: skip
    assert index is not None
    assert index.parts == (Part(0.0, 4.0, ("caller", "department:water"), "talk"),)


def test_what_was_asked_in_secret_between_two_talks_is_marked_before_the_second_and_in_no_recording() -> None:
    paused = [(111.0, "agent"), (140.0, "secret"), (150.0, "secret")]
    later = t.RecordingStarted(call=C, at=200.0, path="other.wav")
    events: list[t.Event] = [CONNECTED, STARTED]
    for at, by in paused:
        events += [t.RecordingPaused(call=C, at=at, by=by), t.RecordingContinued(call=C, at=at + 5, by=by)]
        if by == "agent":
            events.append(t.TalkEnded(call=C, at=130.0, agent=AgentId("2001"), by="agent"))
    events += [
        t.Connected(call=C, at=200.0, agent=AgentId("2002"), seat=SeatId("1002")), later,
        t.CallEnded(call=C, at=260.0, outcome="answered"),  # type: ignore[arg-type]
    ]  # fmt: skip
    first, second = index_of(events, PATH), index_of(events, "other.wav")
    assert first is not None
    assert second is not None
    assert (first.gaps, first.before) == ((Gap(11.0, 16.0, "agent"),), ())
    assert (second.gaps, second.before) == ((), (Gap(-60.0, -55.0, "secret"), Gap(-50.0, -45.0, "secret")))


def test_a_message_has_no_index() -> None:
    assert index_of([t.MessageStarted(call=C, at=1.0, box="mayor", path="m.wav")], "m.wav") is None


def heard(*channels: Sequence[tuple[int, float]]) -> Heard:
    """What is heard in channels of tones (hertz, 0 is silence; seconds)."""
    made = [
        np.concatenate([np.zeros(round(8000 * s), np.int16) if not hz else tone(hz, s) for hz, s in channel])
        for channel in channels
    ]
    hearing = Hearing(len(made))
    samples = np.stack(made, axis=1)
    for start in range(0, len(samples), 12_345):
        hearing.take(samples[start : start + 12_345])
    return hearing.heard()


def test_speech_is_told_with_its_times_and_the_waveform_shows_it() -> None:
    found = heard([(0, 1.0), (440, 2.0), (0, 0.3), (440, 1.0), (0, 1.7)], [(1000, 6.0)])
    assert found.duration_s == pytest.approx(6.0)
    assert found.channels[0].speech == ((1.0, 4.3),)  # a breath does not end it
    assert found.channels[1].speech == ((0.0, 6.0),)
    peaks = found.channels[0].peaks
    assert max(peaks[: len(peaks) // 7]) == 0
    assert max(peaks) == 8000 >> 7


@pytest.mark.parametrize(
    ("left", "right", "talked_s", "flags"),
    [
        ([(440, 10.0)], [(1000, 10.0)], 10.5, []),
        ([(440, 10.0)], [(1000, 10.0)], 12.0, [Flag.SHORT]),
        ([(0, 10.0)], [(0, 10.0)], 10.0, [Flag.SILENT]),
        ([(0, 10.0)], [(1000, 10.0)], 10.0, [Flag.CALLER_UNHEARD]),
        ([(440, 10.0)], [(0, 10.0)], 10.0, [Flag.AGENT_UNHEARD]),
        ([(0, 1.0)], [(440, 1.0)], 1.0, []),  # too short to say
        ([], [], 10.0, [Flag.EMPTY]),
    ],
)
def test_what_is_wrong_is_flagged(
    left: list[tuple[int, float]], right: list[tuple[int, float]], talked_s: float, flags: list[Flag]
) -> None:
    ended = t.CallEnded(call=C, at=100.0 + talked_s, outcome="answered")  # type: ignore[arg-type]
    index = index_of([CONNECTED, STARTED, ended], PATH)
    audio = heard(left, right) if left else Hearing(2).heard()
    assert flags_of(audio, index) == flags


def test_a_consultation_is_told_from_the_answer_to_its_end_with_what_was_left_out_of_it() -> None:
    consulted = ConsultRecordingStarted(call=C, at=110.0, path="consult.wav", party="department:water")
    again = ConsultRecordingStarted(call=C, at=140.0, path="again.wav", party="department:water")
    ended = t.CallEnded(call=C, at=150.0, outcome="answered")  # type: ignore[arg-type]
    events = [
        CONNECTED, STARTED,
        t.RecordingPaused(call=C, at=105.0, by="agent"), consulted, t.RecordingContinued(call=C, at=112.0, by="agent"),
        t.RecordingPaused(call=C, at=120.0, by="agent"), t.RecordingContinued(call=C, at=122.5, by="agent"),
        ConsultRecordingEnded(call=C, at=130.0, path="consult.wav"), again, ended,
    ]  # fmt: skip
    first, second, talk = (
        consultation_of(events, "consult.wav"), consultation_of(events, "again.wav"), index_of(events, PATH)
    )  # fmt: skip
    assert first is not None
    assert second is not None
    assert talk is not None
    assert (first.started_at, first.expected_s, second.expected_s, talk.expected_s) == (110.0, 20.0, 10.0, 50.0)
    assert first.parts == (Part(0.0, 20.0, ("agent:2001", "department:water"), "consult"),)
    assert first.gaps == (Gap(0.0, 2.0, "agent"), Gap(10.0, 12.5, "agent"))
    assert second.gaps == ()
    assert consultation_of(events, PATH) is None


def test_a_supervisor_who_joins_a_consultation_is_told_from_when_to_when() -> None:
    two, boss = ["agent:2001", "department:water"], "supervisor:2090"
    events = [
        CONNECTED, STARTED, Together(call=C, at=110.0, groups=[two]),
        ConsultRecordingStarted(call=C, at=110.0, path="consult.wav", party="department:water"),
        t.PartyJoined(call=C, at=114.0, party=boss), Together(call=C, at=114.0, groups=[[*two, boss]]),
        t.PartyLeft(call=C, at=121.0, party=boss), Together(call=C, at=121.0, groups=[two]),
        ConsultRecordingEnded(call=C, at=130.0, path="consult.wav"),
        Together(call=C, at=131.0, groups=[[*two, boss, "caller"]]),
    ]  # fmt: skip
    index = consultation_of(events, "consult.wav")
    assert index is not None
    assert index.parts == (
        Part(0.0, 4.0, tuple(two), "consult"), Part(4.0, 11.0, (*two, boss), "consult"),
        Part(11.0, 20.0, tuple(two), "consult"),
    )  # fmt: skip


def test_who_is_unheard_in_a_consultation_is_the_agent_or_the_third() -> None:
    silent, loud = [(0, 10.0)], [(440, 10.0)]
    found = [flags_of(heard(*sides), None, Kind.CONSULT) for sides in ((silent, loud), (loud, silent))]
    assert found == [[Flag.AGENT_UNHEARD], [Flag.THIRD_UNHEARD]]


def test_a_talk_that_outlives_the_service_is_one_talk_to_its_end() -> None:
    index = index_of([
        CONNECTED, STARTED, t.CallResumed(call=C, at=110.0), t.StepEntered(call=C, at=110.0, flow="f", step="person"),
        t.TalkEnded(call=C, at=130.0, agent=AgentId("2001"), by="agent"),
        t.StepEntered(call=C, at=130.0, flow="f", step="rate"),
    ], PATH)  # fmt: skip
    assert index is not None
    assert index.parts == (Part(0.0, 30.0, BOTH, "talk"),)
