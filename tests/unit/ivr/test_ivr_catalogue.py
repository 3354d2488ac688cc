"""What can be recorded has a name, a number and a standing: ready, missing, stale."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
import soundfile
from ivr_flow_texts import SYSTEM

from calls import Language
from ivr import Catalogue, Flow, parse_flow
from ivr.inventory import PromptSource, PromptState, counted, measure, standing
from ivr.known import Known
from ivr.speaker import inline_name
from ivr.speech import Item, PromptStore
from ivr.speech.normalise import expected_seconds
from ivr.steps import Spoken

ZH, EN = Language.ZH, Language.EN


class Beeper:
    """An engine of beeps."""

    def identity(self, language: Language) -> str:
        return f"beep/{language.value}"

    async def speak(self, text: str, language: Language, out: Path) -> None:
        await asyncio.sleep(0)
        soundfile.write(out, 0.3 * np.sin(np.arange(int(8000 * sum(expected_seconds(text)) / 2)) / 3), 8000)


def flow(name: str, hello: str) -> Flow:
    text = f"""
name: {name}
start: hello
person: person
prompts: {{hello: {{zh: {hello}}}}}
steps:
  hello: {{do: say, prompt: hello, next: person}}
  person: {{do: queue, queue: general, nobody_staffed: end}}
  end: {{do: hangup}}
"""
    return parse_flow(text, Known(queues=frozenset({"general"}), prompts=SYSTEM.names)).flow


def catalogue(*flows: Flow) -> Catalogue:
    return Catalogue(flows, SYSTEM, [("seat.ready", ZH, "已示闲。")])


@pytest.fixture
def store(tmp_path: Path) -> PromptStore:
    return PromptStore(tmp_path / "cache", tmp_path / "recordings", Beeper())


def test_flows_that_say_the_same_share_an_entry_and_others_are_named_with_their_flow() -> None:
    same = catalogue(flow("water", "您好"), flow("gas", "您好"))
    (entry,) = same.find("hello")
    assert entry.used_in == ("water", "gas")
    assert entry.items == (Item("water:hello", ZH, "您好"), Item("gas:hello", ZH, "您好"))
    different = catalogue(flow("water", "您好"), flow("gas", "这里是燃气"))
    assert [one.text for one in different.find("gas:hello")] == ["这里是燃气"]
    with pytest.raises(LookupError, match=r"name one of gas:hello, water:hello"):
        different.find("hello")


def test_a_text_written_in_place_is_there_too_under_the_name_that_it_is_played_by() -> None:
    text = """
name: short
start: hello
person: person
steps:
  hello: {do: say, prompt: {zh: 您好您好}, next: person}
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""
    known = catalogue(parse_flow(text, Known(queues=frozenset({"general"}), prompts=SYSTEM.names)).flow)
    (entry,) = [one for one in known.prompts if one.text == "您好您好"]
    assert entry.used_in == ("short",)
    assert entry.name == inline_name(Spoken(zh="您好您好"))


def test_a_prompt_is_found_by_its_number_which_new_flows_do_not_change() -> None:
    before, after = catalogue(flow("water", "您好")), catalogue(flow("water", "您好"), flow("gas", "燃气"))
    number = before.find("goodbye")[0].number
    assert 1000 <= number <= 9999
    assert after.find(str(number))[0].name == "goodbye"
    numbers = {one.number for one in after.prompts}
    assert len(numbers) == len({one.name for one in after.prompts})


def test_a_prompt_with_values_is_recorded_part_by_part_and_played_whole() -> None:
    known = catalogue()
    parts = known.find("queue_place", ZH)
    assert [part.name for part in parts] == ["queue_place.1", "queue_place.2"][: len(parts)]
    if len(parts) > 1:
        with pytest.raises(LookupError, match=r"one by one: queue_place\.1"):
            known.one("queue_place", ZH)
    name, language, text = known.whole("queue_place", ZH)
    assert (name, language) == ("queue_place", ZH)
    assert "{place|place}" in text
    assert known.whole("queue_place.1", ZH)[2] == parts[0].text


def test_a_name_that_is_wrong_is_told_with_what_is_near() -> None:
    with pytest.raises(LookupError, match="did you mean goodbye"):
        catalogue().find("godbye")
    with pytest.raises(LookupError, match="prompts list"):
        catalogue().find("zzz")
    with pytest.raises(LookupError, match="no text in 'en'"):
        catalogue().find("seat.ready", EN)


async def test_a_prompt_is_missing_then_ready_then_stale_when_its_text_changes(store: PromptStore) -> None:
    (entry,) = catalogue(flow("water", "您好")).find("hello")
    assert standing(entry, store).state is PromptState.MISSING
    await store.prepare(entry.items)
    spoken = standing(entry, store)
    assert (spoken.state, spoken.source) == (PromptState.READY, PromptSource.VOICE)
    assert spoken.file is not None
    assert measure(spoken.file) is not None
    samples = (0.1 * np.sin(np.arange(8000))).astype(np.float32)
    store.recordings.put("hello", entry.items, samples, 8000, "seat 1001")
    recorded = standing(entry, store)
    assert (recorded.state, recorded.source, recorded.made_by) == (
        PromptState.READY, PromptSource.RECORDING, "seat 1001",
    )  # fmt: skip
    (changed,) = catalogue(flow("water", "您好，这里是供水")).find("hello")
    stale = standing(changed, store)
    assert stale.state is PromptState.STALE
    assert "confirm hello" in stale.remedy
    assert counted([spoken, recorded, stale]) == {"ready": 2, "missing": 0, "stale": 1, "broken": 0, "recorded": 2}


async def test_a_recording_that_cannot_be_read_is_told_and_the_voice_speaks(store: PromptStore) -> None:
    (entry,) = catalogue(flow("water", "您好")).find("hello")
    path = store.recordings.place("hello", ZH)
    path.parent.mkdir(parents=True)
    path.write_text("scribble")
    await store.prepare(entry.items)
    assert standing(entry, store).state is PromptState.BROKEN
    assert store.find("hello", ZH, "您好") is not None


async def test_a_recording_of_one_flow_is_not_lost_to_a_namesake_of_another(store: PromptStore) -> None:
    samples = (0.1 * np.sin(np.arange(8000))).astype(np.float32)
    items = [Item("water:hello", ZH, "您好"), Item("gas:hello", ZH, "您好")]
    store.recordings.put("water:hello", items[:1], samples, 8000, "by hand")
    await store.prepare(items)
    assert store.recording("hello", ZH, "您好") is not None
