"""Debian packages unpacked into a prefix, without root: apt fetches and verifies them in a directory of its own.

Debian 12 and 13 have no ``asterisk``; Debian's testing suite has 22 LTS. A package set and all that it depends on is
downloaded with a private apt state (an empty dpkg status, so nothing of the machine counts as installed) and unpacked;
its programs run through the prefix's own dynamic loader, so the machine's C library does not matter.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

_KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
    "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
)
_APT_TIMEOUT_S = 600


class CannotInstall(Exception):
    """A package cannot be fetched; the text says what is missing and what to do."""


def mirror() -> tuple[str, str]:
    """Return (address, distribution) of the machine's own package mirror. Raises ``CannotInstall``."""
    if shutil.which("apt-get") is None:
        raise CannotInstall("there is no apt-get here: install Asterisk 20 or newer yourself, then run this again")
    listing = _run("apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI) $(SUITE)", "Created-By: Packages")
    for line in listing.splitlines():
        origin, _, rest = line.partition(" ")
        address = rest.rpartition(" ")[0]
        if origin in ("Debian", "Ubuntu") and "security" not in address:
            return address, origin
    raise CannotInstall("apt has no package lists yet: run 'apt-get update' as root once, then this again")


def install(packages: list[str], prefix: Path) -> None:
    """Unpack packages and what they need into ``prefix`` (made whole or not at all). Raises ``CannotInstall``."""
    address, origin = mirror()
    suite = "testing" if origin == "Debian" else _ubuntu_suite()
    prefix.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=prefix.parent, prefix=".fetching-") as scratch_name:
        scratch = Path(scratch_name).resolve()
        options = _private_apt(scratch, address, suite, "main" if origin == "Debian" else "main universe")
        _run("apt-get", *options, "update")
        _run("apt-get", *options, "-y", "--no-install-recommends", "--download-only", "install", *packages)
        unpacked = scratch / "prefix"
        for package in sorted((scratch / "cache/archives").glob("*.deb")):
            _run("dpkg-deb", "-x", str(package), str(unpacked))
        if prefix.exists():
            shutil.rmtree(prefix)
        unpacked.rename(prefix)


def command_in(prefix: Path, program: str) -> list[str]:
    """Return how to run a prefix's program (``usr/sbin/asterisk``): through the prefix's own loader and libraries."""
    loaders = sorted((*prefix.glob("usr/lib64/ld-linux-*.so.*"), *prefix.glob("usr/lib/ld-linux-*.so.*")))
    libraries = sorted(path for path in prefix.glob("usr/lib/*-linux-gnu*") if path.is_dir())
    if not loaders or not libraries or not (prefix / program).exists():
        raise CannotInstall(f"the unpacked packages in {prefix} are not whole: remove that folder and run this again")
    return [str(loaders[0]), "--library-path", str(libraries[0]), str(prefix / program)]


def _private_apt(scratch: Path, address: str, suite: str, components: str) -> list[str]:
    for folder in ("lists/partial", "cache/archives/partial", "prefix"):
        (scratch / folder).mkdir(parents=True)
    (scratch / "status").touch()
    keyring = next((path for path in _KEYRINGS if Path(path).exists()), None)
    signed = f"[signed-by={keyring}] " if keyring else ""
    (scratch / "sources.list").write_text(f"deb {signed}{address} {suite} {components}\n")
    return [
        "-q",
        *("-o", f"Dir::State::Lists={scratch}/lists"),
        *("-o", f"Dir::State::status={scratch}/status"),
        *("-o", f"Dir::Etc::sourcelist={scratch}/sources.list"),
        *("-o", "Dir::Etc::sourceparts=/dev/null"),
        *("-o", "Dir::Etc::preferencesparts=/dev/null"),
        *("-o", f"Dir::Cache={scratch}/cache"),
        *("-o", "APT::Sandbox::User="),
        *("-o", "APT::Get::List-Cleanup=0"),
        *("-o", "Acquire::Languages=none"),
        *("-o", "Debug::NoLocking=1"),
    ]


def _ubuntu_suite() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    raise CannotInstall("this Ubuntu does not say which release it is (/etc/os-release)")


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_APT_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotInstall(f"{command[0]} did not work: {error}") from error
    if done.returncode:
        last = "\n".join((done.stderr or done.stdout).strip().splitlines()[-4:])
        raise CannotInstall(f"{' '.join(command[:1])} failed (is there a network?):\n{last}")
    return done.stdout
