"""A run's report as one JSON-able mapping: all other forms are made of it."""

import base64
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import soundfile

from simulator.measures.figures import summary
from simulator.measures.order import named
from simulator.measures.over_time import over_time
from simulator.measures.plateaus import Watched, gave_in, plateau_rows
from simulator.measures.registering import registration_figures
from simulator.measures.verdict import doubts, judge
from simulator.media.g711 import RATE
from simulator.plumbing import Step
from simulator.scenario.arriving import Steps
from simulator.scenario.record import CallRecord, Went
from simulator.scenario.run import Carried, Run

VERSION = 1
STOPPED = "it was stopped before its end"
MOST_OPENED = 200
"""Calls that can be opened in a report; the first that failed."""
MOST_HEARD = 20
"""Of these, calls that can be heard in the report; runs keep some more (``MOST_KEPT``)."""

Report = dict[str, Any]


def report_of(run: Run, extra: Mapping[str, Any] | None = None, watched: Watched | None = None) -> Report:
    """Return the report. ``extra`` is put beside (what the run cost the machine, say); ``watched``: who kept processors
    busy."""
    scenario = run.scenario
    records = named(sorted(run.records, key=lambda record: record.index))
    simulator: dict[str, Any] = {
        "late_ms": {name: round(value, 2) for name, value in run.late_ms.items()},
        "unsent_s": round(run.unsent_s, 2),
        "held_back": run.held_back,
        "slowed": run.slowed,
        "bound_per_s": scenario.bounds.rate,
    }
    if run.processes:
        simulator["processes"] = [_process(number, one) for number, one in enumerate(run.processes, 1)]
    simulator["doubts"] = doubts(simulator)
    report: Report = {
        "report": VERSION,
        "scenario": scenario.name,
        "about": scenario.about,
        "seed": scenario.seed,
        "media": scenario.media.value,
        "target": f"{run.target[0]}:{run.target[1]}" + (f";transport={run.way}" if run.way.reliable else ""),
        "began": datetime.fromtimestamp(run.began_at, UTC).isoformat(timespec="seconds"),
        "began_at": run.began_at,
        "seconds": round(run.seconds, 2),
        "stopped": run.stopped,
        "calls_per_s": round(len(records) / run.seconds, 3) if run.seconds else None,
        **summary(records),
        **registration_figures(run.registrations),
        "agents": {
            "seats": run.seats, "doubled": run.doubled, "crossed": run.crossed, "offers": run.offers,
            "taken": run.taken, "faults": run.seat_faults,
        },
        "steps": {"sustained_rate": run.sustained_rate, "broke_at_rate": run.broke_at_rate},
        **_plateaus(run, records, watched or Watched()),
        "simulator": simulator,
        "kinds": {name: _kind([r for r in records if r.kind == name], run.seconds) for name in scenario.callers},
        "over_time": over_time(records, run.seconds),
        **(extra or {}),
    }  # fmt: skip
    judged = [*judge(scenario.limits, report)]
    for name, kind in scenario.callers.items():
        judged += judge(kind.limits, report["kinds"][name], name)
    report["limits"] = [one.as_dict() for one in judged]
    nothing = [] if records else ["calls: none was placed, at least 1"]  # proves nothing, whatever is counted
    if records and not judged and all(record.went is Went.FAILED for record in records):
        nothing.append(f"calls: all {len(records)} failed, and no limit says how many may")
    nothing += [f"process {n} died: {one.died}" for n, one in enumerate(run.processes, 1) if one.died]
    nothing += [STOPPED] if run.stopped else []
    report["limits_missed"] = nothing + [str(one) for one in judged if not one.kept]
    report["verdict"] = "failed" if report["limits_missed"] else "passed"
    bad = [record for record in records if record.went is Went.FAILED or record.defects]
    report["opened"] = _opened(bad[:MOST_OPENED])
    report["unopened"] = len(bad[MOST_OPENED:])
    report["calls"] = [_row(record) for record in records]
    return report


def _plateaus(run: Run, records: Sequence[CallRecord], watched: Watched) -> dict[str, Any]:
    """Return how each step went and who gave in first; nothing of arrivals that do not rise in steps."""
    how = run.scenario.arrivals
    if not isinstance(how, Steps):
        return {"plateaus": [], "gave_in": None}
    rows = plateau_rows(how, records, run.lateness.by_part(), watched, run.reached_s)
    return {"plateaus": rows, "gave_in": gave_in(rows, how.until_failed_share, watched.cores)}


def _kind(records: Sequence[CallRecord], seconds: float) -> dict[str, Any]:
    """Return one kind's figures, and those over time."""
    return {**summary(records), "over_time": over_time(records, seconds)}


def _process(number: int, carried: Carried) -> dict[str, Any]:
    """Return what a process carried, and how late it was itself."""
    return {
        "process": number, "pid": carried.pid, "placed": carried.placed, "seats": carried.seats,
        "late_ms": {name: round(value, 2) for name, value in carried.late_ms.items()},
        "unsent_s": round(carried.unsent_s, 2), "held_back": carried.held_back, "slowed": carried.slowed,
        "died": carried.died,
    }  # fmt: skip


def _row(record: CallRecord) -> dict[str, Any]:
    """Return one call's figures, as a row."""
    codes = [times.code for times in record.sip]
    return {
        "index": record.index, "kind": record.kind, "number": record.number, "went": record.went.value,
        "step": record.step, "reason": record.reason,
        "defects": " ".join(defect.value.replace(" ", "_") for defect in record.defects),
        "began_s": _r(record.began_at), "ended_s": _r(record.ended_at),
        "late_s": _r(record.began_at - record.planned_at),
        "dials": record.dials, "sip_code": codes[-1] if codes else None,
        "request_delay_s": _r(record.sip[0].request_delay_s) if record.sip else None,
        "post_dial_delay_s": _r(record.post_dial_delay_s), "first_prompt_s": _r(record.first_prompt_s),
        "reaction_s": _r(max(record.reactions_s, default=None)), "wait_s": _r(record.wait_s),
        "free_to_ring_s": _r(record.free_to_ring_s), "connect_s": _r(record.connect_s),
        "transfer_clip_s": _r(max(record.transfer_clips_s, default=None)),
        "agent": record.agent, "agent_kind": record.agent_kind,
        "talk_s": _r(record.talk_s), "packets": record.heard.packets, "lost": record.heard.lost,
        "jitter_ms": _r(record.heard.jitter_ms), "delay_ms": _r(record.heard.delay_ms), "mos": _r(record.heard.mos),
        "agent_mos": _r(record.agent_heard.mos) if record.agent_heard else None,
    }  # fmt: skip


def _opened(opened: Sequence[CallRecord]) -> list[dict[str, Any]]:
    """Return calls with all that is known of them."""
    heard = [record.index for record in opened if record.audio is not None][:MOST_HEARD]
    return [
        {
            **_row(record),
            "timeline": [{"at_s": round(moment.at, 3), "what": moment.what} for moment in record.timeline],
            "ladders": [_ladder(record, ladder) for ladder in record.ladders],
            "audio_wav": _wav(record) if record.index in heard else "",
        }
        for record in opened
    ]


def _ladder(record: CallRecord, ladder: Sequence[Step]) -> list[dict[str, Any]]:
    """Return a dial's messages, each with its seconds from the dial's beginning and from the run's."""
    began = record.began_at - record.ladders[0][0].at
    return [
        {"at_s": round(step.at - ladder[0].at, 4), "run_s": round(began + step.at, 4), "way": step.direction,
         "line": step.line}
        for step in ladder
    ]  # fmt: skip


def _wav(record: CallRecord) -> str:
    """Return what the caller heard last, as a µ-law wav file in base64, "" where nothing was kept."""
    if record.audio is None or not len(record.audio):
        return ""
    out = io.BytesIO()
    soundfile.write(out, record.audio, RATE, format="WAV", subtype="ULAW")
    return base64.b64encode(out.getvalue()).decode("ascii")


def _r(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
