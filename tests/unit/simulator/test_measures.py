"""Figures: by the formulas of their standards, and against what was put in."""

import random
from itertools import pairwise
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.measures import emodel
from simulator.measures.figures import summary
from simulator.measures.order import named, overtaken
from simulator.measures.over_time import over_time
from simulator.measures.quantiles import Quantiles
from simulator.measures.sip_times import ratios, sip_times
from simulator.measures.verdict import doubts, judge
from simulator.media import probe
from simulator.media.g711 import Codec
from simulator.media.impaired import Impairment, Quality
from simulator.media.rtp import ReceiveStats
from simulator.media.sounds import SoundBank
from simulator.plumbing import Step
from simulator.scenario.limits import LimitsOf
from simulator.scenario.record import CallRecord, Defect, Went

FRAME_S = 0.020


@pytest.mark.parametrize(
    ("r", "mos"), [(93.2, 4.41), (80, 4.02), (70, 3.60), (60, 3.10), (50, 2.58), (0, 1), (101, 4.5)]
)
def test_mos_of_a_rating_is_that_of_g107_annex_b(r: float, mos: float) -> None:
    assert emodel.mos(r) == pytest.approx(mos, abs=0.01)


def test_impairments_are_those_of_the_formulas() -> None:
    assert emodel.delay_impairment(100) == 0
    assert emodel.delay_impairment(200) == pytest.approx(3.04, abs=0.01)
    assert emodel.loss_impairment(0.05) == pytest.approx(95 * 5 / 30.1)
    assert emodel.loss_impairment(0.05, bpl=emodel.BPL_PLAIN) == pytest.approx(95 * 5 / 9.3)
    assert emodel.burst_ratio(lost=40, losses=10, share=0.05) == pytest.approx(3.8)


@given(st.floats(0, 600), st.floats(0, 0.5), st.floats(0, 0.5))
def test_worse_lines_never_sound_better(delay: float, loss: float, more: float) -> None:
    here = emodel.mos(emodel.rating(delay, loss))
    assert 1 <= emodel.mos(emodel.rating(delay, min(loss + more, 1))) <= here + 1e-9
    assert emodel.mos(emodel.rating(delay + 100, loss)) <= here + 1e-9


@settings(deadline=None)
@given(st.lists(st.floats(0, 3000), min_size=1, max_size=300))
def test_percentiles_are_those_of_the_values_to_a_thousandth(values: list[float]) -> None:
    found = Quantiles(values)
    assert found.count == len(values)
    for quantile in (0.5, 0.95, 0.99, 1.0):
        exact = float(np.quantile(values, quantile, method="inverted_cdf"))
        assert found.at(quantile) == pytest.approx(exact, rel=0.002, abs=0.0002)


def received(quality: Quality, packets: int) -> tuple[Impairment, ReceiveStats, list[float]]:
    line, stats, transits = Impairment(quality, random.Random(7)), ReceiveStats(), []
    for number in range(packets):
        sent = number * FRAME_S
        due = line.due(sent)
        if due is not None:
            stats.take(number & 0xFFFF, number * 160, 1, due)
            transits.append(due - sent)
    return line, stats, transits


@pytest.mark.parametrize("loss", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("burst", [1.0, 4.0])
def test_loss_on_purpose_is_measured_to_the_packet(loss: float, burst: float) -> None:
    line, stats, _ = received(Quality(loss=loss, burst=burst), 20_000)
    assert stats.lost == pytest.approx(line.lost, abs=burst)  # what is lost at the end nobody can know
    assert line.lost / line.sent == pytest.approx(loss, rel=0.2)
    assert stats.lost / stats.losses == pytest.approx(burst / (1 if burst > 1 else 1 - loss), rel=0.15)


@pytest.mark.parametrize("jitter_ms", [5, 10, 20])
def test_jitter_on_purpose_is_measured_within_5_percent(jitter_ms: float) -> None:
    _, stats, transits = received(Quality(jitter_s=jitter_ms / 1000), 5_000)
    moved = fmean(abs(after - before) for before, after in pairwise(transits))
    assert stats.mean_jitter_ms == pytest.approx(1000 * moved, rel=0.05)
    assert stats.mean_jitter_ms == pytest.approx(jitter_ms / 3, rel=0.05)  # the mean difference of two even draws


@given(st.floats(0, 1e7), st.floats(0, 50), st.sampled_from(Codec))
def test_a_marked_frame_tells_how_long_it_was_on_its_way(sent: float, late: float, codec: Codec) -> None:
    plain = SoundBank().tone(440, codec)[0]
    marked = probe.marked(plain, sent)
    assert probe.delay_s(marked, sent + late) == pytest.approx(late, abs=2e-4)
    assert probe.delay_s(plain, sent) is None
    assert all(one & 0xFE == other & 0xFE for one, other in zip(plain, marked, strict=True))


def ladder(*lines: str) -> list[Step]:
    """Lines such as ``0.0 > INVITE sip:x``."""
    return [Step(float(at), way, what) for at, way, what in (line.split(" ", 2) for line in lines)]


def test_times_of_a_call_are_read_from_its_ladder_as_rfc_6076_has_them() -> None:
    times = sip_times(
        ladder(
            "0.0 > INVITE sip:1@x", "0.1 < 401 Unauthorized (INVITE)", "0.1 > ACK sip:1@x", "0.2 > INVITE sip:1@x",
            "0.7 > INVITE sip:1@x", "0.8 < 100 Trying (INVITE)", "1.5 < 180 Ringing (INVITE)", "3.0 < 200 OK (INVITE)",
            "3.0 > ACK sip:1@x", "9.0 > BYE sip:1@x", "9.25 < 200 OK (BYE)",
        )
    )  # fmt: skip
    assert (times.code, times.repeated) == (200, 1)
    assert (times.request_delay_s, times.failed_request_delay_s) == (1.5, None)
    assert (times.disconnect_delay_s, times.duration_s) == (0.25, 6.0)


@pytest.mark.parametrize(
    ("after", "code", "repeated"),
    [
        ((), 401, 0),  # without an account
        (("0.2 > INVITE sip:1@x", "0.3 < 401 Unauthorized (INVITE)"), 401, 0),  # with a wrong one
        (("0.2 > INVITE sip:1@x", "0.3 < 401 Stale (INVITE)", "0.3 > INVITE sip:1@x", "0.4 < 200 OK (INVITE)"), 200, 0),
        (("0.2 > INVITE sip:1@x", "0.7 > INVITE sip:1@x", "0.8 < 486 Busy Here (INVITE)"), 486, 1),
    ],
)
def test_a_challenge_is_the_answer_only_where_the_caller_has_none_to_it(
    after: tuple[str, ...], code: int, repeated: int
) -> None:
    times = sip_times(ladder("0.0 > INVITE sip:1@x", "0.1 < 401 Unauthorized (INVITE)", *after))
    assert (times.code, times.repeated) == (code, repeated)
    if code == 401:
        assert times.failed_request_delay_s == pytest.approx(0.3 if after else 0.1)


def test_a_refused_call_has_a_failed_delay_and_an_unanswered_one_has_none() -> None:
    busy = sip_times(ladder("0.0 > INVITE sip:1@x", "0.4 < 486 Busy Here (INVITE)", "0.4 > ACK sip:1@x"))
    assert (busy.code, busy.request_delay_s, busy.failed_request_delay_s) == (486, None, 0.4)
    assert sip_times(ladder("0.0 > INVITE sip:1@x", "0.5 > INVITE sip:1@x")).code == 0
    assert ratios([200, 200, 486, 503, 0], 1) == {"ser": 0.4, "seer": 0.6, "isa": 0.4, "scr": 0.2}
    assert ratios([]) == {"ser": None, "seer": None, "isa": None, "scr": None}
    assert ratios([302]) == {"ser": None, "seer": None, "isa": None, "scr": 0.0}


@pytest.mark.parametrize(
    ("bye", "completed", "delay"),
    [
        (("9.0 > BYE sip:1@x", "9.25 < 200 OK (BYE)"), True, 0.25),
        (("9.0 > BYE sip:1@x", "9.1 < 401 Unauthorized (BYE)", "9.1 > BYE sip:1@x", "9.5 < 200 OK (BYE)"), True, 0.5),
        (("9.0 < BYE sip:1@x", "9.1 > 200 OK (BYE)"), True, None),
        (("9.0 > BYE sip:1@x", "9.5 > BYE sip:1@x"), False, None),  # nobody answered
        (("9.0 > BYE sip:1@x", "9.1 < 481 No Such Call (BYE)"), False, 0.1),
        ((), False, None),
    ],
)
def test_a_session_is_complete_when_its_bye_was_answered(
    bye: tuple[str, ...], completed: bool, delay: float | None
) -> None:
    times = sip_times(ladder("0.0 > INVITE sip:1@x", "0.1 < 200 OK (INVITE)", "0.1 > ACK sip:1@x", *bye))
    assert times.completed is completed
    assert times.disconnect_delay_s == (None if delay is None else pytest.approx(delay))


def test_a_caller_is_overtaken_when_one_who_asked_later_is_offered_first() -> None:
    def caller(kind: str, asked: float, offered: float, dials: int = 1) -> CallRecord:
        return CallRecord(0, kind, "138", 0.0, asked_at=asked, offered_at=offered, dials=dials)

    def waiting(callers: list[CallRecord]) -> int:
        return len(overtaken(callers))

    assert waiting([caller("a", 1, 5), caller("a", 2, 6), caller("a", 3, 7)]) == 0
    assert waiting([caller("a", 1, 9), caller("a", 2, 6), caller("b", 3, 7)]) == 1
    assert waiting([caller("a", 1.0, 9), caller("a", 1.3, 6)]) == 0  # as good as together
    assert waiting([caller("a", 1, 9), caller("a", 2, 6, dials=2)]) == 0  # who dialled again may have kept the place


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 20)), max_size=30))
def test_overtaking_is_what_looking_at_all_pairs_finds(drawn: list[tuple[float, float]]) -> None:
    records = [CallRecord(0, "a", "138", 0.0, asked_at=asked, offered_at=asked + wait) for asked, wait in drawn]
    pairs = [(record.asked_at or 0.0, record.offered_at or 0.0) for record in records]
    expected = sum(any(at - asked >= 0.5 and got < offered for at, got in pairs) for asked, offered in pairs)
    assert len(overtaken(records)) == expected


def test_who_was_overtaken_and_by_whom_stands_in_the_call_itself() -> None:
    records = [
        CallRecord(7, "a", "138", 0.0, asked_at=1.0, offered_at=9.0),
        CallRecord(8, "a", "138", 0.0, asked_at=2.0, offered_at=6.0),
    ]
    first, second = named(records)
    assert (first.defects, second.defects) == ([Defect.OVERTAKEN], [])
    [moment] = first.timeline
    assert moment.what == "is overtaken by call 8, which asked 1.0 s later and was offered 3.0 s sooner"
    assert (moment.at, records[0].defects) == (6.0, []), "the run's own records stay as they are"


def test_limits_are_judged_by_their_figures_and_an_unmeasured_one_is_missed() -> None:
    records = [
        CallRecord(0, "a", "138", 0.0, ended_at=2.0, went=Went.DONE, wait_s=1.0),
        CallRecord(1, "a", "138", 0.0, ended_at=3.0, went=Went.FAILED, defects=[Defect.ONE_WAY], reason="not heard"),
    ]
    figures = summary(records)
    limits = LimitsOf(failed=0, failed_share=0.5, one_way=0, wait_p95_s=1.0, mos_p5_least=4.0)
    judged = {one.name: one.kept for one in judge(limits, figures)}
    assert judged == {
        "failed": False, "failed_share": True, "one_way": False, "wait_p95_s": True, "mos_p5_least": False,
    }  # fmt: skip
    told = [str(one) for one in judge(limits, figures) if not one.kept]
    assert told == ["failed: 1, allowed 0", "one_way: 1, allowed 0", "mos_p5: not measured, at least 4"]
    assert [row["failed"] for row in over_time(records, 3.5)] == [0, 0, 0, 1]


def test_every_limit_has_a_figure() -> None:
    whole = dict.fromkeys(LimitsOf.model_fields, 1)
    full = CallRecord(0, "a", "138", 0.0, wait_s=1, connect_s=1, first_prompt_s=1, reactions_s=[1], post_dial_delay_s=1,
                      free_to_ring_s=1, transfer_clips_s=[1])  # fmt: skip
    full.heard.packets, full.heard.mos = 100, 4.0
    full.sip.append(sip_times(ladder("0 > INVITE sip:1@x", "1 < 200 OK (INVITE)")))
    figures = {**summary([full]), "agents": {"doubled": 0}, "simulator": {"late_ms": {"p99": 0}}}
    assert [one.name for one in judge(LimitsOf(**whole), figures) if one.value is None] == []


def test_a_simulator_that_was_late_says_that_it_measured_itself() -> None:
    assert doubts({"late_ms": {"p99": 3.0}, "unsent_s": 0.0, "held_back": 0}) == []
    (told,) = doubts({"late_ms": {"p99": 45.0}, "unsent_s": 0.0, "held_back": 0})
    assert "45 ms" in told
    assert "itself" in told
