"""Ctrl-C, or SIGTERM, while ``hotline simulate`` calls somebody who does not answer."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

SCENARIO = """name: into-the-void
calls: 1000
arrivals: {kind: constant, rate: 10}
callers: {one: {steps: [{wait: 1}, {hang_up: true}]}}
"""


@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_ctrl_c_and_sigterm_end_the_run_soon_and_write_the_report(
    tmp_path: Path, processes: str, number: signal.Signals
) -> None:
    file, told = tmp_path / "void.yaml", tmp_path / "r.json"
    file.write_text(SCENARIO, encoding="utf-8")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.setblocking(False)
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("hotline")), "simulate", str(file), "--json", str(told),
            "--target", f"sip:127.0.0.1:{deaf.getsockname()[1]}", "--processes", processes,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            async with asyncio.timeout(60):
                for _ in range(4):  # calls have come
                    await asyncio.get_running_loop().sock_recv(deaf, 4096)
            os.killpg(process.pid, number)  # as a terminal does, and `timeout`
            if number == signal.SIGTERM:  # which sends it to the process and to its group
                await asyncio.sleep(0.2)
                process.send_signal(number)
            began = time.monotonic()
            async with asyncio.timeout(20):
                out, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
    took = time.monotonic() - began
    assert process.returncode == 130, out.decode()
    assert b"Traceback" not in out
    assert b"stopped; the report is of what was measured by then" in out
    assert took < 10, f"it took {took:.1f} s, the report and the interpreter's end included"
    report = json.loads(told.read_text(encoding="utf-8"))
    assert report["stopped"] is True
    assert report["unfinished"] == report["placed"] > 0
