"""Recording a prompt by telephone, on a pretended line: kept, once more, given up, refused, hung up."""

from collections import deque
from pathlib import Path

import numpy as np
import pytest
import soundfile
from ivr_fake_line import HANG_UP, FakeLine, FakePlayer
from ivr_flow_texts import SYSTEM
from test_ivr_catalogue import Beeper

from calls import CallerHungUp, Language
from calls.line import Recorded, RecordEnd
from ivr import Catalogue
from ivr.catalogue import Prompt
from ivr.inventory import PromptSource, standing
from ivr.service_line import ServicePhone
from ivr.speech import PromptStore
from ivr.studio import PHRASES, Studio, StudioEnd
from ivr.studio_item import RecordingItem

ZH = Language.ZH


class Telephone(FakeLine):
    """Records what ``spoken`` says next: (seconds, amplitude) of noise."""

    def __init__(self, *answers, spoken) -> None:
        super().__init__(*answers)
        self.spoken = deque(spoken)

    async def record(self, path, limits):
        seconds, amplitude = self.spoken.popleft()
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = amplitude * np.random.default_rng(1).standard_normal(int(seconds * 8000))
        soundfile.write(path, noise.clip(-1, 1), 8000)
        self.wait(seconds)
        return Recorded(path, seconds, RecordEnd.DIGIT, "#")


class Room:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = PromptStore(folder / "cache", folder / "recordings", Beeper())
        self.catalogue = Catalogue([], SYSTEM, [])
        self.studio = Studio(self.store, FakePlayer(), lambda: self.catalogue, folder / "takes", kept=self.take)
        self.prompt: Prompt = self.studio.find("no_input", ZH)

    async def take(self) -> None:
        await self.store.prepare(self.catalogue.items)

    async def record(self, *answers, spoken=((2.0, 0.1),)) -> tuple[StudioEnd, list[str]]:
        line = Telephone(*answers, spoken=spoken)
        end = await self.studio.record(line, self.prompt, "seat 1001")
        return end, [name.rpartition("studio.")[2] for name in line.heard if "studio." in name]

    @property
    def source(self) -> PromptSource:
        return standing(self.prompt, self.store).source

    def left(self) -> list[Path]:
        return list((self.folder / "takes").glob("*"))


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


async def test_1_keeps_the_take_and_the_next_caller_hears_it(room: Room) -> None:
    end, heard = await room.record("1")
    assert (end, heard[-1]) == (StudioEnd.KEPT, "kept")
    assert heard[0] == f"intro={room.prompt.number}"
    assert room.source is PromptSource.RECORDING
    assert room.store.recording("no_input", ZH, room.prompt.text) is not None
    assert room.left() == []


async def test_2_records_again_and_the_last_take_counts(room: Room) -> None:
    end, heard = await room.record("2", "1", spoken=((2.0, 0.1), (3.0, 0.1)))
    assert end is StudioEnd.KEPT
    assert heard.count("read") == 2
    made = room.store.recordings.find("no_input", ZH)
    assert made is not None
    assert soundfile.info(made).duration == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("answers", [("*",), ("", "", ""), ("7", "7", "7")])
async def test_star_or_no_decision_changes_nothing(room: Room, answers: tuple[str, ...]) -> None:
    end, heard = await room.record(*answers)
    assert (end, heard[-1]) == (StudioEnd.GIVEN_UP, "given_up")
    assert room.source is PromptSource.VOICE
    assert room.left() == []


@pytest.mark.parametrize(
    ("take", "told"),
    [((2.0, 0.0), "silent"), ((2.0, 3.0), "clipped"), ((0.3, 0.1), "too_short"), ((90, 0.1), "too_long")],
)
async def test_a_take_that_is_not_fit_is_told_why_and_asked_for_again(
    room: Room, take: tuple[float, float], told: str
) -> None:
    end, heard = await room.record("1", spoken=(take, (2.0, 0.1)))
    assert told in heard
    assert end is StudioEnd.KEPT


async def test_hanging_up_before_deciding_changes_nothing(room: Room) -> None:
    with pytest.raises(CallerHungUp):
        await room.record(HANG_UP)
    assert room.source is PromptSource.VOICE
    assert room.left() == []


async def test_a_folder_that_cannot_be_written_is_told_and_the_line_goes_on(room: Room) -> None:
    (room.folder / "recordings").write_text("a file stands in the way")
    end, heard = await room.record("1")
    assert (end, heard[-1]) == (StudioEnd.FAILED, "failed")


def test_everything_it_says_has_both_languages() -> None:
    assert all(set(texts) == {"zh", "en"} for texts in PHRASES.values())


async def by_number(room: Room, *answers: str) -> list[str]:
    """What is heard on the service line behind its key."""
    item = RecordingItem(room.studio)
    line = Telephone(*answers, spoken=[(2.0, 0.1)])
    await item.serve(ServicePhone(line, FakePlayer(), RecordingItem.phrases, line.clock, "seat 1002"))
    return [name.rpartition("/")[2] for name in line.heard if "studio." in name or "service." in name]


async def test_on_the_service_line_a_prompt_is_recorded_by_its_number(room: Room) -> None:
    heard = await by_number(room, f"{room.prompt.number}#", "1", "1")
    assert heard[:2] == ["service.recording.ask_number", "service.recording.ask_language"]
    assert heard[-1] == "studio.kept"
    note = room.store.recordings.note(room.store.recordings.find("no_input", ZH) or room.folder)
    assert note is not None
    assert note.source == "seat 1002"


async def test_on_the_service_line_2_is_the_english_one(room: Room) -> None:
    await by_number(room, f"{room.prompt.number}#", "2", "1")
    assert room.store.recordings.find("no_input", Language.EN) is not None
    assert room.store.recordings.find("no_input", ZH) is None


async def test_a_number_that_is_none_is_told_and_star_goes_back(room: Room) -> None:
    heard = await by_number(room, "0007#", "*#")
    assert heard == ["service.recording.ask_number", "service.recording.unknown", "service.recording.ask_number"]
    assert await by_number(room, "") == ["service.recording.ask_number"]
