"""The files of a report: a wrong path is told before the run, and one that fails later costs no other."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulator import Behaviour, Reaction, Softphone, UserAgent, constant
from simulator.media.engine import MediaEngine

SCENARIO = """name: one
number: "1001"
calls: 1
arrivals: {kind: constant, rate: 1}
callers: {one: {steps: [{wait: 0.1}, {hang_up: true}]}}
"""


@pytest.fixture
async def exchange() -> AsyncIterator[UserAgent]:
    media = MediaEngine(ports=(23_400, 23_598))
    async with UserAgent(media=media) as agent:
        Softphone(agent, "1001", "x", behaviour=Behaviour(Reaction.ANSWER, constant(0.0)))
        yield agent
    await media.close()


async def simulated(folder: Path, target: UserAgent, *options: str) -> tuple[int, str]:
    file = folder / "one.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("hotline")), "simulate", str(file), *options,
        "--target", f"sip:127.0.0.1:{target.address[1]}",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(60):
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode or 0, out.decode()


async def test_every_file_that_cannot_be_written_is_told_before_anybody_is_called(
    tmp_path: Path, exchange: UserAgent
) -> None:
    in_the_way, good = tmp_path / "a-file", tmp_path / "reports" / "good.html"
    in_the_way.touch()
    code, out = await simulated(
        tmp_path, exchange, "--json", str(in_the_way / "r.json"), "--csv", str(tmp_path), "--html", str(good)
    )
    assert code == 2
    assert f"--json: {in_the_way / 'r.json'} cannot be written" in out
    assert f"--csv: {tmp_path} cannot be written: Is a directory" in out
    assert "placed" not in out
    assert not good.exists()


async def test_a_file_that_cannot_be_written_in_the_end_costs_neither_the_others_nor_the_figures(
    tmp_path: Path, exchange: UserAgent
) -> None:
    told = tmp_path / "r.json"
    code, out = await simulated(tmp_path, exchange, "--html", "/dev/full", "--json", str(told))
    assert code == 5
    assert "--html: /dev/full cannot be written: No space left on device" in out
    assert "passed" in out
    assert json.loads(told.read_text(encoding="utf-8"))["placed"] == 1
