"""``hotline callbacks``: who is to be called back, who was missed; and taking one back."""

from zoneinfo import ZoneInfo

from hotline.cli import show
from hotline.cli.ordered import carry_out
from hotline.cli.stored import Wanted, read, since_of
from hotline.settings import Settings
from tickets import CallbackRecord, CallbackStore, MissedCall

_TRIES = "{0.attempts} of {0.tries}"


def callbacks(settings: Settings, wanted: Wanted, *, over: bool | None) -> None:
    """Show callbacks, the latest first."""
    found = read(settings, lambda store: CallbackStore(store).latest(wanted.limit, over=over))
    if wanted.as_json:
        show.give_json([record.model_dump(mode="json") for record in found])
        return
    zone = ZoneInfo(settings.time_zone)
    show.table(
        "", ("callback", "number", "queue", "state", "tries", "waits since", "next try from", "changed", "call"),
        [_callback_row(record, zone, full=wanted.full) for record in found], empty="Nobody asked to be called back.",
    )  # fmt: skip


def _callback_row(record: CallbackRecord, zone: ZoneInfo, *, full: bool) -> tuple[object, ...]:
    return (
        record.id, show.number(record.number, full=full), record.queue,
        f"{record.state} (missed)" if record.missed else record.state, _TRIES.format(record),
        show.moment(record.since, zone),
        show.moment(record.not_before, zone) if record.not_before and not record.over else "",
        show.moment(record.changed_at, zone), record.call_id or record.origin,
    )  # fmt: skip


def missed(settings: Settings, wanted: Wanted) -> None:
    """Show callers who hung up while waiting or were turned away, the latest first."""
    since = since_of(settings, wanted) or 0.0
    found = read(settings, lambda store: CallbackStore(store).missed(wanted.limit, since=since))
    if wanted.as_json:
        show.give_json([record.model_dump(mode="json") for record in found])
        return
    zone = ZoneInfo(settings.time_zone)
    show.table(
        "", ("call", "number", "how", "queue", "arrived", "waited", "reached since", "callback"),
        [_missed_row(record, zone, full=wanted.full) for record in found],
        empty="Nobody hung up while waiting, or was turned away.",
    )  # fmt: skip


def _missed_row(record: MissedCall, zone: ZoneInfo, *, full: bool) -> tuple[object, ...]:
    return (
        record.call, show.number(record.number, full=full) or "withheld",
        "turned away" if record.turned_away else "hung up", record.queue,
        show.moment(record.arrived_at, zone), show.duration(record.waiting_s), "yes" if record.reached else "no",
        record.callback,
    )  # fmt: skip


def cancel(settings: Settings, callback: str, *, as_json: bool) -> None:
    """Take a callback back; leaves with 1 when it is too late."""
    carry_out(settings, "callback", {"callback": callback, "act": "cancel"}, as_json=as_json)
