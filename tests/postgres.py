"""A real PostgreSQL for the tests that need one, in a temporary folder, on a free port of loopback.

PostgreSQL refuses to run as root; there it is run in a user namespace of its own, in which root is an ordinary user.
"""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from telephony.asterisk.ports import free_ports

_START_S = 60


def programs() -> Path | None:
    """Return the folder with PostgreSQL's programs, the newest there is, or None. Debian keeps them out of PATH."""
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(debian, key=lambda path: float(path.parts[-3]), reverse=True)
    on_path = shutil.which("initdb")
    return found[0].parent if found else Path(on_path).resolve().parent if on_path else None


@contextmanager
def running(programs: Path, folder: Path) -> Iterator[str]:
    """Start it; give the SQLAlchemy URL of its empty database."""
    (port,) = free_ports(1)
    password, data = secrets.token_hex(8), folder / "data"
    (folder / "password").write_text(password, encoding="ascii")
    ordinary = ["unshare", "--user"] if os.geteuid() == 0 else []
    start = [*ordinary, str(programs / "initdb"), "-D", str(data), "-U", "tests", "-A", "scram-sha-256", "-E", "UTF8",
             "--locale=C", "-N", f"--pwfile={folder / 'password'}"]  # fmt: skip
    subprocess.run(start, check=True, capture_output=True, timeout=_START_S)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    control = [*ordinary, str(programs / "pg_ctl"), "-D", str(data)]
    with (folder / "postgres.log").open("wb") as out:
        subprocess.run(
            [*control, "-w", "-t", str(_START_S), "-o", options, "start"], check=True, stdout=out, stderr=out
        )
    try:
        yield f"postgresql+asyncpg://tests:{password}@127.0.0.1:{port}/postgres"
    finally:
        stopped = subprocess.run([*control, "-w", "-m", "immediate", "stop"], check=False, capture_output=True)
        sys.stderr.write(stopped.stderr.decode())
