"""The recorder's parts, made as the settings say; for the service, and for commands that work without it."""

from typing import Any
from zoneinfo import ZoneInfo

from calls import Clock
from hotline.settings import Settings
from recorder import Keys, RecordingFolder, Storage
from recorder.disk import DiskGuard
from recorder.encoding import SUFFIXES
from recorder.retention import KeepFor
from recorder.sealing import SEALED


def folder_of(settings: Settings) -> RecordingFolder:
    """Return the folder in which recordings are made."""
    chosen = settings.recordings
    suffix = SUFFIXES[chosen.compression] + (SEALED if chosen.keys_file is not None else "")
    return RecordingFolder(settings.recordings_dir, ZoneInfo(settings.time_zone), suffix)


def storage_of(settings: Settings) -> Storage:
    """Return where they are kept; raises ``StorageError``."""
    chosen = settings.recordings
    options: dict[str, Any] = {}
    if chosen.storage_endpoint:
        options["endpoint_url"] = chosen.storage_endpoint
    if chosen.storage_key:
        options["key"] = chosen.storage_key
    if chosen.storage_secret is not None:
        options["secret"] = chosen.storage_secret.get_secret_value()
    return Storage(chosen.storage or str(settings.recordings_dir.absolute()), options)


def keys_of(settings: Settings) -> Keys | None:
    """Return the keys that recordings are sealed with, None when they are not; raises ``SealError``."""
    file = settings.recordings.keys_file
    return None if file is None else Keys.load(file)


def keep_of(settings: Settings) -> KeepFor:
    """Return for how long recordings are kept."""
    return KeepFor(settings.recordings.keep_talks_days, settings.recordings.keep_messages_days)


def disk_guard(settings: Settings, clock: Clock) -> DiskGuard:
    """Return who watches the disk on which talks are recorded."""
    chosen = settings.recordings
    return DiskGuard(
        settings.recordings_dir.absolute(), clock, warn_mb=chosen.warn_free_mb, full_mb=chosen.keep_free_mb
    )
