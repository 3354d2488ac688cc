"""The service line: nobody without the PIN, closing and opening, the announcement of the day."""

from collections import deque
from pathlib import Path

import numpy as np
import pytest
from ivr_fake_line import FakeLine, FakePlayer

from calls import ManualClock
from calls.line import Recorded, RecordEnd
from ivr.announcement import AnnouncementOfTheDay
from ivr.closures import Closures
from ivr.service_line import (
    AnnouncingItem,
    ClosingItem,
    OpeningItem,
    PinLock,
    ServiceLine,
    load_or_make_pin,
    service_texts,
)
from ivr.speech import audio

PIN = "40718235"


class Telephone(FakeLine):
    """Records what ``spoken`` says next: seconds of a tone."""

    def __init__(self, *answers: str, clock: ManualClock, spoken: tuple[float, ...] = ()) -> None:
        super().__init__(*answers, clock=clock)
        self.spoken = deque(spoken)

    async def answer(self) -> None:
        self.wait(0)

    async def record(self, path, limits):
        seconds = self.spoken.popleft()
        self.wait(seconds)
        tone = 0.2 * np.sin(np.arange(int(seconds * 8000)) * 2 * np.pi * 440 / 8000).astype(np.float32)
        audio.write_pair(np.concatenate([tone, np.zeros(800, np.float32)]), 8000, path.with_suffix(""))
        path.with_suffix(".wav16").unlink()  # a telephone leaves one file
        return Recorded(path, seconds, RecordEnd.DIGIT, "#")


class House:
    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(1_000_000.0)
        self.closures = Closures(folder / "closures.json", self.clock)
        self.announcement = AnnouncementOfTheDay(folder / "announcement", self.clock)
        self.line = ServiceLine(
            PinLock(PIN),
            {"1": ClosingItem(self.closures), "2": OpeningItem(self.closures), "3": AnnouncingItem(self.announcement)},
            FakePlayer(), self.clock,
        )  # fmt: skip

    async def call(self, *answers: str, place: str = "1001", spoken: tuple[float, ...] = ()) -> list[str]:
        """Return what was heard, without the language."""
        phone = Telephone(*answers, clock=self.clock, spoken=spoken)
        await self.line.serve(phone, place)
        return [name.removeprefix("zh/") for name in phone.heard]


@pytest.fixture
def house(tmp_path) -> House:
    return House(tmp_path)


async def test_the_hotline_is_closed_and_opened_by_telephone(house):
    heard = await house.call(f"{PIN}#", "1", "#", "1")
    assert "service.closing.done" in heard
    (closure,) = house.closures.in_force()
    assert (closure.what, closure.until, closure.by) == ("everything", None, "seat 1001")
    assert "service.opening.done" in await house.call(f"{PIN}#", "2")
    assert house.closures.in_force() == []
    assert "service.opening.nothing" in await house.call(f"{PIN}#", "2")


async def test_it_may_be_closed_for_some_hours_only(house):
    await house.call(f"{PIN}#", "1", "3#", "1")
    (closure,) = house.closures.in_force()
    assert closure.until == closure.since + 3 * 3600


@pytest.mark.parametrize("answers", [("1", "#", "*"), ("1", "#", ""), ("1", "*1#", "1"), ("7",), ("*",), ()])
async def test_nothing_is_closed_without_being_confirmed(house, answers):
    await house.call(f"{PIN}#", *answers)
    assert house.closures.in_force() == []


async def test_a_wrong_pin_opens_nothing_and_too_many_lock_the_place(house):
    assert "service.closing.offer" not in await house.call("11111111#", "22222222#", "33333333#")
    heard = await house.call("44444444#", "55555555#", f"{PIN}#", "1", "#", "1")
    assert heard[-1] == "service.locked"
    assert "service.locked" in await house.call(f"{PIN}#")
    assert house.closures.in_force() == []
    assert "service.closing.offer" in await house.call(f"{PIN}#", place="1002")
    house.clock.advance(900)
    assert "service.closing.offer" in await house.call(f"{PIN}#")


async def test_all_outside_are_one_place_so_that_other_numbers_are_no_way_round_the_lock(house):
    for _ in range(2):
        await house.call("11111111#", "22222222#", "33333333#", place="")
    assert "service.locked" in await house.call(f"{PIN}#", place="")


async def test_pressing_nothing_ends_it(house):
    heard = await house.call()
    assert heard == ["service.ask_pin"] * 3
    assert (await house.call(f"{PIN}#"))[-1] == "service.bye"


async def test_the_announcement_is_recorded_listened_to_and_heard_only_when_it_is_activated(house):
    await house.call(f"{PIN}#", "3", "2", "1", "*", spoken=(2.0,))
    assert house.announcement.current is None
    assert house.announcement.draft.seconds == pytest.approx(2.0, abs=0.2)
    heard = await house.call(f"{PIN}#", "3", "1", "3", "8#", "*")
    assert "service.announcing.active" in heard
    current = house.announcement.current
    assert current.until == current.since + 8 * 3600
    assert any(Path(name).name == current.name for name in heard), "the draft was not played"
    sound = house.announcement.sound(current)
    samples, rate = audio.load(sound.path.with_name(sound.path.name + ".wav"))
    assert (rate, len(samples) / rate) == (8000, pytest.approx(2.0, abs=0.2))
    house.clock.advance(8 * 3600)
    assert house.announcement.current is None


async def test_a_recording_anew_leaves_what_callers_hear_until_it_is_activated_and_nothing_behind(house, tmp_path):
    await house.call(f"{PIN}#", "3", "2", "3", "#", "2", spoken=(2.0, 3.0))
    first = house.announcement.current
    assert first.until is None
    assert house.announcement.draft.name != first.name
    assert house.announcement.sound(first) is not None
    again = AnnouncementOfTheDay(tmp_path / "announcement", house.clock)
    assert (again.current, again.draft) == (first, house.announcement.draft)
    await house.call(f"{PIN}#", "3", "3", "#", "*")
    assert house.announcement.current.seconds == pytest.approx(3.0, abs=0.2)
    assert house.announcement.sound(first) is None
    await house.call(f"{PIN}#", "3", "4", "*")
    assert house.announcement.current is None
    assert list((tmp_path / "announcement").rglob("*.wav*")) == []


async def test_silence_is_no_announcement(house):
    heard = await house.call(f"{PIN}#", "3", "2", "3", "*", spoken=(0.2,))
    assert "service.announcing.too_short" in heard
    assert heard[heard.index("service.announcing.too_short") + 2] == "service.announcing.none"
    assert house.announcement.draft is None


async def test_what_cannot_be_written_is_told_and_the_line_goes_on(house, tmp_path):
    (tmp_path / "closures.json").mkdir()
    heard = await house.call(f"{PIN}#", "1", "#", "1", "2")
    assert "service.failed" in heard
    assert heard[-1] == "service.bye"
    assert house.closures.in_force() == []


async def test_a_file_longer_than_callers_are_to_bear_is_refused(house, tmp_path):
    audio.write_pair(np.full(8000 * 130, 0.2, np.float32), 8000, tmp_path / "long")
    with pytest.raises(ValueError, match="at most 120 s"):
        await house.announcement.take(tmp_path / "long.wav", "root")
    (tmp_path / "no.wav").write_text("no sound")
    with pytest.raises(ValueError, match="not a readable sound file"):
        await house.announcement.take(tmp_path / "no.wav", "root")


def test_each_installation_has_a_pin_of_its_own_for_its_owner_only(tmp_path):
    pin = load_or_make_pin(tmp_path / "a" / "service_pin")
    assert (len(pin), pin.isdecimal()) == (8, True)
    assert load_or_make_pin(tmp_path / "a" / "service_pin") == pin
    assert load_or_make_pin(tmp_path / "b" / "service_pin") != pin
    assert (tmp_path / "a" / "service_pin").stat().st_mode & 0o777 == 0o600


def test_everything_said_has_a_text_in_every_language():
    texts = service_texts()
    assert {(name, str(language)) for name, language, _ in texts} == {
        (name, language) for name, _, _ in texts for language in ("zh", "en")
    }
    assert all(text.strip() for _, _, text in texts)
