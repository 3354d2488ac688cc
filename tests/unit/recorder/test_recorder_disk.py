"""A disk that fills up is told of at each limit, once."""

from pathlib import Path

from structlog.testing import capture_logs

from calls import ManualClock
from recorder.disk import DiskGuard, DiskLevel, free_bytes

MB = 1_000_000


def test_levels_follow_what_is_free_and_changes_are_logged_once(tmp_path: Path) -> None:
    clock, free = ManualClock(), [2000 * MB]
    guard = DiskGuard(tmp_path, clock, warn_mb=1000, full_mb=100, free=lambda _: free[0])
    levels = []
    with capture_logs() as logs:
        for megabytes in (2000, 999, 998, 99, 98, 100, 1000):
            free[0] = megabytes * MB
            clock.advance(2)
            levels.append(guard.level())
    fine, low, full = DiskLevel
    assert levels == [fine, low, low, full, full, low, fine]
    told = [(line["log_level"], line["event"]) for line in logs]
    assert told == [
        ("warning", "recording_disk_low"), ("error", "recording_disk_full"), ("warning", "recording_disk_low"),
        ("info", "recording_disk_fine"),
    ]  # fmt: skip


def test_a_disk_that_cannot_be_asked_counts_as_full(tmp_path: Path) -> None:
    def gone(_: Path) -> int:
        raise OSError("input/output error")

    assert DiskGuard(tmp_path, ManualClock(), warn_mb=2, full_mb=1, free=gone).level() is DiskLevel.FULL


def test_a_folder_that_is_not_there_yet_has_its_parents_disk(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "not" / "yet") > 0
