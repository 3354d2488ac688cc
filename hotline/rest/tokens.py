"""Who may ask what: bearer tokens, made anew in each installation, each with a role."""

import hmac
import secrets
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from ivr.kept import read_kept, write_kept


class Role(StrEnum):
    """What a token is for."""

    VIEWER = "viewer"  # reads, telephone numbers masked
    DEPARTMENT = "department"  # and accepts, returns and answers tickets
    AGENT = "agent"  # reads with numbers in full, makes tickets, takes every step
    SUPERVISOR = "supervisor"  # as an agent


class Right(StrEnum):
    """What somebody may do."""

    READ = "read"
    NUMBERS = "numbers"  # see telephone numbers in full
    CREATE = "create"
    ANSWER = "answer"  # accept, return, answer
    STEP = "step"  # every step


_DEPARTMENT = frozenset({Right.READ, Right.ANSWER})
RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.READ}),
    Role.DEPARTMENT: _DEPARTMENT,
    Role.AGENT: frozenset(Right),
    Role.SUPERVISOR: frozenset(Right),
}


class ApiTokens:
    """The tokens, in a file that only its owner may read: ``{"name": {"role": ..., "token": ...}}``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def make(self) -> None:
        """Make a token for each role when there are none yet. Raises ``OSError``."""
        if not self._path.exists():
            write_kept(self._path, {
                role.value: {"role": role.value, "token": secrets.token_urlsafe(32)} for role in Role
            })  # fmt: skip

    def who(self, bearer: str) -> tuple[str, Role] | None:
        """Return name and role of a token, or None. The file is read each time: a removed token is refused at once."""
        found = None
        for name, one in read_kept(self._path).items():
            if not isinstance(one, dict) or one.get("role") not in set(Role) or not one.get("token"):
                continue
            if hmac.compare_digest(str(one["token"]).encode(), bearer.encode(errors="replace")):
                found = (name, Role(one["role"]))
        return found
