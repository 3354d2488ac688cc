"""``hotline calls`` and ``why``: read from the store itself, so they work when the service is down too."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from agents import DirectoryError, load_directory
from hotline.cli import show
from hotline.cli.since import parse_since
from hotline.logging import set_up_cli_log
from hotline.masking import mask_value
from hotline.settings import Settings
from hotline.versions import Versions
from hotline.why import Happening, explain
from tickets import CallDetail, CallRecord, Reader, SegmentRecord, Store, StoreUnavailable

T = TypeVar("T")

_OMITTED = frozenset({"kind", "call", "at", "since", "unique_id", "node"})  # told elsewhere on the screen, or in JSON


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options of ``calls`` and ``callbacks`` ask for."""

    limit: int = 50
    since: str | None = None
    outcome: str | None = None
    queue: str | None = None
    agent: str | None = None
    caller: str | None = None
    running: bool | None = None
    outbound: bool | None = None
    as_json: bool = False
    full: bool = False


def calls(settings: Settings, wanted: Wanted, call_id: str | None) -> None:
    """Show the latest calls, or one with its timeline."""
    if call_id is not None:
        _one_call(settings, wanted, call_id)
        return
    since = since_of(settings, wanted)
    found = _read(settings, lambda reader: reader.calls(
        limit=wanted.limit, since=since, outcome=wanted.outcome, queue=wanted.queue, agent=wanted.agent,
        caller=wanted.caller, running=wanted.running,
        direction=None if wanted.outbound is None else "outbound" if wanted.outbound else "inbound",
    ))  # fmt: skip
    if wanted.as_json:
        show.give_json([record.model_dump(mode="json") for record in found])
        return
    zone = ZoneInfo(settings.time_zone)
    show.table(
        "", ("call", "arrived", "direction", "number", "outcome", "queue", "agent", "waited", "talked", "ticket"),
        [_call_row(record, zone, full=wanted.full) for record in found], empty="No calls (yet).",
    )  # fmt: skip


def _call_row(record: CallRecord, zone: ZoneInfo, *, full: bool) -> tuple[object, ...]:
    return (
        record.id, show.moment(record.arrived_at, zone), record.direction, other_party(record, full=full),
        record.outcome or "going on", record.queue, f"{record.agent}@{record.seat}" if record.agent else "",
        show.duration(record.waiting_s), show.duration(record.talking_s), record.ticket,
    )  # fmt: skip


def other_party(record: CallRecord, *, full: bool) -> str:
    """Return the number that does not belong to the hotline."""
    number = record.dialled if record.direction == "outbound" else record.caller
    return show.number(number, full=full) or "withheld"


def _one_call(settings: Settings, wanted: Wanted, call_id: str) -> None:
    found = _read(settings, lambda reader: reader.call(call_id))
    if found is None:
        show.fail(f"there is no call {call_id}; `hotline calls` lists the latest", show.EXIT_FAILED)
    if wanted.as_json:
        show.give_json(found.model_dump(mode="json"))
        return
    show_call(found, ZoneInfo(settings.time_zone), full=wanted.full)


def show_call(call: CallDetail, zone: ZoneInfo, *, full: bool) -> None:
    """Show a call with its timeline."""
    show.facts([
        ("call", call.id), ("caller", f"{show.number(call.caller, full=full)} {call.caller_name}".strip()),
        ("direction", call.direction), ("dialled", show.number(call.dialled, full=full)),
        ("language", call.language), ("arrived", show.moment(call.arrived_at, zone)),
        ("ended", show.moment(call.ended_at, zone)), ("outcome", call.outcome or "going on"), ("cause", call.cause),
        ("subject", call.subject), ("tags", call.tags), ("queue", call.queue), ("agents", call.agents),
        ("seat", call.seat), ("departments", call.departments),
        ("services", call.services), ("waited", show.duration(call.waiting_s)),
        ("rang", show.duration(call.ringing_s)), ("talked", show.duration(call.talking_s)),
        ("on hold", show.duration(call.hold_s)), ("wrap-up", show.duration(call.wrap_up_s)),
        ("recording", call.recording), ("its length", show.duration(call.recording_s)),
        ("its SHA-256", call.recording_sha256), ("message", call.message),
        ("its length", show.duration(call.message_s)), ("its SHA-256", call.message_sha256), ("ticket", call.ticket),
        ("taken over", call.resumed or ""),
    ])  # fmt: skip
    if call.segments:
        show.table(
            "", ("connected", "from", "for"),
            [(" + ".join(s.parties), f"{s.began - call.arrived_at:+.2f} s", _lasted(s)) for s in call.segments],
            empty="",
        )  # fmt: skip
    rows = [
        (show.moment(entry.at, zone), f"{entry.at - call.arrived_at:+.2f} s", entry.kind, _told(entry.data, full=full))
        for entry in call.timeline
    ]
    show.table("", ("at", "after", "event", "what"), rows, empty="Nothing of it was kept.")


def _lasted(segment: SegmentRecord) -> str:
    return "still" if segment.ended is None else f"{segment.ended - segment.began:.2f} s"


def why(settings: Settings, call_id: str, *, as_json: bool) -> None:
    """Say why a caller got who served, then, and not sooner."""
    found = _read(settings, lambda reader: reader.call(call_id))
    if found is None:
        show.fail(f"there is no call {call_id}; `hotline calls` lists the latest", show.EXIT_FAILED)
    names = _names(settings)
    said = explain(
        [Happening(entry.at, entry.kind, entry.data) for entry in found.timeline],
        lambda agent: f"{agent} ({names[agent]})" if agent in names else agent,
    )
    if as_json:
        show.give_json({"call": found.id, "said": [{"at": each.at, "text": each.text} for each in said]})
        return
    zone = ZoneInfo(settings.time_zone)
    rows = [(show.moment(each.at, zone), f"{each.at - found.arrived_at:+.2f} s", each.text) for each in said]
    show.table("", ("at", "after", "why"), rows, empty="This caller never asked for a person.")


def _names(settings: Settings) -> dict[str, str]:
    """Return people's names by their ids, of the files in use: those that are being edited may hold a mistake."""
    versions = Versions(settings)
    file = (versions.settings() if versions.there else settings).directory_file
    try:
        people = load_directory(file).people
    except DirectoryError as error:
        first = error.mistakes[0]
        show.note(f"agents are told by their ids alone, for the directory cannot be read: {first}")
        return {}
    return {str(agent): person.name for agent, person in people.items()}


def _told(data: dict[str, Any], *, full: bool) -> str:
    omitted = _OMITTED | {"needs"} if data.get("need") else _OMITTED  # the same, said shorter
    kept = {name: value for name, value in data.items() if name not in omitted and value is not False}
    shown = kept if full else mask_value(kept)
    return ", ".join(f"{name} {_worded(value)}" for name, value in shown.items() if value not in ("", None, {}, []))


def _worded(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}:{inner}" for name, inner in value.items())
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def since_of(settings: Settings, wanted: Wanted) -> float | None:
    """Return the time that ``--since`` means, or leave with what is wrong about it."""
    if wanted.since is None:
        return None
    try:
        return parse_since(wanted.since, time.time(), ZoneInfo(settings.time_zone))
    except ValueError as error:
        show.fail(f"--since: {error}", show.EXIT_MISTAKE)


def _read(settings: Settings, question: Callable[[Reader], Awaitable[T]]) -> T:
    return read(settings, lambda store: question(Reader(store)))


def read(settings: Settings, question: Callable[[Store], Awaitable[T]]) -> T:
    """Return what the ticket store answers, or leave with why it cannot be read."""
    set_up_cli_log()

    async def asked() -> T:
        store = Store(settings.store_url)
        try:
            return await question(store)
        finally:
            await store.close()

    try:
        return asyncio.run(asked())
    except StoreUnavailable as error:
        show.fail(str(error), show.EXIT_STORE)
