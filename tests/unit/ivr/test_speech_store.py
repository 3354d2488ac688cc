"""The prompt store: cached by content, recordings first, work bounded, failures reported and never raised."""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from calls import Language
from ivr.speech import DEFAULT_VOICES, Item, PromptStore, Pyttsx3Engine, SpeechFailed, audio
from ivr.speech.loudness import PEAK_LIMIT_DBFS, TARGET_DBFS, active_level, true_peak
from ivr.speech.normalise import expected_seconds

ZH, EN = Language.ZH, Language.EN


class ToneEngine:
    """Speaks in tones of a plausible length; counts what it is asked."""

    def __init__(self, version: str = "1", delay_s: float = 0.0) -> None:
        self.version = version
        self.delay_s = delay_s
        self.spoken: list[str] = []
        self.broken: set[str] = set()
        self.truncated: set[str] = set()
        self.busy = self.busiest = 0

    def identity(self, language: Language) -> str:
        return f"tone/{self.version}/{language.value}"

    async def speak(self, text: str, language: Language, out: Path) -> None:
        self.spoken.append(text)
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await asyncio.sleep(self.delay_s)
        finally:
            self.busy -= 1
        if text in self.broken:
            raise SpeechFailed(text, "broken")
        least, most = expected_seconds(text)
        length = least / 2 if text in self.truncated else (least + most) / 2
        soundfile.write(out, 0.3 * np.sin(np.arange(int(16000 * length)) / 5), 16000)


class BatchToneEngine(ToneEngine):
    """The same, several at once."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []

    async def speak_many(self, texts: Sequence[tuple[str, Path]], language: Language) -> None:
        self.batches.append(len(texts))
        for text, out in texts:
            await self.speak(text, language, out)


class Rooms:
    """A store with its folders."""

    def __init__(self, base: Path) -> None:
        self.cache, self.recordings = base / "cache", base / "recordings"

    def store(self, engine: ToneEngine | Pyttsx3Engine, workers: int = 2) -> PromptStore:
        return PromptStore(self.cache, self.recordings, engine, workers)

    def record(self, name: str, seconds: float, rate: int = 44100, language: str = "zh") -> None:
        path = self.recordings / language / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, 0.5 * np.sin(np.arange(int(rate * seconds)) / 20), rate)


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    return Rooms(tmp_path)


def length(store: PromptStore, item: tuple[str, Language, str], suffix: str = ".wav") -> float:
    sound = store.find(*item)
    assert sound is not None
    samples, rate = audio.load(Path(f"{sound.path}{suffix}"))
    assert rate == (8000 if suffix == ".wav" else 16000)
    return len(samples) / rate


async def test_real_prompts_come_out_level_in_both_rates(rooms: Rooms, tmp_path: Path) -> None:
    store = rooms.store(Pyttsx3Engine(tmp_path / "espeak"))
    items = [
        ("greeting", ZH, "您好，欢迎致电12345政府服务热线。人工服务请按1。"),
        ("greeting", EN, "Welcome to the 12345 city hotline. Press 1 for an agent."),
        ("pieces/三", ZH, "三"),
    ]
    report = await store.prepare(items)
    assert (report.rendered, report.failed) == (3, [])
    for item in items:
        assert length(store, item) == pytest.approx(length(store, item, ".wav16"), abs=0.002)
        for suffix in (".wav", ".wav16"):
            samples, rate = audio.load(Path(f"{store.find(*item).path}{suffix}"))  # type: ignore[union-attr]
            assert active_level(samples, rate) == pytest.approx(TARGET_DBFS, abs=1)
            assert true_peak(samples, rate) < PEAK_LIMIT_DBFS + 0.1


async def test_what_was_rendered_is_not_rendered_again_even_by_another_store(rooms: Rooms) -> None:
    engine = ToneEngine()
    item = ("a", ZH, "您好")
    assert (await rooms.store(engine).prepare([item, item, ("b", ZH, "您好")])).rendered == 1
    again = rooms.store(engine)
    assert again.find(*item) is not None
    report = await again.prepare([item])
    assert (report.rendered, report.cached) == (0, 1)
    assert engine.spoken == ["您好"]


async def test_another_text_language_or_voice_is_another_file(rooms: Rooms) -> None:
    store = rooms.store(ToneEngine())
    await store.prepare([("a", ZH, "OK")])
    assert store.find("a", ZH, "OK?") is None
    assert store.find("a", EN, "OK") is None
    assert rooms.store(ToneEngine(version="2")).find("a", ZH, "OK") is None


async def test_a_recording_of_the_same_name_wins_and_is_left_as_it_is(rooms: Rooms) -> None:
    rooms.record("menu/main", seconds=0.7)
    before = (rooms.recordings / "zh" / "menu" / "main.wav").read_bytes()
    engine = ToneEngine()
    store = rooms.store(engine)
    report = await store.prepare([("menu/main", ZH, "人工服务请按一"), ("menu/main", EN, "Press one")])
    assert (report.recorded, report.rendered, engine.spoken) == (1, 1, ["Press one"])
    for suffix in (".wav", ".wav16"):
        assert length(store, ("menu/main", ZH, "人工服务请按一"), suffix) == pytest.approx(0.7, abs=0.01)
    assert (rooms.recordings / "zh" / "menu" / "main.wav").read_bytes() == before


async def test_a_recording_that_is_replaced_or_removed_takes_effect_at_the_next_preparation(rooms: Rooms) -> None:
    rooms.record("a", seconds=0.5)
    store = rooms.store(ToneEngine())
    item = ("a", ZH, "您好您好")
    await store.prepare([item])
    rooms.record("a", seconds=0.9, rate=8000)
    await store.prepare([item])
    assert length(store, item) == pytest.approx(0.9, abs=0.01)
    (rooms.recordings / "zh" / "a.wav").unlink()
    assert (await store.prepare([item])).rendered == 1
    assert store.recording("a", ZH, "您好您好") is None


async def test_an_unreadable_recording_is_reported_and_speech_takes_its_place(rooms: Rooms) -> None:
    rooms.record("a", seconds=0.5)
    (rooms.recordings / "zh" / "a.wav").write_text("scribble")
    store = rooms.store(ToneEngine())
    report = await store.prepare([("a", ZH, "您好")])
    assert report.rendered == 1
    assert [(item.name, "a.wav" in reason) for item, reason in report.failed] == [("a", True)]
    assert store.find("a", ZH, "您好") is not None


async def test_names_cannot_leave_the_recordings_folder(rooms: Rooms, tmp_path: Path) -> None:
    rooms.record("x", seconds=0.5)
    (tmp_path / "secret.wav").write_bytes((rooms.recordings / "zh" / "x.wav").read_bytes())
    store = rooms.store(ToneEngine())
    for name in ("../../secret", str(tmp_path / "secret"), "a/../../../secret", ""):
        assert (await store.prepare([(name, ZH, "您好")])).recorded == 0


async def test_a_text_cut_short_is_not_taken_for_a_prompt(rooms: Rooms) -> None:
    engine = ToneEngine()
    engine.truncated.add("欢迎致电市政府服务热线")
    store = rooms.store(engine)
    report = await store.prepare([("a", ZH, "欢迎致电市政府服务热线")])
    assert "were expected" in report.failed[0][1]
    assert store.find("a", ZH, "欢迎致电市政府服务热线") is None


async def test_one_bad_text_does_not_spoil_its_batch(rooms: Rooms) -> None:
    engine = BatchToneEngine()
    engine.broken.add("坏")
    store = rooms.store(engine, workers=1)
    report = await store.prepare([(f"p{text}", ZH, text) for text in "一二坏三四"] + [("dots", ZH, "……")])
    assert engine.batches == [5]
    assert report.rendered == 4
    assert {item.name for item, _ in report.failed} == {"p坏", "dots"}


async def test_a_broken_engine_is_given_up_soon(rooms: Rooms) -> None:
    engine = BatchToneEngine()
    texts = [f"text {index}" for index in range(16)]
    engine.broken.update(texts)
    report = await rooms.store(engine, workers=1).prepare([(text, EN, text) for text in texts])
    assert len(report.failed) == 16
    assert len(engine.spoken) < 6


async def test_a_language_without_a_voice_is_reported(rooms: Rooms, tmp_path: Path) -> None:
    store = rooms.store(Pyttsx3Engine(tmp_path / "espeak", voices={ZH: DEFAULT_VOICES[ZH]}))
    report = await store.prepare([("a", EN, "Hello"), ("a", ZH, "您好")])
    assert report.rendered == 1
    assert [(item.language, "no voice" in reason) for item, reason in report.failed] == [(EN, True)]


async def test_no_more_jobs_run_at_once_than_there_are_workers(rooms: Rooms) -> None:
    engine = ToneEngine(delay_s=0.01)
    store = rooms.store(engine, workers=3)
    halves = [[Item(f"{start + n}", EN, f"number {start + n}") for n in range(10)] for start in (0, 10)]
    reports = await asyncio.gather(*(store.prepare(half) for half in halves))
    assert [report.rendered for report in reports] == [10, 10]
    assert engine.busiest == 3


async def test_cancelling_stops_the_jobs_and_leaves_no_litter(rooms: Rooms) -> None:
    engine = ToneEngine(delay_s=30)
    task = asyncio.create_task(rooms.store(engine).prepare([(f"{n}", EN, f"number {n}") for n in range(8)]))
    async with asyncio.timeout(5):
        while engine.busy < 2:  # noqa: ASYNC110
            await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert engine.busy == 0
    assert len(engine.spoken) == 2
    assert [path for path in rooms.cache.rglob("*") if path.is_file()] == []


async def test_a_hundred_prompts_are_ready_in_seconds(rooms: Rooms, tmp_path: Path) -> None:
    store = rooms.store(Pyttsx3Engine(tmp_path / "espeak"))
    began = time.monotonic()
    report = await store.prepare([(f"{n}", EN, f"number {n}") for n in range(100)])
    assert (report.rendered, report.failed) == (100, [])
    assert time.monotonic() - began < 15  # two seconds on two free cores


async def test_what_nobody_needs_any_more_goes_after_a_while_and_never_what_is_in_use(rooms: Rooms) -> None:
    engine = ToneEngine()
    rooms.record("kept", seconds=0.5)
    before = rooms.store(engine)
    await before.prepare([("old", ZH, "旧的"), ("new", ZH, "新的"), ("kept", ZH, "录音")])
    (rooms.cache / "zh" / ".half.raw.wav").write_text("left by a killed worker")
    long_ago = time.time() - 40 * 86400
    for path in rooms.cache.rglob("*.*"):
        os.utime(path, (long_ago, long_ago))
    assert before.clear_out(30 * 86400) == 0  # calls that go on may still say them
    for path in rooms.cache.rglob("*.*"):
        os.utime(path, (long_ago, long_ago))
    store = rooms.store(engine)
    await store.prepare([("new", ZH, "新的"), ("kept", ZH, "录音")])
    assert store.clear_out(60 * 86400) == 0
    for path in rooms.cache.rglob("*.*"):
        os.utime(path, (long_ago, long_ago))
    assert store.clear_out(30 * 86400) == 1
    assert store.find("old", ZH, "旧的") is None
    assert store.find("new", ZH, "新的") is not None
    assert store.recording("kept", ZH, "录音") is not None
    assert not list(rooms.cache.rglob(".*.wav"))
    assert all(path.stat().st_mtime > long_ago + 86400 for path in rooms.cache.rglob("*.wav"))


async def test_what_is_there_is_rendered_anew_when_that_is_wanted(rooms: Rooms) -> None:
    engine = ToneEngine()
    store = rooms.store(engine)
    await store.prepare([("a", ZH, "您好")])
    report = await store.prepare([("a", ZH, "您好")], anew=True)
    assert (report.rendered, engine.spoken) == (1, ["您好", "您好"])
