"""Who may ask what: bearer tokens, made anew in each installation, each with a role."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import structlog

from ivr.kept import must_read, write_kept

log = structlog.get_logger(__name__)


class Role(StrEnum):
    """What a token is for."""

    VIEWER = "viewer"  # reads, telephone numbers masked
    DEPARTMENT = "department"  # and accepts, returns and answers tickets
    AGENT = "agent"  # reads with numbers in full, makes tickets, takes every step
    SUPERVISOR = "supervisor"  # as an agent, and follows the screens of all agents


class Right(StrEnum):
    """What somebody may do."""

    READ = "read"
    NUMBERS = "numbers"  # see telephone numbers in full
    CREATE = "create"
    ANSWER = "answer"  # accept, return, answer
    STEP = "step"  # every step
    SCREENS = "screens"  # follow the screen of any agent


_DEPARTMENT = frozenset({Right.READ, Right.ANSWER})
RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.READ}),
    Role.DEPARTMENT: _DEPARTMENT,
    Role.AGENT: frozenset(Right) - {Right.SCREENS},
    Role.SUPERVISOR: frozenset(Right),
}


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a token is; ``agent``: the only agent whose screen it shows; ``department``: the only one whose tickets it
    shows ("": it does not say)."""

    name: str
    role: Role
    agent: str
    department: str


class TokensUnreadable(OSError):
    """The file of the tokens cannot be read; the message says why, and what to do."""


class ApiTokens:
    """The tokens, in a file that only its owner may read: ``{"name": {"role": ..., "token": ...}}``; an
    agent's own has the agent's number, too: ``"agent": "2001"``, a department's its key: ``"department": "water"``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last_good: Mapping[str, Any] = {}

    def make(self) -> None:
        """Make a token for each role when there are none yet. Raises ``OSError``, and ``TokensUnreadable`` where there
        is a file with a mistake in it, which stays as it is."""
        try:
            self._last_good = must_read(self._path)
        except (OSError, ValueError) as error:
            remedy = "mend it, or move it away to have new tokens made"
            raise TokensUnreadable(f"the API's tokens cannot be read: {error}; {remedy}") from error
        if not self._path.exists():
            made = {role.value: {"role": role.value, "token": secrets.token_urlsafe(32)} for role in Role}
            write_kept(self._path, made)
            self._last_good = made

    def who(self, bearer: str) -> Holder | None:
        """Return whose a token is, or None. The file is read each time: a removed token is refused at
        once. While it cannot be read, the tokens that were in it before are good."""
        found = None
        for name, one in self._tokens().items():
            if not isinstance(one, dict) or str(one.get("role")) not in set(Role) or not one.get("token"):
                continue
            if any(not isinstance(one.get(only, ""), str) or one.get(only) == "" for only in ("agent", "department")):
                continue  # meant for one only: it must not show all of them
            if hmac.compare_digest(str(one["token"]).encode(), bearer.encode(errors="replace")):
                found = Holder(name, Role(one["role"]), one.get("agent", ""), one.get("department", ""))
        return found

    def _tokens(self) -> Mapping[str, Any]:
        try:
            self._last_good = must_read(self._path)
        except (OSError, ValueError) as error:
            log.error("api.tokens_unreadable", error=str(error), remedy="mend the file")  # noqa: TRY400
        return self._last_good
