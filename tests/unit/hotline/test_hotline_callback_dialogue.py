"""What a waiting caller is asked before being called back: the number, read back, within few mistakes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agents.callback_settings import CallbackSettings
from calls import Call, CallId, ChannelId, Language, ManualClock, Sound
from calls.line import Digits, DigitsEnd, DigitsWanted
from hotline.callbacks_dialogue import CallbackDialogue, OfferingAnnouncer, own_number

CALLER, OTHER = "13812345678", "13912345678"


class Asked:
    """A caller's line: answers each question with the next of ``answers`` ("" for silence), and notes what was said."""

    def __init__(self, answers: Sequence[str] = (), caller: str = CALLER) -> None:
        self.call = Call(CallId("c1"), ChannelId("a1", "1"), caller, "", "12345", 0.0)
        self.answers = list(answers)
        self.said: list[str] = []

    async def music(self, *, on: bool, name: str = "default") -> None:
        self.said.append(f"music {'on' if on else 'off'} {name}")

    def forget_digits(self) -> None:
        pass

    async def play(self, sounds: Sequence[Sound], *, interrupt: str = "") -> str:
        self.said += [str(sound.path) for sound in sounds]
        return interrupt

    async def collect(self, sounds: Sequence[Sound], wanted: DigitsWanted) -> Digits:
        await self.play(sounds)
        pressed = self.answers.pop(0)
        return Digits(pressed, DigitsEnd.COMPLETE if pressed else DigitsEnd.TIMEOUT)


async def voice(name: str, language: Language, **slots: object) -> list[Sound]:
    assert language is Language.ZH
    return [Sound(Path(" ".join([name, *map(str, slots.values())])))]


async def asks(answers: Sequence[str], caller: str = CALLER, *, proposed: bool = False) -> tuple[str | None, Asked]:
    line: Any = Asked(answers, caller)
    dialogue = CallbackDialogue(voice, lambda number: number.startswith("1") and number != "110")
    return await dialogue.number(line, proposed=proposed), line


@pytest.mark.parametrize(
    ("answers", "caller", "number"),
    [
        (["1"], CALLER, CALLER),
        (["1"], "+86" + CALLER, CALLER),
        (["2", OTHER, "1"], CALLER, OTHER),
        (["2", OTHER, "2", CALLER, "1"], CALLER, CALLER),
        ([OTHER, "1"], "", OTHER),  # the number is withheld: it is asked for at once
        (["2", "110", OTHER, "1"], CALLER, OTHER),
        (["9", "", "1"], CALLER, CALLER),
        (["2", "", "1"], CALLER, CALLER),  # entered nothing: the own number is proposed again
        (["3"], CALLER, None),  # would rather wait
        (["9", "8", "7"], CALLER, None),
        (["", "", ""], CALLER, None),
        (["", "", ""], "", None),
        (["2", "110", "110", "110"], CALLER, None),
    ],
)
async def test_a_number_is_confirmed_or_the_caller_waits_on(
    answers: list[str], caller: str, number: str | None
) -> None:
    found, line = await asks(answers, caller)
    assert found == number
    assert not line.answers, "the caller was asked less than that"
    assert ("callback_not_taken" in line.said) == (number is None)


async def test_what_is_read_back_is_what_will_be_dialled() -> None:
    _, line = await asks(["2", OTHER, "1"])
    assert [each for each in line.said if each.startswith("callback_confirm")] == [
        f"callback_confirm {CALLER}", f"callback_confirm {OTHER}",
    ]  # fmt: skip


async def test_whose_idea_it_was_not_is_told_first_what_it_is_about() -> None:
    _, line = await asks(["1"], proposed=True)
    assert line.said[:2] == ["music off default", "callback_proposed"]


@pytest.mark.parametrize("presented", ["+8613812345678", "008613812345678", "13812345678"])
def test_a_number_from_abroad_is_told_from_one_of_the_country(presented: str) -> None:
    assert own_number(presented) == CALLER
    assert own_number("+4930123456") == "+4930123456"


async def test_the_offer_is_made_from_a_set_time_of_waiting_on() -> None:
    class Place:
        async def announce(self, line: Any, place: int, estimate_s: float | None) -> None:
            await line.play([Sound(Path(f"place {place} {estimate_s}"))])

    clock, line = ManualClock(1000.0), Asked()
    speaks = OfferingAnnouncer(Place(), voice, CallbackSettings(key="5", offer_after_s=20), clock, 1000.0)
    await speaks.announce(line, 3, None)  # type: ignore[arg-type]
    assert line.said == ["place 3 None"]
    clock.advance(20)
    await speaks.announce(line, 2, None)  # type: ignore[arg-type]
    assert line.said[1:] == ["place 2 None", "callback_offer 5"]
