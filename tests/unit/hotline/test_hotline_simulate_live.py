"""What somebody sees on the terminal while ``hotline simulate`` runs and no call ends."""

import asyncio
import os
import pty
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulator import Behaviour, Reaction, Softphone, UserAgent, constant
from simulator.media.engine import MediaEngine

SCENARIO = """name: long-talk
number: "1001"
calls: 1
callers: {one: {steps: [{hear: 500}, {wait: 5}, {hang_up: true}]}}
"""


@pytest.fixture
async def phone() -> AsyncIterator[tuple[Softphone, int]]:
    media = MediaEngine(ports=(22_400, 22_798))
    async with UserAgent(media=media) as exchange:
        answers = Behaviour(Reaction.ANSWER, constant(0.0), one_call_at_a_time=False)
        yield Softphone(exchange, "1001", "x", tone=500, behaviour=answers), exchange.address[1]
    await media.close()


@pytest.mark.parametrize("processes", ["1", "2"])
async def test_the_call_that_is_up_is_shown_while_it_is_up(
    phone: tuple[Softphone, int], tmp_path: Path, processes: str
) -> None:
    called, port = phone
    (tmp_path / "s.yaml").write_text(SCENARIO, encoding="utf-8")
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("hotline")), "simulate", str(tmp_path / "s.yaml"),
        "--target", f"sip:127.0.0.1:{port}", "--processes", processes,
        stdout=asyncio.subprocess.DEVNULL, stderr=theirs, env={**os.environ, "TERM": "xterm", "COLUMNS": "150"},
    )  # fmt: skip
    os.close(theirs)
    loop, seen, shown = asyncio.get_running_loop(), bytearray(), asyncio.Event()

    def read() -> None:
        try:
            seen.extend(os.read(ours, 65_536))
        except OSError:  # nobody is at the other end any more
            loop.remove_reader(ours)
        if re.search(rb"1 placed, 1 on the line, \d+ s", seen):
            shown.set()

    loop.add_reader(ours, read)
    try:
        async with asyncio.timeout(40):
            await shown.wait()
            leg = called.calls.get_nowait()
            assert not leg.ended.is_set(), "it was shown only when it was over"
            assert await process.wait() == 0, seen.decode()
    finally:
        loop.remove_reader(ours)
        os.close(ours)
        if process.returncode is None:
            process.kill()
            await process.wait()
