"""``hotline recordings list`` and ``show``."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hotline.cli import show, stored
from hotline.cli.since import parse_since
from hotline.recording_parts import keys_of, storage_of
from hotline.settings import Settings
from recorder import SealError, StorageError
from recorder.reading import beside_of
from tickets import RecordingRecord, RecordingStore, RecordingUse, WantedRecordings

T = TypeVar("T")
_KINDS = ("talk", "consult", "message")


def wanted(settings: Settings, *, since: str | None = None, until: str | None = None, **more: Any) -> WantedRecordings:
    """Return what the options ask for, or leave with what is wrong about them."""
    if more.get("kind") not in (None, *_KINDS):
        show.fail(f"--kind: there is no {more['kind']!r}; there are: {', '.join(_KINDS)}", show.EXIT_MISTAKE)
    bounds = {name: _moment(settings, name, text) for name, text in (("since", since), ("until", until))}
    return WantedRecordings(**bounds, **more)


def asked(settings: Settings, question: Callable[[RecordingStore], Awaitable[T]]) -> T:
    """Return what the store of recordings answers, or leave with why it cannot be read."""
    return stored.read(settings, lambda store: question(RecordingStore(store)))


def of_call(settings: Settings, call: str, *, deleted: bool | None = False) -> list[RecordingRecord]:
    """Return a call's recordings in order, or leave when there are none."""
    found = asked(settings, lambda recordings: recordings.find(WantedRecordings(call=call, deleted=deleted)))
    if not found:
        show.fail(f"there is no recording of a call {call}; `hotline recordings list` has the latest", show.EXIT_FAILED)
    return sorted(found, key=lambda one: one.started_at)


def show_list(settings: Settings, wanted: WantedRecordings, *, as_json: bool, full: bool) -> None:
    """Show recordings."""
    found = asked(settings, lambda recordings: recordings.find(wanted))
    if as_json:
        show.give_json([one.model_dump(mode="json") for one in found])
        return
    zone = ZoneInfo(settings.time_zone)
    show.table(
        "", ("call", "begun", "kind", "number", "agents", "ticket", "length", "wrong", "hold", "path"),
        [_row(one, zone, full=full) for one in found], empty="No such recordings.",
    )  # fmt: skip


def show_one(settings: Settings, call: str, *, as_json: bool) -> None:
    """Show what lies beside a call's recordings, and what was done with them."""
    found = of_call(settings, call, deleted=None)
    uses = asked(settings, lambda recordings: recordings.uses(call))
    told = [{**one.model_dump(mode="json"), "contents": _contents(settings, one)} for one in found]
    if as_json:
        show.give_json({"recordings": told, "uses": [use.model_dump(mode="json") for use in uses]})
        return
    zone = ZoneInfo(settings.time_zone)
    for one, shown in zip(found, told, strict=True):
        _show_contents(one, shown["contents"] or {}, zone)
    show.table("", ("at", "who", "did", "what", "why"), [_use(use, zone) for use in uses],
               empty="Nobody has done anything with them.")  # fmt: skip


def _contents(settings: Settings, one: RecordingRecord) -> dict[str, Any] | None:
    if one.deleted_at is not None or not one.size:
        return None
    try:
        return beside_of(storage_of(settings), one.path, keys_of(settings))
    except (StorageError, SealError) as error:
        show.fail(str(error), show.EXIT_FAILED)


def _show_contents(one: RecordingRecord, contents: dict[str, Any], zone: ZoneInfo) -> None:
    show.facts([
        ("recording", one.path), ("begun", show.moment(one.started_at, zone)),
        ("length", show.duration(one.duration_s)), ("should be", show.duration(one.expected_s)),
        ("SHA-256", one.sha256), ("wrong", one.flags), ("on hold", "yes" if one.held else ""),
        ("deleted", show.moment(one.deleted_at, zone)),
    ])  # fmt: skip
    parts = [("who was there", part["from_s"], part["to_s"], ", ".join(part["parties"]), part["what"])
             for part in contents.get("parts", ())]  # fmt: skip
    gaps = [("left out", gap["from_s"], gap["to_s"], "", f"by {gap['by']}")
            for gap in (*contents.get("before", ()), *contents.get("gaps", ()))]  # fmt: skip
    heard = [("who is heard", start, end, channel["name"], "") for channel in contents.get("channels", ())
             for start, end in channel["speech"]]  # fmt: skip
    show.table("", ("what", "from s", "to s", "who", ""), [*parts, *gaps, *sorted(heard, key=lambda row: row[1])],
               empty="Nothing is known of what is in it.")  # fmt: skip


def _row(one: RecordingRecord, zone: ZoneInfo, *, full: bool) -> tuple[object, ...]:
    number = one.dialled if one.direction == "outbound" else one.caller
    return (
        one.call, show.moment(one.started_at, zone), one.kind, show.number(number, full=full) or "withheld",
        one.agents, one.ticket, show.duration(one.duration_s) if one.stored_at else "being made", one.flags,
        "yes" if one.held else "", one.path,
    )  # fmt: skip


def _use(use: RecordingUse, zone: ZoneInfo) -> tuple[object, ...]:
    return show.moment(use.at, zone), use.by, use.action, use.path, use.detail


def _moment(settings: Settings, name: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return parse_since(text, time.time(), ZoneInfo(settings.time_zone))
    except ValueError as error:
        show.fail(f"--{name}: {error}", show.EXIT_MISTAKE)
