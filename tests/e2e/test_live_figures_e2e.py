"""Figures while they happen: the event stream, `hotline live`, and every query of the Grafana dashboard on the metrics
of the running service."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import promql_parser as promql
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from conftest import Phones, Site

_ROOT = Path(__file__).resolve().parents[2]
_FLOW = """
numbers: ["12371"]
start: person
person: person
steps:
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""


async def stream(site: "Site") -> Any:
    """What the event stream tells, as it comes."""
    told = json.loads(site.control.read_text())
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {told['token']}"}) as session,
        session.get(f"{told['url']}/api/streams/live") as response,
    ):
        async for line in response.content:
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))


async def samples(site: "Site") -> dict[str, list[Mapping[str, str]]]:
    """Every metric of the running service by name, with the labels of its samples."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{site.ports['http']}/metrics") as page,
    ):
        families = text_string_to_metric_families(await page.text())
        found: dict[str, list[Mapping[str, str]]] = {}
        for sample in (sample for family in families for sample in family.samples):
            found.setdefault(sample.name, []).append(sample.labels)
        return found


def queries() -> Iterator[tuple[str, set[str]]]:
    """Every query of the dashboard, with the labels that its legend shows."""
    board = json.loads((_ROOT / "dashboards" / "hotline.json").read_text(encoding="utf-8"))
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield target["expr"], set(re.findall(r"{{(\w+)}}", target["legendFormat"]))


def parts(expression: Any) -> Iterator[Any]:
    """An expression of PromQL and all that is in it."""
    yield expression
    for name in ("expr", "lhs", "rhs", "vector_selector"):
        inner = getattr(expression, name, None)
        if isinstance(inner, promql.Expr):
            yield from parts(inner)
    for inner in getattr(expression, "args", ()):
        yield from parts(inner)


async def test_the_stream_tells_a_call_as_it_goes_and_every_query_of_the_dashboard_finds_its_metric(
    site: "Site", phones: "Phones"
) -> None:
    await site.add_flow("live_figures", _FLOW)
    seat = await phones.seat("1001", "2002")
    before = site.api("live")["today"]
    seen: list[dict[str, Any]] = []
    answered = asyncio.Event()

    async def follow() -> None:
        async for told in stream(site):
            seen.append(told)
            if told["today"]["answered"] > before["answered"]:
                answered.set()

    async with asyncio.TaskGroup() as group:
        following = group.create_task(follow())
        caller = await phones.call("13807770001", to="12371")
        await caller.hear_tone(seat.tone, 20)
        async with asyncio.timeout(20):
            await answered.wait()
        gives_up = await phones.call("13807770002", to="12371")
        await site.happened("13807770002", "Queued", 20)
        await site.eventually(lambda: site.api("live")["now"]["waiting"] == 1)
        await gives_up.hang_up()
        await caller.hang_up()
        await site.eventually(lambda: site.api("live")["today"]["abandoned"] == before["abandoned"] + 1, 20)
        following.cancel()
    talking = next(told for told in seen if told["today"]["answered"] > before["answered"])
    assert talking["now"]["seats"]["talking"] == 1
    assert talking["last_15_min"]["service_level"] > 0

    told = await site.hotline("live")
    assert told["today"]["arrived"] >= before["arrived"] + 2
    assert told["today"]["connect_rate"] < 1.0

    there = await samples(site)
    wanted = list(queries())
    assert len(wanted) >= 20
    for query, shown in wanted:
        everything = list(parts(promql.parse(query)))
        selectors = [one for one in everything if isinstance(one, promql.VectorSelector)]
        assert selectors, query
        for selector in selectors:
            assert selector.name in there, (query, "no such metric")
            matching = [
                labels for labels in there[selector.name]
                if all(labels.get(one.name) == one.value for one in selector.matchers.matchers)
            ]  # fmt: skip
            assert matching, (query, "no sample with these labels", there[selector.name])
            grouped = {
                label for one in everything if isinstance(one, promql.AggregateExpr) and one.modifier
                for label in one.modifier.labels
            }  # fmt: skip
            assert grouped | shown <= set(matching[0]), (query, matching[0])
            assert not grouped or shown <= grouped, query
