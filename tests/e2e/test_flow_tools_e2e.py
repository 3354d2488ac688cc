"""Flows change while callers are in them: each follows the version it came into, and an earlier one can be had back."""

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Phones, Site

_MENU = """
numbers: ["{number}"]
start: menu
person: person
steps:
  menu: {{do: menu, prompt: no_input, choices: {{1: {behind}}}, first_digit_s: 60, no_input: {{limit: 10}}}}
  {behind}: {{do: goto, next: end}}
  person: {{do: queue, queue: general, nobody_staffed: end}}
  end: {{do: hangup}}
"""


async def steps_of(site: "Site", number: str) -> list[str]:
    """Return the steps of the latest call from a number, once it has ended."""
    call = await site.call_of(number, timeout=30)
    return [entry.data["step"] for entry in call.timeline if entry.kind == "StepEntered"]


async def take_away(site: "Site", name: str) -> None:
    (site.state / "dialplans" / f"{name}.yaml").unlink()
    assert not (await site.told("reload"))["mistakes"]


async def test_an_earlier_version_is_put_in_use_again_while_a_caller_is_in_the_later_one(
    site: "Site", phones: "Phones"
) -> None:
    await site.add_flow("back", _MENU.format(number="12371", behind="first"))
    before = next(one for one in await site.hotline("flow", "versions") if one["in_use"])
    await site.add_flow("back", _MENU.format(number="12371", behind="second"))
    try:
        [latest, former, *_] = await site.hotline("flow", "versions")
        assert (latest["in_use"], latest["changed"]) == (True, ["back.yaml"])
        assert former["version"] == before["version"]
        told = await site.hotline("flow", "diff", former["version"], "current")
        assert "key 1 leads to second instead of first" in [change["text"] for change in told["changes"]]
        in_second = await phones.call("13802000071", to="12371")
        await in_second.hear_sound(5)

        done = await site.hotline("flow", "back")
        assert done["version"] == former["version"]
        assert done["running"]
        in_first = await phones.call("13802000072", to="12371")
        await in_first.hear_sound(5)
        for leg in (in_second, in_first):
            await leg.send_digits("1")
        assert "second" in await steps_of(site, "13802000071"), "the caller was thrown out of the version it came into"
        assert "first" in await steps_of(site, "13802000072")

        edited = site.state / "dialplans" / "back.yaml"
        assert "second" in edited.read_text(encoding="utf-8"), "what people edit is theirs"
        kept = (await site.hotline("flow", "back", former["version"], "--edited"))["edited_kept_in"]
        assert "first" in edited.read_text(encoding="utf-8")
        assert kept.startswith(str(site.state / "versions"))
        assert await site.hotline("flow", "load", "--dry-run") == {"mistakes": [], "changes": [], "files": []}
        edited.write_text(edited.read_text(encoding="utf-8") + "# mended\n", encoding="utf-8")
        assert "back" in (await site.hotline("flow", "load"))["flows"]
        [loaded, *_] = await site.hotline("flow", "versions")
        assert (loaded["in_use"], loaded["changed"]) == (True, ["back.yaml"])
    finally:
        await take_away(site, "back")


async def test_the_funnel_tells_what_callers_did_in_a_menu(site: "Site", phones: "Phones") -> None:
    await site.add_flow("funnel", _MENU.format(number="12372", behind="news"))
    try:
        pressed, wrong, left = [await phones.call(f"1380200008{i}", to="12372") for i in range(3)]
        for leg in (pressed, wrong, left):
            await leg.hear_sound(5)
        await pressed.send_digits("1")
        await wrong.send_digits("7")
        await site.happened("13802000081", "DigitsEntered")
        await asyncio.gather(wrong.hang_up(), left.hang_up())
        for i in range(3):
            await site.call_of(f"1380200008{i}")
        told = await site.hotline("flow", "funnel", "--flow", "funnel")
        menu = next(one for one in told["steps"] if one["step"] == "menu")
        assert (menu["entered"], menu["went_to"], menu["gave_up"]) == (3, {"news": 1}, 2)
        assert (menu["keys"], menu["wrong_keys"]) == ({"1": 1}, {"7": 1})
    finally:
        await take_away(site, "funnel")


async def swap_under_load(site: "Site", phones: "Phones", callers: int, changes: int) -> None:
    """Let callers come into a menu one after the other while it changes; then all press, each in its own version."""
    legs: list[Any] = []
    for change in range(changes):
        await site.add_flow("swap", _MENU.format(number="12373", behind=f"v{change}"))
        if change < callers:
            number = f"1380201{change:04d}"
            legs.append(await phones.call(number, to="12373"))
            await site.happened(number, "StepEntered")
    try:
        assert not [leg for leg in legs if leg.ended.is_set()], "a caller was lost while flows changed"
        await asyncio.gather(*(leg.send_digits("1") for leg in legs))
        for place in range(len(legs)):
            assert await steps_of(site, f"1380201{place:04d}") == ["menu", f"v{place}", "end"]
    finally:
        await take_away(site, "swap")


async def test_callers_in_the_menu_follow_their_own_version_while_flows_change(site: "Site", phones: "Phones") -> None:
    await swap_under_load(site, phones, callers=6, changes=12)


@pytest.mark.soak
async def test_fifty_callers_follow_their_own_versions_while_flows_change_a_hundred_times(
    site: "Site", phones: "Phones"
) -> None:
    await swap_under_load(site, phones, callers=50, changes=100)
