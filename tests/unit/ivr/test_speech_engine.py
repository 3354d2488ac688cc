"""Real speech by pyttsx3 and espeak-ng; and what becomes of a worker that does not do its duty."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from calls import Language
from ivr.speech import DEFAULT_VOICES, BatchSpeechEngine, Pyttsx3Engine, SpeechFailed, Voice, audio
from ivr.speech.normalise import expected_seconds

ZH, EN = Language.ZH, Language.EN
GREETING = "您好，欢迎致电市政府服务热线。人工服务请按一，自助服务请按二。"
SIXTY = (
    "本市居民可凭有效身份证件到就近的政务服务中心办理社会保险公积金户籍不动产登记等各项业务"
    "办理时间为工作日上午九点到下午五点中午照常办理请携带原件"
)


@pytest.fixture
def engine(tmp_path: Path) -> Pyttsx3Engine:
    return Pyttsx3Engine(tmp_path / "espeak")


def seconds(path: Path) -> float:
    samples, rate = audio.load(path)
    return len(audio.trim(samples, rate)) / rate


async def test_speech_is_heard_and_as_long_as_its_text(engine: Pyttsx3Engine, tmp_path: Path) -> None:
    await engine.speak(GREETING, ZH, tmp_path / "zh.wav")
    await engine.speak("Press one to talk to an agent.", EN, tmp_path / "en.wav")
    assert 6.0 < seconds(tmp_path / "zh.wav") < 11.0
    assert 1.2 < seconds(tmp_path / "en.wav") < 3.5


async def test_more_than_sixty_characters_are_not_lost(engine: Pyttsx3Engine, tmp_path: Path) -> None:
    assert len(SIXTY) > 60
    half = len(SIXTY) // 2
    texts = [(SIXTY[:half], tmp_path / "a"), (SIXTY[half:], tmp_path / "b"), (SIXTY, tmp_path / "whole")]
    await engine.speak_many(texts, ZH)
    first, second, whole = (seconds(path) for _, path in texts)
    assert whole == pytest.approx(first + second, rel=0.1)
    assert 3.8 < len(SIXTY) / whole < 4.6  # characters a second: the pace of a hotline


async def test_texts_spoken_together_sound_as_when_spoken_alone(engine: Pyttsx3Engine, tmp_path: Path) -> None:
    words = ["一", "第", "二十三", "您前面还有", "位来电者。", "四"]
    assert isinstance(engine, BatchSpeechEngine)
    await engine.speak_many([(word, tmp_path / f"together{index}") for index, word in enumerate(words)], ZH)
    for index, word in enumerate(words):
        await engine.speak(word, ZH, tmp_path / f"alone{index}")
        together, alone = seconds(tmp_path / f"together{index}"), seconds(tmp_path / f"alone{index}")
        assert together == pytest.approx(alone, abs=0.03)
        assert expected_seconds(word)[0] < alone < expected_seconds(word)[1]


async def test_the_pace_asked_for_is_the_pace_spoken(tmp_path: Path) -> None:
    async def spoken(rate: int) -> float:
        engine = Pyttsx3Engine(tmp_path / "espeak", voices={EN: Voice("en-gb", rate)})
        await engine.speak("The quick brown fox jumps over the lazy dog", EN, tmp_path / f"{rate}.wav")
        return seconds(tmp_path / f"{rate}.wav")

    assert await spoken(120) > 1.3 * await spoken(180)


async def test_an_unknown_voice_is_a_clear_error(tmp_path: Path) -> None:
    engine = Pyttsx3Engine(tmp_path / "espeak", voices={ZH: Voice("mandarin-xx", 175)})
    with pytest.raises(SpeechFailed, match=r"'你好'.*no voice 'mandarin-xx'"):
        await engine.speak("你好", ZH, tmp_path / "out.wav")
    assert not (tmp_path / "out.wav").exists()


async def test_a_language_without_a_voice_is_a_clear_error(tmp_path: Path) -> None:
    engine = Pyttsx3Engine(tmp_path / "espeak", voices={ZH: DEFAULT_VOICES[ZH]})
    with pytest.raises(SpeechFailed, match="no voice is set for language 'en'"):
        await engine.speak("Hello", EN, tmp_path / "out.wav")


async def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    engine = Pyttsx3Engine(tmp_path / "espeak", limit_s=1.0)
    with pytest.raises(SpeechFailed):
        await engine.speak("你好", ZH, tmp_path / "no-such-folder" / "out.wav")


def pretender(tmp_path: Path, code: str) -> Pyttsx3Engine:
    program = f"import os, sys, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); {code}"
    return Pyttsx3Engine(tmp_path / "espeak", limit_s=0.2, worker=(sys.executable, "-S", "-c", program))


def gone(pid: int) -> bool:
    """Whether a process has ended (it may wait for somebody to ask how)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


async def test_a_worker_that_hangs_is_killed(tmp_path: Path) -> None:
    engine = pretender(tmp_path, "time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(SpeechFailed, match="time limit"):
        await engine.speak("你好", ZH, tmp_path / "out.wav")
    assert time.monotonic() - began < 5
    assert gone(int((tmp_path / "pid").read_text()))


async def test_what_a_hanging_worker_has_forked_is_killed_with_it(tmp_path: Path) -> None:
    engine = pretender(
        tmp_path,
        f"child = os.fork(); child and open({str(tmp_path / 'child')!r}, 'w').write(str(child)); time.sleep(60)",
    )
    with pytest.raises(SpeechFailed, match="time limit"):
        await engine.speak("你好", ZH, tmp_path / "out.wav")
    child = int((tmp_path / "child").read_text())
    async with asyncio.timeout(5):
        while not gone(child):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)


async def test_cancelling_kills_the_worker(tmp_path: Path) -> None:
    engine = pretender(tmp_path, "time.sleep(60)")
    task = asyncio.create_task(engine.speak("你好", ZH, tmp_path / "out.wav"))
    async with asyncio.timeout(1.1):
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gone(int((tmp_path / "pid").read_text()))


async def test_what_a_failing_worker_says_is_passed_on(tmp_path: Path) -> None:
    engine = pretender(tmp_path, "sys.exit('the moon is full')")
    with pytest.raises(SpeechFailed, match="the moon is full"):
        await engine.speak("你好", ZH, tmp_path / "out.wav")


async def test_a_worker_that_cannot_be_started_is_a_speech_failure(tmp_path: Path) -> None:
    engine = Pyttsx3Engine(tmp_path / "espeak", worker=(str(tmp_path / "missing"),))
    with pytest.raises(SpeechFailed, match="missing"):
        await engine.speak("你好", ZH, tmp_path / "out.wav")
