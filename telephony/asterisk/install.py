"""``python -m telephony.asterisk.install [STATE]``: fetch a private Asterisk (and SIPp, for tests) where missing."""

import shutil
import sys
from pathlib import Path

from telephony.asterisk.debs import CannotInstall, command_in, install
from telephony.asterisk.program import AsteriskProgram, find_asterisk, prefix_of


def ensure_asterisk(state: Path) -> AsteriskProgram:
    """Return an Asterisk, fetching a private one when there is none. Raises ``CannotInstall`` with a remedy."""
    program = find_asterisk(state)
    if program is not None:
        return program
    install(["asterisk"], prefix_of(state))
    program = find_asterisk(state)
    if program is None:
        raise CannotInstall("the fetched Asterisk does not start: install Asterisk 20 or newer yourself")
    return program


def ensure_sipp(state: Path) -> list[str]:
    """Return how to run SIPp, the tests' independent witness: the machine's or a private one, fetched when missing.

    Raises ``CannotInstall``.
    """
    own = shutil.which("sipp")
    if own is not None:
        return [own]
    prefix = state / "sipp"
    if not prefix.exists():
        install(["sip-tester"], prefix)
    return command_in(prefix, "usr/bin/sipp")


def main() -> int:
    """Fetch what is missing, say what is there."""
    state = Path(sys.argv[1] if len(sys.argv) > 1 else "var")
    try:
        program = ensure_asterisk(state)
    except CannotInstall as error:
        sys.stderr.write(f"Asterisk: {error}\n")
        return 1
    sys.stdout.write(f"Asterisk {program.version}\n")
    try:
        ensure_sipp(state)
    except CannotInstall as error:
        sys.stderr.write(f"SIPp (needed by some tests only): {error}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
