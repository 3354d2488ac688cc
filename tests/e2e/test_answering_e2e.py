"""What a caller hears first: nothing of it before their own audio can have opened the way, and not much later."""

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Phones


async def first_sound(phones: "Phones", number: str, quiet_s: float | None) -> tuple[float, float]:
    """Call, sending no audio for so long after the answer (None: ever); return when the first sound came, counted from
    the answer and from the first audio."""
    leg = await phones.agent.call("12345", number=number)
    phones.legs.append(leg)
    leg.be_quiet()
    await leg.wait_answered(10)
    answered = began = time.monotonic()
    hearing = asyncio.create_task(leg.hear_sound(10))
    if quiet_s is not None:
        await asyncio.sleep(quiet_s)
        leg.be_quiet(quiet=False)
        began = time.monotonic()
    heard_at = await hearing
    await leg.hang_up()
    return heard_at - answered, heard_at - began


async def test_the_greeting_begins_when_the_caller_s_first_audio_is_there_or_half_a_second_after_the_answer(
    phones: "Phones",
) -> None:
    prompt, late, never = await asyncio.gather(
        first_sound(phones, "13810600001", 0.0), first_sound(phones, "13810600002", 0.3),
        first_sound(phones, "13810600003", None),
    )  # fmt: skip
    assert late[1] >= 0, "the greeting began before the caller had sent anything"
    assert never[0] >= 0.4
    assert max(prompt[1], late[1], never[0] - 0.5) < 0.4
