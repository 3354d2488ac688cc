"""``hotline purge``: calls and closed tickets that are older than they may be."""

import time
from zoneinfo import ZoneInfo

from calls import SystemClock
from hotline.audit import AuditLog
from hotline.cli import show, stored
from hotline.cli.supervise import user
from hotline.retention import Retention
from hotline.retention_settings import RetentionSettings
from hotline.settings import Settings
from tickets import Store
from tickets.retention import Purged


def purge(
    settings: Settings, by: str | None, *, dry_run: bool, calls_days: int | None, tickets_days: int | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Delete what is due, or say what is."""
    kept, now = settings.retention, time.time()
    keep = RetentionSettings(
        calls_days=kept.calls_days if calls_days is None else calls_days,
        tickets_days=kept.tickets_days if tickets_days is None else tickets_days,
    )

    async def work(store: Store) -> Purged:
        retention = Retention(store, AuditLog(settings.audit_file, SystemClock()), ZoneInfo(settings.time_zone))
        return await (retention.due(keep, now) if dry_run else retention.purge(keep, now, by or user()))

    try:
        purged = stored.read(settings, work)
    except OSError as error:
        show.fail(f"{settings.audit_file} cannot be written, so nothing is deleted: {error.strerror}", show.EXIT_FAILED)
    _tell(purged, keep, dry_run=dry_run, as_json=as_json)


def _tell(purged: Purged, keep: RetentionSettings, *, dry_run: bool, as_json: bool) -> None:
    kept = {why.value: count for why, count in sorted(purged.kept.items())}
    if as_json:
        show.give_json({
            "dry_run": dry_run, "calls_days": keep.calls_days, "tickets_days": keep.tickets_days,
            "calls": purged.calls, "tickets": purged.tickets, "kept": kept,
        })  # fmt: skip
        return
    if not keep.calls_days and not keep.tickets_days:
        show.console().print("Everything is kept for ever: the settings say so (retention.calls_days, tickets_days).")
        return
    done = "to be deleted" if dry_run else "deleted"
    show.facts([
        (f"calls {done}", f"{len(purged.calls):,}"), (f"closed tickets {done}", f"{len(purged.tickets):,}"),
        ("old, but have to stay", "\n".join(f"{count:,}: {why}" for why, count in kept.items()) or "0"),
    ])  # fmt: skip
