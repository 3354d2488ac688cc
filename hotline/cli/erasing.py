"""``hotline erase-caller``: what identifies a caller goes; who asked for it, and how much it was, is kept."""

import asyncio
import re
import time
from collections.abc import Iterable
from dataclasses import asdict
from zoneinfo import ZoneInfo

from calls import SystemClock, mask_number
from hotline.audit import AuditLog
from hotline.cli import show, stored
from hotline.cli.supervise import user
from hotline.purging import Purger
from hotline.recording_parts import storage_of
from hotline.settings import Settings
from recorder import StorageError
from recorder.beside import BESIDE
from tickets import RecordingStore, RecordingUse, Store
from tickets.erasing import Erased, erase_caller

_NUMBER = re.compile(r"\+?[0-9]{3,20}")


def erase(settings: Settings, number: str, reason: str, by: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Erase a caller, or say what would be erased; leave with 1 when something had to stay."""
    if not _NUMBER.fullmatch(number):
        show.fail(f"{number!r} is no telephone number: write it as `hotline tickets --json` does", show.EXIT_MISTAKE)
    if not dry_run and not reason.strip():
        show.fail("--reason: say why; it is kept in the audit log", show.EXIT_MISTAKE)
    who, now = by or user(), time.time()
    try:
        if not dry_run:
            log = AuditLog(settings.audit_file, SystemClock())
            log.note("erase-caller", by=who, caller=mask_number(number), reason=reason)
        found = stored.read(settings, lambda store: _erase(settings, store, number, who, now, dry_run=dry_run))
    except OSError as error:
        show.fail(f"{settings.audit_file} cannot be written, so nothing is erased: {error.strerror}", show.EXIT_FAILED)
    _tell(found, dry_run=dry_run, as_json=as_json)
    if found.kept:
        raise SystemExit(show.EXIT_FAILED)


async def _erase(settings: Settings, store: Store, number: str, who: str, now: float, *, dry_run: bool) -> Erased:
    found = await erase_caller(store, number, now, trial=True)
    if dry_run:
        return found
    books, gone = RecordingStore(store), []
    for call, path in found.recordings:  # first the files: a number that is gone leads to none of them
        use = RecordingUse(at=now, by=who, action="delete", call_id=call, path=path, detail="the caller was erased")
        if await books.may_delete(use):
            gone.append(path)
    left = await _delete(settings, books, gone)
    done = await erase_caller(store, number, now)
    done.recordings = found.recordings
    done.kept += left
    return done


async def _delete(settings: Settings, books: RecordingStore, paths: Iterable[str]) -> list[str]:
    """Delete the files, and those that an earlier run could not delete; return in words what is still there."""
    failed: dict[str, str] = {}
    try:
        storage = storage_of(settings)
        for path in paths:
            try:
                for key in (path + BESIDE, path):
                    await asyncio.to_thread(storage.delete, key)
            except StorageError as error:
                failed[path] = f"recording {path}: its file is still there ({error})"
        for path in await Purger(books, storage, ZoneInfo(settings.time_zone)).left_behind():
            failed.pop(path, None)
    except StorageError as error:
        failed[""] = f"files of deleted recordings: {error}; run this again, or hotline recordings purge"
    return list(failed.values())


def _tell(found: Erased, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        show.give_json({"dry_run": dry_run, **asdict(found), "recordings": [path for _, path in found.recordings]})
        return
    show.facts([
        ("would be erased" if dry_run else "erased", ""), ("calls", str(len(found.calls))),
        ("tickets", ", ".join(found.tickets) or "0"),
        ("others' tickets that tell the number", ", ".join(found.mentions) or "0"), ("callbacks", str(found.callbacks)),
        ("recordings", str(len(found.recordings))), ("had to stay", "\n".join(found.kept)),
    ])  # fmt: skip
