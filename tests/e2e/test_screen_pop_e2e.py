"""A desk that listens is told who calls, and what they have asked for, while the agent's phone still rings."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import aiohttp

from simulator import Behaviour, Reaction

if TYPE_CHECKING:
    from conftest import Phones, Site

_FLOW = """
numbers: ["12374"]
start: person
person: person
steps:
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""


async def screens(answer: aiohttp.ClientResponse) -> AsyncIterator[dict[str, Any]]:
    """What the stream tells."""
    async for line in answer.content:
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))


async def until(told: AsyncIterator[dict[str, Any]], state: str) -> dict[str, Any]:
    async for screen in told:
        if screen["state"] == state:
            return screen
    raise AssertionError(f"the stream ended before {state}")


async def test_the_callers_history_is_on_the_agents_screen_before_the_agent_answers(
    site: "Site", phones: "Phones"
) -> None:
    number, others = "13804660011", "13804660012"
    await site.add_flow("screen_pop", _FLOW)
    made = await site.hotline("tickets", "create", "--subject", "路灯不亮", "--caller", number)
    file = site.state / "api-tokens.json"
    before = file.read_text()
    desk = {"role": "agent", "agent": "2001", "token": "the-token-of-2001's-desk"}
    file.write_text(json.dumps({**json.loads(before), "desk": desk}))
    headers = {"Authorization": f"Bearer {desk['token']}"}
    url = f"http://127.0.0.1:{site.ports['http']}/v1/agents/2001/screen/events"
    try:
        async with asyncio.timeout(60), aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
            told = screens(answer)
            other = await phones.seat("1002", "2006")
            talk = await phones.call(others, to="12374")  # another agent's caller
            await talk.hear_tone(other.tone, 20)
            mine = await phones.seat("1001", "2001", behaviour=Behaviour(Reaction.BY_HAND))
            caller = await phones.call(number, to="12374")
            leg = await mine.next_call(20)
            seen = await until(told, "ringing")
            assert not leg.answered.is_set()
            assert (seen["call"]["caller"], seen["call"]["outcome"]) == (number, None)
            assert [one["number"] for one in seen["history"]["tickets"]] == [made["number"]]
            assert others not in json.dumps(seen)

            leg.answer()
            assert (await until(told, "talking"))["call"]["id"] == seen["call"]["id"]
            await caller.hang_up()
            assert (await until(told, "wrap_up"))["history"]["open"] == 1
            await talk.hang_up()
    finally:
        file.write_text(before)
