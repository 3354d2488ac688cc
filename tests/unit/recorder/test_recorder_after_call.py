"""Finished recordings are measured and told of once, whatever state their files are in."""

import asyncio
import hashlib
import os
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from calls.clock import SystemClock
from calls.identity import CallId
from calls.recording_events import RecordingStored
from calls.timeline import Event, MemoryTimeline
from recorder import Finisher, Recorder, RecordingFolder, Storage
from recorder.capture import Capture, look
from simulator.media.sounds import tone

CALL = CallId("n1-1.1")


def write_wav(path: Path, seconds: float, rate: int = 8000) -> None:
    media = b"\1\2" * int(seconds * rate)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav_head(len(media)) + media)


def wav_head(declared: int, rate: int = 8000) -> bytes:
    fmt = struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + declared)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + fmt
        + b"data"
        + struct.pack("<I", declared)
    )


class TellingTimeline(MemoryTimeline):
    """Says when it was told something."""

    def __init__(self) -> None:
        super().__init__()
        self.told = asyncio.Event()

    def append(self, event: Event) -> None:
        super().append(event)
        self.told.set()


@dataclass
class Bench:
    folder: RecordingFolder
    timeline: TellingTimeline
    recorder: Recorder

    @property
    def stored(self) -> list[RecordingStored]:
        return [event for event in self.timeline.events if isinstance(event, RecordingStored)]

    async def drain(self) -> None:
        async with asyncio.timeout(5):
            await self.recorder.drain()


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def build(**options: float) -> Bench:
        folder, timeline = RecordingFolder(tmp_path), TellingTimeline()
        settings = {"look_every_s": 0.01, "settle_s": 0.03, "deadline_s": 0.15, **options}
        finisher = Finisher(folder, Storage(str(tmp_path)))
        recorder = Recorder(folder, finisher, timeline, SystemClock(), **settings)  # type: ignore[arg-type]
        made.append(Bench(folder, timeline, recorder))
        return made[-1]

    yield build
    for bench in made:
        await bench.recorder.close(grace_s=0.1)


@pytest.fixture
async def bench(make: Callable[..., Bench]) -> Bench:
    bench = make()
    await bench.recorder.start()
    return bench


async def test_a_complete_file_is_measured_from_its_media_and_hashed(bench: Bench) -> None:
    path = bench.folder.new_message(CALL, 1_700_000_000.0)
    write_wav(path.absolute, 2.5)
    bench.recorder.talk_ended(CALL, path.relative)
    await bench.drain()
    (stored,) = bench.stored
    data = bench.folder.absolute(path.relative).read_bytes()
    assert (stored.call, stored.path, stored.duration_s, stored.size) == (CALL, path.relative, 2.5, len(data))
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert not path.absolute.exists(), "the capture is left behind"


async def test_a_talk_is_kept_as_stereo_with_the_caller_on_the_left(bench: Bench) -> None:
    path = bench.folder.new_talk(CALL, 0.0)
    left, right = tone(440, 2.0), tone(1000, 2.0)
    path.absolute.write_bytes(np.stack([left, right], axis=1).astype("<i2").tobytes())
    bench.recorder.talk_ended(CALL, path.relative)
    await bench.drain()
    samples, rate = soundfile.read(bench.folder.absolute(path.relative), dtype="int16")
    assert rate == 8000
    assert np.array_equal(samples[:, 0], left)
    assert np.array_equal(samples[:, 1], right)
    (stored,) = bench.stored
    assert (stored.duration_s, stored.flags) == (2.0, [])


async def test_a_file_still_being_written_is_waited_for(make: Callable[..., Bench]) -> None:
    bench = make(deadline_s=5.0)
    await bench.recorder.start()
    path = bench.folder.new_message(CALL, 0.0)
    bench.recorder.talk_ended(CALL, path.relative)
    await asyncio.sleep(0.03)
    with path.absolute.open("wb") as file:
        file.write(wav_head(0) + bytes(8000))
        file.flush()
        await asyncio.sleep(0.1)
        assert bench.stored == []
        file.write(bytes(8000))
        file.seek(0)
        file.write(wav_head(16000))
    await bench.drain()
    (stored,) = bench.stored
    assert stored.duration_s == 1.0


async def test_a_file_that_stands_still_is_not_looked_at_over_and_over(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Path] = []

    def counted(path: Path) -> Capture | None:
        looks.append(path)
        return look(path)

    monkeypatch.setattr("recorder.after_call.look", counted)
    bench = make(settle_s=0.5)
    await bench.recorder.start()
    path = bench.folder.new_message(CALL, 0.0)
    write_wav(path.absolute, 1.0)
    bench.recorder.talk_ended(CALL, path.relative)
    await bench.drain()
    assert len(bench.stored) == 1
    assert len(looks) <= 5, "first sight, stands, settled, and perhaps a clock's tick too soon"


async def test_a_file_that_was_never_closed_is_taken_as_it_is_when_it_stops_growing(bench: Bench) -> None:
    path = bench.folder.new_message(CALL, 0.0)
    path.absolute.write_bytes(wav_head(0) + bytes(24000))
    bench.recorder.talk_ended(CALL, path.relative)
    await bench.drain()
    (stored,) = bench.stored
    assert (stored.duration_s, stored.size, stored.flags) == (1.5, 24044, ["unfinished"])
    assert bench.recorder.health.stored == 1


@pytest.mark.parametrize("content", [b"", b"RIFF", wav_head(0), b"no sound at all, but long enough to be something"])
async def test_a_file_without_sound_is_told_with_no_length(bench: Bench, content: bytes) -> None:
    path = bench.folder.new_message(CALL, 0.0)
    path.absolute.write_bytes(content)
    bench.recorder.talk_ended(CALL, path.relative)
    await bench.drain()
    (stored,) = bench.stored
    assert (stored.duration_s, stored.flags) == (0.0, ["empty", "unfinished"])
    assert bench.recorder.health.missing == 1


async def test_a_missing_file_is_told_with_no_size_and_no_checksum(bench: Bench) -> None:
    bench.recorder.message_left(CALL, "2026/11/23/nothing-120000000-message.wav")
    await bench.drain()
    (stored,) = bench.stored
    assert (stored.duration_s, stored.size, stored.sha256, stored.flags) == (0.0, 0, "", ["missing"])
    assert bench.recorder.health.missing == 1


async def test_a_recording_told_of_twice_is_stored_once(bench: Bench) -> None:
    path = bench.folder.new_message(CALL, 0.0)
    write_wav(path.absolute, 0.1)
    bench.recorder.talk_ended(CALL, path.relative)
    bench.recorder.talk_ended(CALL, path.relative)
    await bench.drain()
    bench.recorder.talk_ended(CALL, path.relative)
    await bench.drain()
    assert len(bench.stored) == 1


async def test_missing_files_do_not_keep_others_waiting(make: Callable[..., Bench]) -> None:
    bench = make(workers=2, deadline_s=30.0)
    await bench.recorder.start()
    for n in range(20):
        bench.recorder.talk_ended(CALL, f"2026/11/23/missing-{n}.wav")
    path = bench.folder.new_message(CALL, 0.0)
    write_wav(path.absolute, 0.1)
    bench.recorder.talk_ended(CALL, path.relative)
    async with asyncio.timeout(3):
        await bench.timeline.told.wait()
        while bench.recorder.health.waiting == 21:  # noqa: ASYNC110 - a figure wakes nobody
            await asyncio.sleep(0.01)
    assert bench.stored[0].path == path.relative
    assert bench.recorder.health.waiting == 20


@dataclass(frozen=True)
class Begun:
    call: CallId
    path: str
    call_ended: bool


async def test_work_cut_short_by_a_crash_is_done_at_the_next_start_and_running_calls_are_left_alone(
    make: Callable[..., Bench],
) -> None:
    bench = make()
    done, running = bench.folder.new_message(CALL, 0.0), bench.folder.new_message(CallId("n1-1.2"), 0.0)
    write_wav(done.absolute, 0.5)
    write_wav(running.absolute, 0.5)
    await bench.recorder.start([Begun(CALL, done.relative, True), Begun(CallId("n1-1.2"), running.relative, False)])
    await bench.drain()
    assert [stored.path for stored in bench.stored] == [done.relative]
    bench.recorder.talk_ended(CallId("n1-1.2"), running.relative)
    await bench.drain()
    assert len(bench.stored) == 2


async def test_closing_leaves_what_is_not_done_to_the_next_start(make: Callable[..., Bench]) -> None:
    bench = make(deadline_s=60.0)
    await bench.recorder.start()
    bench.recorder.talk_ended(CALL, "2026/11/23/late.wav")
    async with asyncio.timeout(2):
        await bench.recorder.close(grace_s=0.05)
    assert bench.stored == []


@pytest.mark.parametrize("path", ["../secret.wav", "/etc/passwd", "a/../../b.wav", "", "a\0b", "a\\..\\b"])
async def test_a_path_outside_of_the_folder_is_refused(bench: Bench, path: str) -> None:
    bench.recorder.talk_ended(CALL, path)
    await bench.drain()
    assert bench.timeline.events == []
    assert bench.recorder.health.failed == 1


async def test_while_the_store_is_away_a_recording_waits_as_it_was_made_and_is_stored_when_it_is_back(
    tmp_path: Path,
) -> None:
    store = tmp_path / "store"
    store.write_text("a file where a folder should be: nothing can be stored")
    folder, timeline = RecordingFolder(tmp_path / "recordings"), TellingTimeline()
    recorder = Recorder(
        folder, Finisher(folder, Storage(str(store))), timeline, SystemClock(), look_every_s=0.01, settle_s=0.01
    )
    async with recorder:
        path = folder.new_message(CALL, 0.0)
        write_wav(path.absolute, 1.0)
        recorder.talk_ended(CALL, path.relative)
        async with asyncio.timeout(5):
            while recorder.health.failed < 2:  # noqa: ASYNC110 - a figure wakes nobody
                await asyncio.sleep(0.01)
        assert timeline.events == []
        assert path.absolute.exists()
        store.unlink()
        async with asyncio.timeout(5):
            await recorder.drain()
    (stored,) = timeline.events
    assert isinstance(stored, RecordingStored)
    assert stored.duration_s == 1.0
    assert (store / path.relative).stat().st_size == stored.size


async def test_what_stood_still_before_it_was_taken_into_care_is_not_taken_for_complete(
    make: Callable[..., Bench],
) -> None:
    bench = make(settle_s=0.3, deadline_s=5.0)
    await bench.recorder.start()
    path = bench.folder.new_talk(CALL, 0.0)
    path.absolute.write_bytes(bytes(32_000))
    os.utime(path.absolute, (1_700_000_000, 1_700_000_000))
    bench.recorder.talk_ended(CALL, path.relative)
    await asyncio.sleep(0.1)
    with path.absolute.open("ab") as file:  # what Asterisk held back until its end
        file.write(bytes(32_000))
    await bench.drain()
    (stored,) = bench.stored
    assert stored.duration_s == 2.0


async def test_recordings_go_on_being_finished_while_the_books_take_their_time(tmp_path: Path) -> None:
    books, timeline, folder = asyncio.Event(), TellingTimeline(), RecordingFolder(tmp_path)
    recorder = Recorder(
        folder, Finisher(folder, Storage(str(tmp_path))), timeline, SystemClock(), safe=_until(books), workers=1,
        look_every_s=0.01, settle_s=0.01,
    )  # fmt: skip
    paths = [folder.new_message(CallId(f"n1-1.{n}"), 0.0) for n in range(5)]
    async with recorder:
        for n, path in enumerate(paths):
            write_wav(path.absolute, 0.5)
            recorder.talk_ended(CallId(f"n1-1.{n}"), path.relative)
        async with asyncio.timeout(5):
            while len(timeline.events) < len(paths):
                timeline.told.clear()
                await timeline.told.wait()
        assert all(path.absolute.exists() for path in paths), "the books do not have them for good"
        assert recorder.health.waiting == len(paths)
        books.set()
        async with asyncio.timeout(5):
            await recorder.drain()
    assert not any(path.absolute.exists() for path in paths)


def _until(books: asyncio.Event) -> Callable[[], Awaitable[None]]:
    async def safe() -> None:
        await books.wait()

    return safe
