"""The simulator's own truth, with SIPp as the other side: what it does on purpose must be measured, not believed.

SIPp echoes RTP untouched, so what a caller hears is what it sent, after its own bad line.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulator import Department
from simulator.scenario import Read, Run, Scenario, run_scenario
from simulator.scenario.record import CallRecord
from simulator.telling.report import report_of
from telephony.asterisk.install import ensure_sipp
from telephony.asterisk.ports import free_ports

ROOT = Path(__file__).resolve().parents[3]
ANSWER = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="answers late">
  <recv request="INVITE"/>
  <pause milliseconds="1200"/>
  <send retrans="500"><![CDATA[
    SIP/2.0 {status}
    [last_Via:]
    [last_From:]
    [last_To:];tag=sipp[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Contact: <sip:[local_ip]:[local_port]>
    {type}Content-Length: [len]

    {body}
  ]]></send>
  <recv request="ACK"/>
  {rest}
</scenario>
"""
OK = ANSWER.format(
    status="200 OK", type="Content-Type: application/sdp\n    ",
    body="""v=0
    o=- 1 1 IN IP[media_ip_type] [media_ip]
    s=sipp
    c=IN IP[media_ip_type] [media_ip]
    t=0 0
    m=audio [media_port] RTP/AVP 8 101
    a=rtpmap:8 PCMA/8000
    a=rtpmap:101 telephone-event/8000
    a=sendrecv
""",
    rest="""<recv request="BYE"/>
  <send><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0

  ]]></send>""",
)  # fmt: skip
BUSY = ANSWER.format(status="486 Busy Here", type="", body="", rest="")


_HEAD = """SIP/2.0 {status}
    [last_Via:]
    [last_From:]
    [last_To:];tag=sipp[call_number]
    [last_Call-ID:]
    {sequence}
    Contact: <sip:[local_ip]:[local_port]>
    Content-Length: 0

"""
RINGS = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="rings for ever">
  <recv request="INVITE"/>
  <send><![CDATA[
    {_HEAD.format(status="180 Ringing", sequence="[last_CSeq:]")}]]></send>
  <recv request="CANCEL"/>
  <send><![CDATA[
    {_HEAD.format(status="200 OK", sequence="[last_CSeq:]")}]]></send>
  <send retrans="500"><![CDATA[
    {_HEAD.format(status="487 Request Terminated", sequence="CSeq: 1 INVITE")}]]></send>
  <recv request="ACK"/>
</scenario>
"""


async def sipp(*words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *ensure_sipp(ROOT / "var"), *words, "-nostdin", "-timeout", "60",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


@contextlib.asynccontextmanager
async def answering(scenario: str, folder: Path, calls: int) -> AsyncIterator[tuple[int, asyncio.subprocess.Process]]:
    """SIPp on a port of its own, with the media of so many calls echoed."""
    file = folder / "answer.xml"
    file.write_text(scenario, encoding="utf-8")
    port = free_ports(1)[0]
    media = free_ports(1)[0] // 2 * 2
    process = await sipp(
        "-sf", str(file), "-i", "127.0.0.1", "-p", str(port), "-mi", "127.0.0.1", "-mp", str(media), "-rtp_echo",
        "-m", str(calls),
    )  # fmt: skip
    try:
        yield port, process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def lived(port: int, callers: dict[str, object], calls: int, **more: object) -> Run:
    scenario = Scenario.model_validate({"name": "truth", "calls": calls, "callers": callers, **more})
    return await run_scenario(Read(scenario, ROOT), {}, target=("127.0.0.1", port), rtp_ports=(21_000, 21_998))


def only(run: Run) -> CallRecord:
    (record,) = run.records
    return record


def kind(tone: int = 310, talk: float = 4, **line: float) -> dict[str, object]:
    steps = [{"hear": tone, "within": 20}, {"wait": talk}, {"hang_up": True}]
    return {"steps": steps, "line": line} if line else {"steps": steps}


async def test_loss_and_delay_on_purpose_come_back_from_a_stranger_s_echo_as_they_were_made(tmp_path: Path) -> None:
    async with answering(OK, tmp_path, 1) as (port, _):
        run = await lived(port, {"bad": kind(loss=0.1, delay_ms=200, talk=6)}, 1)
    record = only(run)
    assert record.reason == ""
    heard = record.heard
    own = 2 * run.late_ms["p99"]  # on a machine that others use, the simulator adds to what it does on purpose
    assert heard.delay_ms == pytest.approx(200, abs=max(10, own))
    assert heard.lost == pytest.approx(record.injected_lost, abs=1)
    assert 0.02 < heard.lost / (heard.packets + heard.lost) < 0.25
    assert heard.mos is not None
    assert heard.mos < 3.7


async def test_jitter_on_purpose_comes_back_from_a_stranger_s_echo_as_it_was_made(tmp_path: Path) -> None:
    async with answering(OK, tmp_path, 1) as (port, _):
        run = await lived(port, {"bad": kind(jitter_ms=100, talk=8)}, 1)
    record = only(run)
    assert record.reason == ""
    assert record.injected_jitter_ms > 10
    own = run.late_ms["p99"]  # on a machine that others use, the simulator adds to what it does on purpose
    assert record.heard.jitter_ms == pytest.approx(record.injected_jitter_ms, rel=0.05, abs=own / 2)
    assert record.heard.lost == 0


async def test_a_clean_line_sounds_as_good_as_it_can_and_a_late_answer_is_found_late(tmp_path: Path) -> None:
    async with answering(OK, tmp_path, 1) as (port, process):
        run = await lived(port, {"good": kind(talk=2)}, 1)
        assert await asyncio.wait_for(process.wait(), 20) == 0, "SIPp saw a call that did not go well"
    record = only(run)
    assert (record.heard.lost, record.went.value) == (0, "done")
    assert (record.heard.mos or 0) > 4.2
    assert 1.19 <= (record.sip[0].request_delay_s or 0) < 10
    assert record.sip[0].disconnect_delay_s is not None


async def test_refusals_are_counted_by_their_code_and_can_be_opened(tmp_path: Path) -> None:
    async with answering(BUSY, tmp_path, 3) as (port, process):
        run = await lived(
            port, {"any": kind()}, 3, arrivals={"kind": "constant", "rate": 10}, limits={"failed": 0}
        )  # fmt: skip
        assert await asyncio.wait_for(process.wait(), 20) == 0
    report = report_of(run)
    assert report["sip"]["codes"] == {"486": 3}
    assert (report["failed"], report["verdict"]) == (3, "failed")
    assert report["reasons"] == {"486 Busy Here": 3}
    lines = [step["line"] for step in report["opened"][0]["ladders"][0]]
    assert lines[0].startswith("INVITE sip:12345@127.0.0.1")
    assert lines[-2:] == ["486 Busy Here (INVITE)", f"ACK sip:12345@127.0.0.1:{run.target[1]}"]
    json.dumps(report)


async def test_a_stranger_s_phone_that_rings_is_told_by_cancel_that_the_caller_hangs_up(tmp_path: Path) -> None:
    async with answering(RINGS, tmp_path, 3) as (port, process):
        run = await lived(
            port, {"hasty": {"steps": [{"wait": 0.5}, {"hang_up": True}]}}, 3,
            arrivals={"kind": "constant", "rate": 10}, limits={"failed": 0},
        )  # fmt: skip
        assert await asyncio.wait_for(process.wait(), 20) == 0, "SIPp saw a call that did not go well"
    report = report_of(run)
    assert (report["done"], report["sip"]["codes"], report["sip"]["cancelled"]) == (3, {"487": 3}, 3)
    assert report["verdict"] == "passed"


async def test_a_stranger_who_calls_is_answered_by_a_simulated_phone() -> None:
    async with Department(answer_after_s=0.05) as department:
        process = await sipp(
            "-sn", "uac", "-i", "127.0.0.1", "-p", str(free_ports(1)[0]), "-mi", "127.0.0.1", "-m", "5", "-r", "10",
            "-d", "300", "-recv_timeout", "10000", f"127.0.0.1:{department.address[1]}",
        )  # fmt: skip
        legs = [await department.next_call(20) for _ in range(5)]
        assert await asyncio.wait_for(process.wait(), 30) == 0, "SIPp saw a call that did not go well"
    assert all(leg.reason == "BYE" for leg in legs)
