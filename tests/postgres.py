"""A real PostgreSQL for the tests that need one, in a temporary folder, on a free port of loopback.

PostgreSQL refuses to run as root; there it is run in a user namespace of its own, in which root is an ordinary user.
It ends with the tests, however they end: a watchman stops it when the pipe that the tests hold is closed, by whomever.
"""

import os
import secrets
import shlex
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from telephony.asterisk.ports import free_ports

_START_S = 60


def programs() -> Path | None:
    """Return the folder with PostgreSQL's programs, the newest there is, or None. Debian keeps them out of PATH."""
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(debian, key=lambda path: float(path.parts[-3]), reverse=True)
    on_path = shutil.which("initdb")
    return found[0].parent if found else Path(on_path).resolve().parent if on_path else None


def why_not() -> str:
    """Return why there can be none on this machine, and what would help; "": there can be one."""
    if programs() is None:
        return "there is no PostgreSQL on this machine: apt-get install postgresql"
    if os.geteuid() == 0 and subprocess.run([*_as_ordinary(), "true"], check=False, capture_output=True).returncode:
        return "PostgreSQL does not run as root, and there are no user namespaces here: run the tests as another user"
    return ""


async def make_database(server: str, like: str | None = None) -> str:
    """Make an empty database on a server, or one with all that another (to which nobody is connected) has; return its
    URL."""
    name = f"made_{uuid.uuid4().hex}"
    await _tell(server, f"create database {name}" + (f" template {make_url(like).database}" if like else ""))
    return make_url(server).set(database=name).render_as_string(hide_password=False)


async def drop_database(server: str, url: str) -> None:
    """Drop it again, whoever is still connected."""
    await _tell(server, f"drop database {make_url(url).database} with (force)")


async def _tell(server: str, order: str) -> None:
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(order))
    await engine.dispose()


def _as_ordinary() -> list[str]:
    return ["unshare", "--user"] if os.geteuid() == 0 else []


@contextmanager
def running(programs: Path, folder: Path) -> Iterator[str]:
    """Start it; give the SQLAlchemy URL of its empty database."""
    (port,) = free_ports(1)
    password, data = secrets.token_hex(8), folder / "data"
    (folder / "password").write_text(password, encoding="ascii")
    start = [*_as_ordinary(), str(programs / "initdb"), "-D", str(data), "-U", "tests", "-A", "scram-sha-256",
             "-E", "UTF8", "--locale=C", "-N", f"--pwfile={folder / 'password'}"]  # fmt: skip
    subprocess.run(start, check=True, capture_output=True, timeout=_START_S)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    control = [*_as_ordinary(), str(programs / "pg_ctl"), "-D", str(data)]
    stop = shlex.join([*control, "-w", "-m", "immediate", "stop"])
    with (folder / "postgres.log").open("wb") as out:
        # In a session of its own, so that Ctrl-C does not end the watchman before it has done its work.
        watchman = subprocess.Popen(["sh", "-c", f"cat > /dev/null; exec {stop}"], stdin=subprocess.PIPE, stdout=out,
                                    stderr=out, start_new_session=True)  # fmt: skip
        try:
            begin = [*control, "-w", "-t", str(_START_S), "-o", options, "start"]
            subprocess.run(begin, check=True, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            yield f"postgresql+asyncpg://tests:{password}@127.0.0.1:{port}/postgres"
        finally:
            watchman.communicate(timeout=_START_S)
