"""The tests' own PostgreSQL ends with the tests, also when these are killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import postgres as postgresql
import pytest
from sqlalchemy import make_url

KEEPS_IT = """
import sys, time
from pathlib import Path
import postgres
with postgres.running(postgres.programs(), Path(sys.argv[1])) as url:
    print(url, flush=True)
    time.sleep(600)
"""


def listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_a_killed_test_run_leaves_no_postgresql_behind(tmp_path: Path) -> None:
    if postgresql.why_not():
        pytest.skip(postgresql.why_not())
    room = os.pathsep.join([str(Path(postgresql.__file__).parent), str(Path.cwd())])
    run = subprocess.Popen([sys.executable, "-c", KEEPS_IT, str(tmp_path)], stdout=subprocess.PIPE, text=True,
                           env={**os.environ, "PYTHONPATH": room})  # fmt: skip
    assert run.stdout is not None
    with run.stdout:
        port = make_url(run.stdout.readline().strip()).port
        assert port is not None
        assert listens(port)
        run.send_signal(signal.SIGKILL)
        run.wait()
    until = time.monotonic() + 30
    while listens(port):
        assert time.monotonic() < until, "it still runs"
        time.sleep(0.1)
