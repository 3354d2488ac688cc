"""The directory is edited while callers wait and talk: shown first, then taken, and nobody is disturbed."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Phones, Site

_FLOW = """
numbers: ["12394"]
start: person
person: person
steps:
  person: {do: queue, queue: expert, nobody_staffed: end}
  end: {do: hangup}
"""


async def test_a_skill_given_while_a_caller_waits_connects_that_caller_and_leaves_the_talk_alone(
    site: "Site", phones: "Phones"
) -> None:
    file = site.state / "dialplans" / "directory.yaml"
    before = file.read_text(encoding="utf-8")
    await site.add_flow("expert", _FLOW)
    expert, plain = await asyncio.gather(phones.seat("1001", "2004"), phones.seat("1002", "2002"))
    talks = await phones.call("13802000021", to="12394")
    await talks.hear_tone(expert.tone, 10)
    waits = await phones.call("13802000022", to="12394")
    await site.eventually(lambda: len(site.waiting()) == 1)
    try:
        file.write_text(before.replace("王芳, skills: {general: 2,", "王芳, skills: {general: 2, hosing: 3,"), "utf-8")
        told = await site.told("reload")
        assert "did you mean 'housing'?" in told["mistakes"][0]
        file.write_text(before.replace("王芳, skills: {general: 2,", "王芳, skills: {general: 2, housing: 3,"), "utf-8")
        told = await site.told("reload-dry-run")
        assert told["changes"] == [
            "person 2002: skills {general: 2, lang.zh: 5} -> {general: 2, housing: 3, lang.zh: 5}"
        ]
        assert told["files"] == ["directory.yaml"]
        assert len(site.waiting()) == 1, "nothing was to be changed yet"
        assert (await site.told("reload"))["mistakes"] == []
        await waits.hear_tone(plain.tone, 10)
        assert not talks.ended.is_set(), "the talk was disturbed"
        assert site.agent("2004")["state"] == "talking"
        await asyncio.gather(talks.hang_up(), waits.hang_up())
    finally:
        file.write_text(before, encoding="utf-8")
        await site.told("reload")
