"""``hotline recordings verify``, ``purge``, ``hold`` and ``release``."""

import time
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from hotline.cli import recordings, show, stored
from hotline.cli.supervise import user
from hotline.purging import Purged, Purger
from hotline.recording_parts import folder_of, keep_of, keys_of, storage_of
from hotline.settings import Settings
from recorder import SealError, StorageError
from recorder.retention import KeepFor
from recorder.verifying import Finding, strays
from recorder.verifying import verify as verified
from tickets import RecordingHold, RecordingStore, Store, WantedRecordings

_SETTLED_S = 3600.0  # a capture that nobody has written for so long belongs to no call that runs


def verify(settings: Settings, *, call: str | None, since: str | None, until: str | None, as_json: bool) -> None:
    """Check recordings; leave with 1 when something is wrong."""
    wanted = recordings.wanted(settings, call=call, since=since, until=until, deleted=None)
    some = call is not None or since is not None or until is not None
    found = recordings.asked(settings, lambda books: books.find(wanted))
    try:
        storage = storage_of(settings)
        wrong = list(verified(found, storage, keys_of(settings)))
        if not some:
            wrong += strays(found, storage, folder_of(settings), older_than=time.time() - _SETTLED_S)
    except (StorageError, SealError) as error:
        show.fail(str(error), show.EXIT_FAILED)
    checked = sum(1 for one in found if one.deleted_at is None and one.stored_at is not None and one.size)
    _show_findings(wrong, checked, as_json=as_json)
    if wrong:
        raise SystemExit(show.EXIT_FAILED)


def purge(
    settings: Settings, *, dry_run: bool, talks_days: int | None, messages_days: int | None, as_json: bool
) -> None:
    """Delete what is due, or say what is; leave with 1 when a file could not be deleted."""
    kept = keep_of(settings)
    keep = KeepFor(
        kept.talks_days if talks_days is None else talks_days,
        kept.messages_days if messages_days is None else messages_days,
    )
    zone, now = ZoneInfo(settings.time_zone), time.time()

    async def work(store: Store) -> tuple[list[Purged], Sequence[str]]:
        purger = Purger(RecordingStore(store), storage_of(settings), zone)
        if dry_run:
            return await purger.due(keep, now), ()
        return await purger.purge(keep, now, user()), await purger.left_behind()

    try:
        purged, left = stored.read(settings, work)
    except StorageError as error:
        show.fail(str(error), show.EXIT_FAILED)
    failed = [one for one in purged if one.error]
    if as_json:
        show.give_json({
            "dry_run": dry_run, "talks_days": keep.talks_days, "messages_days": keep.messages_days,
            "left_behind": list(left),
            "recordings": [
                {**one.recording.model_dump(mode="json"), "age_days": one.age_days, "error": one.error}
                for one in purged
            ],
        })  # fmt: skip
    else:
        title = "Would be deleted" if dry_run else "Deleted"
        rows = [(one.recording.path, one.recording.kind, one.age_days, one.recording.size, one.error) for one in purged]
        show.table(title, ("recording", "kind", "days old", "bytes", "not deleted"), rows, empty=_nothing_due(keep))
    if failed:
        raise SystemExit(show.EXIT_FAILED)


def hold(settings: Settings, call: str, reason: str, *, as_json: bool) -> None:
    """Put a call's recordings on legal hold."""
    if stored.read(settings, lambda store: _known(store, call)) is False:
        show.fail(f"there is no call {call}; `hotline calls` lists the latest", show.EXIT_FAILED)
    order = RecordingHold(call_id=call, since=time.time(), by=user(), reason=reason)
    new = recordings.asked(settings, lambda books: books.hold(order))
    _answer(call, held=True, changed=new, as_json=as_json)


def release(settings: Settings, call: str, reason: str, *, as_json: bool) -> None:
    """End a legal hold; leave with 1 when there was none."""
    gone = recordings.asked(settings, lambda books: books.release(call, time.time(), user(), reason))
    if not gone:
        show.fail(f"the call {call} is not on hold", show.EXIT_FAILED)
    _answer(call, held=False, changed=True, as_json=as_json)


async def _known(store: Store, call: str) -> bool:
    from tickets import Reader  # noqa: PLC0415 - only here

    if await Reader(store).call(call) is not None:
        return True
    return bool(await RecordingStore(store).find(WantedRecordings(call=call, deleted=None)))


def _answer(call: str, *, held: bool, changed: bool, as_json: bool) -> None:
    if as_json:
        show.give_json({"call": call, "held": held, "changed": changed})
        return
    words = "is on hold" if held else "is no longer on hold"
    show.console().print(f"{call} {words}{'' if changed else ' already'}", markup=False)


def _show_findings(wrong: list[Finding], checked: int, *, as_json: bool) -> None:
    if as_json:
        findings = [{"fault": one.fault.value, "path": one.path, "call": one.call, "detail": one.detail}
                    for one in wrong]  # fmt: skip
        show.give_json({"checked": checked, "ok": not wrong, "findings": findings})
        return
    rows = [(one.fault.value, one.call, one.path, one.detail) for one in wrong]
    show.table("", ("fault", "call", "file", "what"), rows, empty=f"{checked} recordings are as they were stored.")


def _nothing_due(keep: KeepFor) -> str:
    if not keep.bounds():
        return "Nothing is ever deleted: recordings.keep_talks_days and keep_messages_days are 0."
    return "Nothing is old enough."
