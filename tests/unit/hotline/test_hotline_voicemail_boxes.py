"""A box takes messages until it is full, or the disk is; a store that is away does not turn callers away."""

import pytest

from agents.boxes import Box
from calls import Language, Sound
from hotline.voicemail_boxes import VoicemailBoxes
from tickets import StoreUnavailable

BOXES = {"mayor": Box(zh="市长信箱", most=2, longest_s=30, shortest_s=3)}


class Store:
    def __init__(self, waiting: int | None) -> None:
        self._waiting = waiting

    async def waiting_in(self, box: str) -> int:
        if self._waiting is None:
            raise StoreUnavailable("away")
        return self._waiting


class Disk:
    def __init__(self, takes: bool) -> None:
        self._takes = takes

    def takes_messages(self) -> bool:
        return self._takes


def boxes(waiting: int | None = 0, *, disk: bool = True) -> VoicemailBoxes:
    def greeting(box: str, language: Language) -> list[Sound]:
        return [Sound(f"{box}-{language.value}")] if box == "mayor" else []  # type: ignore[arg-type]

    return VoicemailBoxes(lambda: BOXES, Store(waiting), Disk(disk), greeting)  # type: ignore[arg-type]


@pytest.mark.parametrize(("waiting", "takes"), [(0, True), (1, True), (2, False), (3, False), (None, True)])
async def test_it_takes_messages_until_so_many_are_not_done(waiting: int | None, takes: bool) -> None:
    assert (await boxes(waiting).opened("mayor", Language.ZH)).open is takes


async def test_with_a_full_disk_and_the_setting_it_takes_none() -> None:
    assert not (await boxes(disk=False).opened("mayor", Language.ZH)).open


async def test_limits_and_greeting_are_the_boxs_and_a_box_that_is_not_listed_takes_messages_too() -> None:
    mayor = await boxes().opened("mayor", Language.EN)
    assert (mayor.longest_s, mayor.silence_s, mayor.shortest_s) == (30, None, 3)
    assert [sound.path for sound in mayor.greeting] == ["mayor-en"]
    other = await boxes().opened("other", Language.ZH)
    assert (other.open, other.greeting, other.longest_s) == (True, [], None)
