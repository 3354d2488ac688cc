"""Paths are safe whatever the identity, and each recording's capture has one place."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.identity import CallId
from recorder import RecordingFolder
from recorder.files import Kind, kind_of, safe_name

NOON = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC).timestamp()


@pytest.fixture
def folder(tmp_path: Path) -> RecordingFolder:
    return RecordingFolder(tmp_path / "recordings", UTC)


def test_a_recording_lies_in_its_day_under_its_call_and_time(folder: RecordingFolder) -> None:
    talk, message = folder.new_talk(CallId("n1-1763.42"), NOON), folder.new_message(CallId("n1-1763.42"), NOON)
    assert talk.relative == "2026/11/23/n1-1763.42-120000250.wav"
    assert message.relative == "2026/11/23/n1-1763.42-120000250-message.wav"
    assert talk.absolute.parent.is_dir()
    assert talk.absolute == folder.root / "capture/2026/11/23/n1-1763.42-120000250.raw"
    assert message.absolute == folder.root / "capture/2026/11/23/n1-1763.42-120000250-message.wav"


@pytest.mark.parametrize("suffix", [".wav", ".opus", ".mp3", ".wav.sealed", ".opus.sealed"])
def test_the_capture_of_a_recording_is_found_by_its_name_however_it_is_kept(tmp_path: Path, suffix: str) -> None:
    folder = RecordingFolder(tmp_path, UTC, suffix)
    for call in ("a1-1763.42", "x.raw", "n-message.wav", "n-consult", "../../etc", "1.2.3-message"):
        talk, message = folder.new_talk(CallId(call), NOON), folder.new_message(CallId(call), NOON)
        assert (folder.capture(talk.relative), talk.absolute.suffix) == (talk.absolute, ".raw")
        assert (folder.capture(message.relative), message.absolute.suffix) == (message.absolute, ".wav")
        consult = folder.new_consult(CallId(call), NOON)
        assert (folder.capture(consult.relative), consult.absolute.suffix) == (consult.absolute, ".raw")
        assert [kind_of(path.relative) for path in (talk, consult, message)] == [Kind.TALK, Kind.CONSULT, Kind.MESSAGE]
        assert talk.relative.endswith(suffix)
        assert [folder.relative(path.absolute) for path in (talk, message)] == [talk.relative, message.relative]


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


@pytest.mark.parametrize("path", ["../secret.wav", "/etc/passwd", "a/../../b.wav", "", "a\0b", "a\\..\\b"])
def test_a_path_outside_of_the_folder_is_refused(folder: RecordingFolder, path: str) -> None:
    for look_up in (folder.absolute, folder.capture):
        with pytest.raises(ValueError):
            look_up(path)


def test_a_file_elsewhere_is_no_recording(folder: RecordingFolder, tmp_path: Path) -> None:
    for path in (tmp_path / "other.wav", folder.captures / ".." / ".." / "other.wav"):
        with pytest.raises(ValueError):
            folder.relative(path)
