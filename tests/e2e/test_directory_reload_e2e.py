"""The directory is edited while callers wait and talk: shown first, then taken, and nobody is disturbed."""

import asyncio
import re
import time
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


async def test_odd_changes_at_once_drop_nobody(site: "Site", phones: "Phones") -> None:
    """The queue that somebody waits in asks for something else, another one is gone, and so is the one who talks."""
    file = site.state / "dialplans" / "directory.yaml"
    before = file.read_text(encoding="utf-8")
    flow = site.state / "dialplans" / "doomed.yaml"
    await site.add_flow("expert", _FLOW)
    await site.add_flow("doomed", _FLOW.replace("12394", "12393").replace("queue: expert", "queue: unhurried"))
    expert, plain = await asyncio.gather(phones.seat("1001", "2004"), phones.seat("1002", "2002", ready=False))
    talks = await phones.call("13802000031", to="12394")
    await talks.hear_tone(expert.tone, 10)
    waits = await phones.call("13802000032", to="12394")
    await site.eventually(lambda: len(site.waiting()) == 1)
    doomed = await phones.call("13802000033", to="12393")
    await site.eventually(lambda: len(site.waiting()) == 2)
    changed = re.sub(r"(  expert:.*?needs: )housing >= 2", r"\1general >= 1", before, count=1, flags=re.DOTALL)
    changed = re.sub(r"  unhurried:.*?\n(?=\S|  \w+:)", "", changed, count=1, flags=re.DOTALL)
    changed = re.sub(r'  "?2004"?:.*\n', "", changed, count=1).replace('agents: ["2004"]', 'agents: ["2003"]')
    assert before.count("\n") > changed.count("\n") and changed.count("general >= 1") == 1
    try:
        flow.unlink()
        file.write_text(changed, encoding="utf-8")
        told = await site.told("reload")
        assert told["mistakes"] == [], told
        assert {"queue unhurried: gone", "person 2004: gone"} <= set(told["changes"])
        lengths = {queue["queue"]: len(queue["callers"]) for queue in site.api("queue")}
        assert (lengths["expert"], lengths["unhurried"]) == (1, 1), "nobody is turned away"
        assert site.agent("2004")["state"] == "talking", "nobody is cut off"
        await plain.press("*12")
        await waits.hear_tone(plain.tone, 10)  # whom the queue asks for now
        await waits.hang_up()
        await doomed.hear_tone(plain.tone, 10)
        assert not talks.ended.is_set(), "the talk was disturbed"
        await asyncio.gather(talks.hang_up(), doomed.hang_up())
        await site.eventually(lambda: site.agent("2004")["state"] == "logged_out")
    finally:
        file.write_text(before, encoding="utf-8")
        await site.told("reload")


async def test_a_team_renamed_and_seats_taken_away_disturb_nobody_who_waits_or_talks(
    site: "Site", phones: "Phones"
) -> None:
    file = site.state / "dialplans" / "directory.yaml"
    shipped = file.read_text(encoding="utf-8")
    needs = re.compile(r"(  expert:.*?needs: )housing >= 2 and lang.zh", re.DOTALL)
    before = needs.sub(r"\1team.north", shipped, count=1)
    before = before.replace("{name: 刘洋,", "{name: 刘洋, team: north,")
    assert before.count("north") == 2
    renamed = before.replace("north", "south").replace("last: 1060", "last: 1050")
    await site.add_flow("expert", _FLOW)
    try:
        file.write_text(before, encoding="utf-8")
        assert (await site.told("reload"))["mistakes"] == []
        last = await phones.seat("1060", "2004")
        talks = await phones.call("13802000041", to="12394")
        await talks.hear_tone(last.tone, 10)
        waits = await phones.call("13802000042", to="12394")
        await site.eventually(lambda: len(site.waiting()) == 1)
        file.write_text(renamed, encoding="utf-8")
        told = await site.told("reload")
        assert told["mistakes"] == [], told
        assert any("team" in change and "south" in change for change in told["changes"]), told
        assert any("1050" in change for change in told["changes"]), told
        since = time.monotonic()
        await asyncio.sleep(1.5)
        assert last.tone in talks.heard_tones([last.tone], since=since), "the talk was disturbed"
        assert len(site.waiting()) == 1, "whoever waited was dropped"
        await talks.hang_up()
        await waits.hear_tone(last.tone, 15)  # the same person, of a team with another name
        await waits.hang_up()
    finally:
        file.write_text(shipped, encoding="utf-8")
        await site.told("reload")


async def test_a_waiting_caller_is_helped_by_a_neighbour_queues_people_and_an_edit_of_that_queue_counts(
    site: "Site", phones: "Phones"
) -> None:
    file = site.state / "dialplans" / "directory.yaml"
    shipped = file.read_text(encoding="utf-8")
    relaxed = '{zh: 专家坐席, needs: housing >= 2, ring_s: 3, wrap_up_s: 0, relax: [{after_s: 2, add: "queue:%s"}]}'
    helped = re.sub(
        r"  expert:.*?\n(?=\S|  \w+:)", f"  expert: {relaxed % 'english'}\n", shipped, count=1, flags=re.DOTALL
    )
    edited = re.sub(r"(  english:.*?needs: )\{.*?\}", r"\1{general: 2, lang.zh: 1}", helped, count=1, flags=re.DOTALL)
    assert len({shipped, helped, edited}) == 3
    await site.add_flow("expert", _FLOW)
    try:
        file.write_text(helped.replace("queue:english", "queue:englsh"), encoding="utf-8")
        assert "did you mean 'english'?" in (await site.told("reload"))["mistakes"][0]
        file.write_text(helped, encoding="utf-8")
        assert (await site.told("reload"))["mistakes"] == []
        expert, plain = await asyncio.gather(phones.seat("1001", "2004"), phones.seat("1002", "2002"))
        talks = await phones.call("13802000051", to="12394")
        await talks.hear_tone(expert.tone, 10)
        waits = await phones.call("13802000052", to="12394")
        await site.eventually(
            lambda: any("or general >= 1 and lang.en >= 3" in caller["need"] for caller in site.waiting()), 10
        )  # who speaks no English is still not rung
        assert plain.taken == 0
        file.write_text(edited, encoding="utf-8")
        told = await site.told("reload-dry-run")
        assert [change.partition(":")[0] for change in told["changes"]] == ["queue english", "queue expert"]
        assert (await site.told("reload"))["mistakes"] == []
        await waits.hear_tone(plain.tone, 10)
        await asyncio.gather(talks.hang_up(), waits.hang_up())
    finally:
        file.write_text(shipped, encoding="utf-8")
        await site.told("reload")
