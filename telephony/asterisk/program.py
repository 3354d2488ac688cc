"""The Asterisk to run: the machine's own when it is new enough, else the private one."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from telephony.asterisk.debs import CannotInstall, command_in

OLDEST = 20
_NEEDED = (
    "chan_pjsip.so",
    "res_agi.so",
    "app_confbridge.so",
    "app_bridgewait.so",
    "app_mixmonitor.so",
    "res_musiconhold.so",
)


@dataclass(frozen=True, slots=True)
class AsteriskProgram:
    """How to run an Asterisk, and where its modules and built-in documentation are."""

    command: tuple[str, ...]
    modules: Path
    data: Path  # holds ``documentation/``, which Asterisk reads at start
    version: str

    def console(self, config: Path, command: str) -> list[str]:
        """Return the command line that runs one CLI command on the Asterisk started with ``config``."""
        return [*self.command, "-C", str(config), "-rx", command]


def prefix_of(state: Path) -> Path:
    """Return where the private Asterisk is unpacked."""
    return state / "asterisk-22"


def find_asterisk(state: Path) -> AsteriskProgram | None:
    """Return the machine's Asterisk when it serves, else the private one in ``state``, else None."""
    own = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    if own is not None and (program := _examine((own,), [Path("/usr/lib"), Path("/usr/local/lib")])) is not None:
        return program
    prefix = prefix_of(state)
    if not prefix.exists():
        return None
    try:
        return _examine(tuple(command_in(prefix, "usr/sbin/asterisk")), [prefix / "usr/lib"], prefix)
    except CannotInstall:
        return None  # broken off half way: install makes it anew


def _examine(command: tuple[str, ...], libraries: list[Path], root: Path | None = None) -> AsteriskProgram | None:
    try:
        said = subprocess.run([*command, "-V"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"Asterisk (?:certified/)?(\d+)[^\s]*", said)
    if found is None or int(found[1]) < OLDEST:
        return None
    for base in libraries:
        for modules in (*base.glob("*/asterisk/modules"), base / "asterisk/modules"):
            if all((modules / name).exists() for name in _NEEDED):
                shared = Path("/usr/share/asterisk") if root is None else root / "usr/share/asterisk"
                if not shared.exists():
                    shared = Path("/var/lib/asterisk")
                return AsteriskProgram(command, modules, shared, found[0].removeprefix("Asterisk "))
    return None
