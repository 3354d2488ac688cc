"""``hotline tickets list`` and ``show``: read from the store itself, so they work when the service is down too."""

import time
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from calls import SystemClock
from hotline.audit import AuditLog
from hotline.categories import CategoryTree
from hotline.cli import show, stored
from hotline.cli.categories import code_of, tree_of
from hotline.cli.supervise import user
from hotline.masking import mask_text
from hotline.settings import Settings
from hotline.ticket_rules import book_of
from tickets import (
    CallRecord,
    Channel,
    OrderDetail,
    OrderRecord,
    SimilarTicket,
    TicketChange,
    TicketKind,
    TicketState,
    Urgency,
    WantedOrders,
)  # fmt: skip

E = TypeVar("E", bound=StrEnum)


def one_of(known: type[E], text: str | None, option: str) -> E | None:
    """Return what an option names (None: it is not given), or leave with what there is."""
    there = [one.value for one in known]
    if text is not None and text not in there:
        show.fail(f"{option}: there is no {text!r}; there are: {', '.join(there)}", show.EXIT_MISTAKE)
    return None if text is None else known(text)


def kind_of(text: str | None) -> TicketKind | None:
    """Return the kind that an option names, or leave with the kinds there are."""
    return one_of(TicketKind, text, "--kind")


def checked(wanted: WantedOrders) -> WantedOrders:
    """Return what is wanted, or leave with that there is no such state, kind or channel."""
    one_of(TicketState, wanted.state, "--state")
    one_of(Channel, wanted.channel, "--channel")
    kind_of(wanted.kind)
    return wanted


def _note_look(settings: Settings, act: str, **facts: str) -> None:
    """Note who sees telephone numbers in full; what cannot be noted is not shown."""
    try:
        AuditLog(settings.audit_file, SystemClock()).note(act, by=user(), **facts)
    except OSError as error:
        show.fail(f"{settings.audit_file} cannot be written, so nothing is shown in full: {error.strerror}",
                  show.EXIT_FAILED)  # fmt: skip


def show_list(
    settings: Settings, wanted: WantedOrders, since: str | None, category: str | None, *, as_json: bool, full: bool
) -> None:
    """Show tickets."""
    checked(wanted)
    tree = tree_of(settings)
    codes = None if category is None else tree.within(code_of(tree, category))
    since_at = stored.since_of(settings, stored.Wanted(since=since))
    asked = wanted.model_copy(update={"since": since_at, "categories": codes})
    found = stored.read(settings, lambda store: book_of(settings, store).find(asked, time.time()))
    if as_json or full:
        _note_look(settings, "list-tickets", caller=mask_text(wanted.caller or ""))
    if as_json:
        show.give_json([record.model_dump(mode="json") for record in found])
        return
    zone = ZoneInfo(settings.time_zone)
    show.table(
        "",
        ("ticket", "made", "kind", "state", "caller", "subject", "category", "department", "until", "heed", "agent",
         "call"),
        [_row(record, tree, zone, full=full) for record in found], empty="No such tickets (yet).",
    )  # fmt: skip


def show_one(settings: Settings, number: str, *, as_json: bool, full: bool) -> None:
    """Show one ticket with its history and its calls."""
    found = stored.read(settings, lambda store: book_of(settings, store).one(number, time.time()))
    if found is None:
        show.fail(f"there is no ticket {number}; `hotline tickets` lists the latest", show.EXIT_FAILED)
    if as_json or full:
        _note_look(settings, "show-ticket", ticket=number)
    if as_json:
        show.give_json(found.model_dump(mode="json"))
        return
    zone = ZoneInfo(settings.time_zone)
    _show_facts(found, tree_of(settings), zone, full=full)
    if found.changes:
        show.console().print()
        show.table(
            "", ("at", "who", "did", "state then", "department", "why, or what"),
            [_change_row(change, zone, full=full) for change in found.changes], empty="",
        )  # fmt: skip
    if found.similar:
        show.console().print()
        show.table(
            "", ("perhaps the same", "alike", "made", "state", "subject", ""),
            [_similar_row(one, zone) for one in found.similar], empty="",
        )  # fmt: skip
    if len(found.calls) > 1:
        show.console().print()
        show.table(
            "", ("linked call", "at", "number", "outcome", "agent", "talked"),
            [_outbound_row(record, zone, full=full) for record in found.calls], empty="",
        )  # fmt: skip
    if found.outbound:
        show.console().print()
        show.table(
            "", ("call about it", "at", "number", "outcome", "agent", "talked"),
            [_outbound_row(record, zone, full=full) for record in found.outbound], empty="",
        )  # fmt: skip
    if found.call is not None:
        show.console().print()
        stored.show_call(found.call, zone, full=full)


def _row(record: OrderRecord, tree: CategoryTree, zone: ZoneInfo, *, full: bool) -> tuple[object, ...]:
    until = record.accept_by or record.answer_by if record.answered_at is None and record.closed_at is None else None
    return (
        record.number, show.moment(record.created_at, zone), record.kind, record.state,
        show.number(record.caller, full=full) or "withheld", record.subject, _named(tree, record.category),
        record.department, show.moment(until, zone), ", ".join(_heed(record)), record.agent, record.call_id or "",
    )  # fmt: skip


def _heed(record: OrderRecord) -> list[str]:
    """Return what somebody should look after."""
    urgent = [] if record.urgency is Urgency.NORMAL else [f"{record.urgency} {record.line}".strip()]
    return [*urgent, *record.overdue, *([f"repeated, {record.repeats} times"] if record.repeated else [])]


def _named(tree: CategoryTree, code: str) -> str:
    """Return a category as people read it."""
    return f"{code} {tree.placed[code].zh}" if code in tree.placed else code


def _show_facts(found: OrderDetail, tree: CategoryTree, zone: ZoneInfo, *, full: bool) -> None:
    show.facts([
        ("ticket", found.number), ("kind", found.kind), ("state", found.state), ("heed", _heed(found)),
        ("category", _named(tree, found.category)), ("subject", found.subject), ("content", found.content),
        ("caller", f"{show.number(found.caller, full=full)} {found.caller_name}".strip()), ("address", found.address),
        ("came by", found.channel), ("department", found.department), ("made", show.moment(found.created_at, zone)),
        ("changed", show.moment(found.updated_at, zone)),
        ("to be accepted by", show.moment(found.accept_by, zone)),
        ("to be answered by", show.moment(found.answer_by, zone)), ("answer", found.result),
        ("satisfaction", "" if found.satisfaction is None else f"{found.satisfaction} of 5"),
        ("escalated", show.moment(found.escalated_at, zone)), ("merged into", found.merged_into),
    ])  # fmt: skip


def _change_row(change: TicketChange, zone: ZoneInfo, *, full: bool) -> tuple[object, ...]:
    note = change.note if full else mask_text(change.note)
    return (show.moment(change.at, zone), change.by, change.action, change.after, change.department, note)


def _similar_row(one: SimilarTicket, zone: ZoneInfo) -> tuple[object, ...]:
    caller = "same caller" if one.same_caller else ""
    return (one.number, f"{one.likeness} %", show.moment(one.created_at, zone), one.state, one.subject, caller)


def _outbound_row(record: CallRecord, zone: ZoneInfo, *, full: bool) -> tuple[object, ...]:
    return (
        record.id, show.moment(record.arrived_at, zone), stored.other_party(record, full=full),
        record.outcome or "going on", f"{record.agent}@{record.seat}", show.duration(record.talking_s),
    )  # fmt: skip
