"""Paths are safe whatever the identity; retention deletes exactly what is old enough."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.identity import CallId
from recorder import RecordingFolder, purge
from recorder.files import safe_name

NOON = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC).timestamp()
DAY_S = 86_400.0


@pytest.fixture
def folder(tmp_path: Path) -> RecordingFolder:
    return RecordingFolder(tmp_path / "recordings", UTC)


def test_a_recording_lies_in_its_day_under_its_call_and_time(folder: RecordingFolder) -> None:
    talk, message = folder.new_talk(CallId("n1-1763.42"), NOON), folder.new_message(CallId("n1-1763.42"), NOON)
    assert talk.relative == "2026/11/23/n1-1763.42-120000250.wav"
    assert message.relative == "2026/11/23/n1-1763.42-120000250-message.wav"
    assert talk.absolute.parent.is_dir()
    assert folder.absolute(talk.relative) == talk.absolute
    assert folder.relative(talk.absolute) == talk.relative


def test_two_talks_of_one_call_have_two_files(folder: RecordingFolder) -> None:
    assert folder.new_talk(CallId("a"), NOON).relative != folder.new_talk(CallId("a"), NOON + 0.001).relative


@given(st.text(max_size=300))
def test_any_identity_becomes_one_harmless_name(identity: str) -> None:
    name = safe_name(identity)
    assert 0 < len(name) <= 100
    assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    assert ".." not in name
    assert not name.startswith((".", "-"))


@given(st.text(max_size=120), st.text(max_size=120))
def test_different_identities_keep_different_names(one: str, other: str) -> None:
    assert (safe_name(one) == safe_name(other)) == (one == other)


def test_a_file_elsewhere_has_no_relative_path(folder: RecordingFolder, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        folder.relative(tmp_path / "other.wav")
    with pytest.raises(ValueError):
        folder.relative(folder.root / ".." / "other.wav")


def recorded(folder: RecordingFolder, days_ago: int, name: str) -> Path:
    path = folder.new_talk(CallId(name), NOON - days_ago * DAY_S).absolute
    path.write_bytes(b"x" * 10)
    return path


def test_a_dry_run_lists_what_would_go_and_touches_nothing(folder: RecordingFolder) -> None:
    old, edge, new = recorded(folder, 31, "old"), recorded(folder, 30, "edge"), recorded(folder, 0, "new")
    (found,) = purge(folder, older_than_days=30, now=NOON, dry_run=True)
    assert (found.path, found.size, found.age_days) == (folder.relative(old), 10, 31)
    assert old.exists()
    assert edge.exists()
    assert new.exists()


def test_purging_deletes_old_recordings_and_emptied_folders_and_keeps_what_is_held(folder: RecordingFolder) -> None:
    old, held = recorded(folder, 40, "old"), recorded(folder, 35, "held")
    found = purge(folder, older_than_days=30, now=NOON, dry_run=False, keep=lambda path: "held" in path)
    assert [item.path for item in found] == [folder.relative(old)]
    assert not old.parent.exists()
    assert held.exists()
    assert folder.root.exists()


def test_purging_touches_nothing_that_is_not_a_recording(folder: RecordingFolder, tmp_path: Path) -> None:
    old = recorded(folder, 400, "old")
    note = old.with_suffix(".txt")
    note.write_text("mine")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.wav").write_bytes(b"x")
    (folder.root / "2020" / "01").mkdir(parents=True)
    (folder.root / "2020" / "01" / "01").symlink_to(outside)
    link = old.with_name("link.wav")
    link.symlink_to(outside / "a.wav")
    found = purge(folder, older_than_days=30, now=NOON, dry_run=False)
    assert [item.path for item in found] == [folder.relative(old)]
    assert note.exists()
    assert (outside / "a.wav").exists()


def test_a_negative_age_is_refused(folder: RecordingFolder) -> None:
    with pytest.raises(ValueError, match="negative"):
        purge(folder, older_than_days=-1, now=NOON, dry_run=True)
