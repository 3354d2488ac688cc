"""``hotline purge``: calls, closed tickets and agents' times that are older than they may be."""

import time
from collections.abc import Mapping
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
    settings: Settings, days: Mapping[str, int | None], by: str | None, *, dry_run: bool, as_json: bool
) -> None:  # fmt: skip
    """Delete what is due, or say what is. ``days``: instead of the settings of these names, where not None."""
    now = time.time()
    keep = settings.retention.model_copy(update={name: given for name, given in days.items() if given is not None})

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
            "dry_run": dry_run, **keep.model_dump(),
            "calls": purged.calls, "tickets": purged.tickets, "agent_changes": purged.agent_changes, "kept": kept,
        })  # fmt: skip
        return
    if not any(keep.model_dump().values()):
        names = ", ".join(RetentionSettings.model_fields)
        show.console().print(f"Everything is kept for ever: the settings say so (retention: {names}).")
        return
    done = "to be deleted" if dry_run else "deleted"
    show.facts([
        (f"calls {done}", f"{len(purged.calls):,}"), (f"closed tickets {done}", f"{len(purged.tickets):,}"),
        (f"changes of agents' states {done}", f"{purged.agent_changes:,}"),
        ("old, but have to stay", "\n".join(f"{count:,}: {why}" for why, count in kept.items()) or "0"),
    ])  # fmt: skip
