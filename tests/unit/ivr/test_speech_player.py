"""From prompts with marks and values to sounds, without keeping anyone waiting."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from calls import Language, Sound
from ivr.speech import Kind, PromptPlayer, PromptStore, say
from ivr.speech.normalise import expected_seconds
from ivr.speech.player import piece_item
from ivr.speech.template import Literal, Slot, parse, readable, slots

ZH, EN = Language.ZH, Language.EN
AHEAD = "您前面还有{ahead|number}位来电者，请稍候。"


class Beeper:
    """An engine of beeps, which can be made slow."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.spoken: list[str] = []

    def identity(self, language: Language) -> str:
        return f"beep/{language.value}"

    async def speak(self, text: str, language: Language, out: Path) -> None:
        self.spoken.append(text)
        await asyncio.sleep(self.delay_s)
        soundfile.write(out, 0.3 * np.sin(np.arange(int(8000 * sum(expected_seconds(text)) / 2)) / 3), 8000)


@pytest.fixture
def beeper() -> Beeper:
    return Beeper()


@pytest.fixture
def store(tmp_path: Path, beeper: Beeper) -> PromptStore:
    return PromptStore(tmp_path / "cache", tmp_path / "recordings", beeper)


@pytest.fixture
def player(store: PromptStore) -> PromptPlayer:
    return PromptPlayer(store)


def test_a_text_is_split_at_its_marks() -> None:
    assert parse("q", AHEAD) == [
        Literal("q.1", "您前面还有"),
        Slot("ahead", Kind.NUMBER),
        Literal("q.2", "位来电者，请稍候。", pause_after=True),
    ]
    assert parse("q", "请稍候。") == [Literal("q", "请稍候。")]
    assert parse("q", "{who}，{at|time}") == [Slot("who", Kind.TEXT), Slot("at", Kind.TIME)]
    assert slots(AHEAD) == {"ahead": Kind.NUMBER}


def test_values_that_stand_in_the_text_become_part_of_it_in_words() -> None:
    assert parse("q", "{2026-10-01|date}放假") == [Literal("q", "二零二六年十月一日星期四放假")]
    assert parse("q", "Closed on {2026-10-01|date}.", EN) == [
        Literal("q", "Closed on Thursday October first twenty twenty six.")
    ]
    assert parse("q", "请拨{010-66668888|phone}") == [Literal("q", "请拨零幺零，六六六六，八八八八")]
    assert parse("q", "代码{=A7|digits}，收费{12.50|money}，{+5|percent}") == [
        Literal("q", "代码A七，收费十二元五角，百分之五")
    ]
    assert slots("{3|ordinal}窗口，{09:30|time}") == {}


def test_a_text_can_be_read_with_its_pauses_and_values_and_slots() -> None:
    text = "您好{pause|0.5}今天{2026-10-01|date}，第{n|place}位"
    assert readable(text, ZH) == "您好…今天二零二六年十月一日星期四，第{n|place}位"


def test_pauses_stay_in_the_text_and_do_not_split_it() -> None:
    assert parse("q", "您好{pause}请讲{pause|1.5}") == [Literal("q", "您好{pause|0.5}请讲{pause|1.5}")]
    assert parse("q", "{a|number}位{pause}再见")[1] == Literal("q.1", "位{pause|0.5}再见")
    with pytest.raises(ValueError, match=r"0\.1 to 5 seconds"):
        parse("q", "{pause|60}")


async def test_a_pause_is_heard_for_as_long_as_it_says(player: PromptPlayer, store: PromptStore) -> None:
    lengths = []
    for text in ("您好请讲", "您好{pause|1.5}请讲"):
        await store.prepare(player.texts_needed([("q", ZH, text)]))
        (sound,) = await player.sounds("q", text, ZH)
        lengths.append(soundfile.info(f"{sound.path}.wav").duration)
    beeps = sum(sum(expected_seconds(part)) / 2 for part in ("您好", "请讲"))
    assert lengths[1] == pytest.approx(beeps + 1.5, abs=0.2)


@pytest.mark.parametrize(
    "text",
    [
        "{32|date}",
        "{=x|number}",
        "{25:00|time}",
        "{pause|x}",
        "{1|text2}",
        "{",
        "a}b",
        "{a|volume}",
        "{}",
        "{a b}",
        "{{a}}",
        "{1a|number}",
        "{name}",
    ],
)
def test_a_wrong_mark_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="prompt 'q'"):
        parse("q", text)


async def test_everything_needed_is_prepared_and_then_played_without_rendering(
    player: PromptPlayer, store: PromptStore, beeper: Beeper
) -> None:
    await store.prepare(player.texts_needed([("q", ZH, AHEAD)]))
    beeper.spoken.clear()
    for ahead in (0, 7, 12, 312, 20_008):
        pieces = say(Kind.NUMBER, ahead, ZH)
        items = [("q.1", ZH, "您前面还有"), *(piece_item(p, ZH) for p in pieces), ("q.2", ZH, "位来电者，请稍候。")]
        assert await player.sounds("q", AHEAD, ZH, ahead=ahead) == [store.find(*item) for item in items]
    assert beeper.spoken == []


async def test_vocabulary_is_asked_for_only_in_languages_that_say_values(player: PromptPlayer) -> None:
    needed = player.texts_needed([("a", ZH, "您好"), ("b", EN, "{n|number} calls")], known=[(ZH, "公安局")])
    assert ("a", ZH, "您好") in needed
    assert ("pieces/公安局", ZH, "公安局") in needed
    assert ("pieces/seventy two", EN, "seventy two") in needed
    assert not any(item.text == "七十二" for item in needed)


async def test_letters_of_a_ticket_number_are_spoken_by_the_english_voice(
    player: PromptPlayer, store: PromptStore
) -> None:
    text = "您的工单号是{ticket|digits}"
    await store.prepare(player.texts_needed([("t", ZH, text)]))
    sounds = await player.sounds("t", text, ZH, ticket="T26-07")
    assert len(sounds) == 1 + 1 + 2 + 1 + 2  # the text, T, 2 6, a pause, 0 7
    assert sounds[1] == store.find("pieces/T", EN, "T")


async def test_a_recording_is_played_for_a_prompt_and_for_a_part_of_one(
    player: PromptPlayer, store: PromptStore, tmp_path: Path
) -> None:
    for name in ("hello", "q.1"):
        path = tmp_path / "recordings" / "zh" / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, 0.2 * np.sin(np.arange(8000 + len(name))), 8000)
    await store.prepare(player.texts_needed([("hello", ZH, "您好"), ("q", ZH, AHEAD)]))
    assert await player.sounds("hello", "您好", ZH) == [store.recording("hello", ZH, "您好")]
    assert (await player.sounds("q", AHEAD, ZH, ahead=3))[0] == store.recording("q.1", ZH, "您前面还有")


async def test_what_is_missing_is_rendered_at_once_when_that_is_quick(player: PromptPlayer) -> None:
    assert len(await player.sounds("hello", "您好", ZH)) == 1


async def test_what_takes_long_is_left_out_now_and_there_next_time(
    player: PromptPlayer, store: PromptStore, beeper: Beeper
) -> None:
    await store.prepare([piece_item("三", ZH)])
    beeper.delay_s = 0.6
    began = time.monotonic()
    first, second = await asyncio.gather(*(player.sounds("q", "还有{n|number}位", ZH, n=3) for _ in range(2)))
    assert time.monotonic() - began < 0.5
    assert first == second == [store.find(*piece_item("三", ZH))]
    async with asyncio.timeout(5):
        while len(await player.sounds("q", "还有{n|number}位", ZH, n=3)) < 3:
            pass
    assert sorted(beeper.spoken) == ["三", "位", "还有"]  # nothing twice, though it was asked for by many
    await player.aclose()


async def test_closing_stops_rendering_in_the_background(player: PromptPlayer, beeper: Beeper) -> None:
    beeper.delay_s = 60
    assert await player.sounds("hello", "您好", ZH) == []
    async with asyncio.timeout(2):
        await player.aclose()


@pytest.mark.parametrize("values", [{}, {"ahead": "many"}, {"ahead": None}, {"ahead": 10**20}, {"ahead": object()}])
async def test_a_value_that_cannot_be_said_is_left_out(player: PromptPlayer, values: dict[str, object]) -> None:
    sounds = await player.sounds("q", AHEAD, ZH, **values)
    assert len(sounds) == 2


async def test_nothing_makes_it_raise(player: PromptPlayer) -> None:
    assert await player.sounds("q", "", ZH) == []
    assert await player.sounds("q", "。。。", ZH) == []
    assert len(await player.sounds("q", "坏{了", ZH)) == 1
    assert await player.sounds("q", "{who}", ZH, who="x" * 500) == []
    assert all(isinstance(sound, Sound) for sound in await player.sounds("../q", "您好{n|digits}", ZH, n="1\r\n2"))
