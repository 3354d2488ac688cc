"""Recordings are put in place at once, the former ones are kept, and a changed text makes them stale."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from calls import Language
from ivr.speech import Item, Match, RecordingFiles
from ivr.speech.audio import load

ZH = Language.ZH
HELLO = Item("hello", ZH, "您好")


@pytest.fixture
def files(tmp_path: Path) -> RecordingFiles:
    return RecordingFiles(tmp_path)


def put(files: RecordingFiles, item: Item = HELLO, frequency: int = 440, name: str = "") -> Path:
    samples = (0.1 * np.sin(2 * np.pi * frequency * np.arange(8000) / 8000)).astype(np.float32)
    return files.put(name or item.name, [item], samples, 8000, "file hello.flac")


def frequency(path: Path | None) -> int:
    assert path is not None
    samples, rate = load(path)
    return int(np.argmax(np.abs(np.fft.rfft(samples))) * rate / len(samples))


def test_a_recording_is_fresh_until_its_text_changes(files: RecordingFiles) -> None:
    path = put(files)
    assert files.find("hello", ZH) == path
    assert files.match(path, HELLO) is Match.FRESH
    assert files.match(path, HELLO._replace(text=" 您好\n")) is Match.FRESH
    assert files.match(path, HELLO._replace(text="您好！")) is Match.STALE
    note = files.note(path)
    assert note is not None
    assert note.source == "file hello.flac"


def test_it_can_be_confirmed_that_a_recording_still_says_its_text(files: RecordingFiles) -> None:
    path = put(files)
    changed = HELLO._replace(text="您好！")
    assert files.confirm(changed)
    assert files.match(path, changed) is Match.FRESH
    assert not files.confirm(Item("other", ZH, "再见"))


def test_a_file_put_there_by_hand_is_known_from_when_it_is_first_seen(files: RecordingFiles, tmp_path: Path) -> None:
    path = tmp_path / "zh" / "hello.wav"
    path.parent.mkdir()
    soundfile.write(path, np.zeros(800), 8000)
    assert files.match(path, HELLO) is Match.UNKNOWN
    files.seen(path, HELLO)
    files.seen(path, HELLO._replace(text="又一次"))
    assert files.match(path, HELLO) is Match.FRESH
    assert files.match(path, HELLO._replace(text="又一次")) is Match.STALE
    soundfile.write(path, np.zeros(900), 8000)  # another file in its place is another recording
    files.seen(path, HELLO._replace(text="又一次"))
    assert files.match(path, HELLO._replace(text="又一次")) is Match.FRESH


def test_former_recordings_come_back_and_restoring_twice_changes_nothing(files: RecordingFiles) -> None:
    put(files, frequency=440)
    put(files, HELLO._replace(text="您好！"), frequency=880)
    assert frequency(files.find("hello", ZH)) == 880
    path = files.restore("hello", ZH)
    assert path is not None
    assert frequency(path) == 440
    assert files.match(path, HELLO) is Match.FRESH  # its own note came back with it
    assert frequency(files.restore("hello", ZH)) == 880


def test_the_voice_comes_back_when_there_is_no_former_one_or_when_it_is_asked_for(files: RecordingFiles) -> None:
    put(files)
    assert files.restore("hello", ZH) is None
    assert files.find("hello", ZH) is None
    assert frequency(files.restore("hello", ZH)) == 440
    assert files.restore("hello", ZH, voice=True) is None
    with pytest.raises(LookupError, match="no recording"):
        files.restore("hello", ZH, voice=True)
    with pytest.raises(LookupError, match="former"):
        files.restore("never", ZH)


def test_only_the_latest_former_ones_are_kept_each_under_its_own_name(files: RecordingFiles) -> None:
    for at in range(9):
        put(files, frequency=100 + 100 * at)
        put(files, Item("hello.1", ZH, "您"), frequency=3000)
    path = files.find("hello", ZH)
    assert path is not None
    assert [frequency(former) for former in files.formers(path)] == [400, 500, 600, 700, 800]


def test_a_flows_own_recording_goes_before_that_of_all_flows(files: RecordingFiles) -> None:
    shared = put(files)
    own = put(files, Item("water:hello", ZH, "水"))
    assert files.find("water:hello", ZH) == own
    assert files.find("gas:hello", ZH) == shared
    assert files.find("hello", ZH) == shared


def test_a_note_that_is_scribble_counts_for_nothing(files: RecordingFiles) -> None:
    path = put(files)
    for scribble in ("", "{", "[]", '{"audio": 1}', "\x00"):
        path.with_suffix(".json").write_text(scribble)
        assert files.note(path) is None


def test_names_that_are_no_files_are_refused(files: RecordingFiles) -> None:
    for name in ("../x", "a/../../x", "", "/etc/x", "a\nb"):
        assert files.find(name, ZH) is None
        with pytest.raises(ValueError, match="cannot be called"):
            files.place(name, ZH)
