"""Who asks the API, and what they may; every look is noted in the audit log."""

import asyncio
import json
from typing import Any

import structlog
from aiohttp import web

from calls import mask_number
from hotline.audit import AuditLog
from hotline.rest.tokens import RIGHTS, ApiTokens, Holder, Right

log = structlog.get_logger(__name__)


class Refusal(Exception):
    """A request that is not carried out; the message says why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Asker:
    """Who asks, and what they may."""

    def __init__(self, holder: Holder) -> None:
        self.name, self.agent, self.department = holder.name, holder.agent, holder.department
        self.rights = RIGHTS[holder.role]

    def must(self, right: Right) -> None:
        """Raise ``Refusal`` where they may not."""
        if right not in self.rights:
            raise Refusal(403, f"this token may not do this: it lacks the right {right.value!r}")

    def must_be_of_all(self) -> None:
        """Raise ``Refusal`` where the token is a department's, which sees tickets only."""
        if self.department:
            raise Refusal(403, f"this token is of the department {self.department!r}: it shows its tickets only")

    def may_have(self, department: str) -> None:
        """Raise ``Refusal`` where a ticket of this department (its key; "": of none) is another's than the token's."""
        if self.department and self.department != department:
            raise Refusal(403, f"this token is of the department {self.department!r}, which does not have this ticket")

    def may_see(self, agent: str) -> None:
        """Raise ``Refusal`` where this is another's screen than that of the agent whose token it is."""
        self.must_be_of_all()
        if self.agent and self.agent != agent:
            raise Refusal(403, f"this token is agent {self.agent}'s: it shows no other agent's screen")

    def may_follow(self, agent: str) -> None:
        """The same, and raise ``Refusal`` where the token names no agent and its role does not follow all of them."""
        self.may_see(agent)
        if not self.agent and Right.SCREENS not in self.rights:
            raise Refusal(403, f'this token names no agent: give it "agent": "{agent}" in api-tokens.json')


class Door:
    """Looks at tokens, and notes what is looked at."""

    def __init__(self, tokens: ApiTokens, audit: AuditLog) -> None:
        self._tokens, self._audit = tokens, audit

    def asker(self, request: web.Request) -> Asker:
        """Return who asks. Raises ``Refusal``."""
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        found = self._tokens.who(bearer.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            raise Refusal(401, "the bearer token is missing or wrong: api-tokens.json of the state folder has them")
        return Asker(found)

    async def note(self, request: web.Request, name: str, asker: Asker, **facts: object) -> None:
        """Write down what is looked at, or done. Raises ``Refusal`` where that is not possible."""
        what = {name: value for name, value in request.match_info.items() if name != "caller"}
        who = request.match_info.get("caller") or request.query.get("caller") or ""
        told = {**what, "caller": mask_number(who), **facts, "by": f"api:{asker.name}"}
        try:
            await asyncio.to_thread(self._audit.note, name, **told)
        except OSError as error:
            log.exception("api.audit_failed")
            raise Refusal(503, "the audit log cannot be written, so nothing is shown or done") from error


def as_json(value: Any, status: int = 200) -> web.Response:
    """Return an answer in JSON."""
    return web.Response(
        text=json.dumps(value, ensure_ascii=True, default=str), status=status, content_type="application/json"
    )
