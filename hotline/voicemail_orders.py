"""Orders about messages, as they come in over HTTP: assign one, call its caller back, done with it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from agents.dial_phrases import DIAL_PHRASES
from agents.dial_rules import DialRefusal, Wish
from calls import AgentId, CallId
from hotline.http import BadOrder
from hotline.voicemail_desk import VoicemailDesk
from tickets import Message, StoreUnavailable, WantedMessages

_KEYS = frozenset({"do", "id", "agent", "by", "note"})


class Dialler(Protocol):
    """Has a seat rung and a number dialled; ``DiallingOut`` does."""

    async def order(self, agent: AgentId, wish: Wish) -> tuple[CallId, DialRefusal | None]:
        """Return the call, and why it was refused. Raises ``LookupError`` where the agent is not logged in."""
        ...


class VoicemailOrders:
    """Carries ``{"do", "id", "agent", "by", "note"}`` out."""

    def __init__(self, desk: VoicemailDesk, people: Callable[[], Mapping[AgentId, Any]], dialler: Dialler) -> None:
        self._desk, self._people, self._dialler = desk, people, dialler
        self._ways: dict[str, Callable[[Message, str, str, str], Awaitable[dict[str, Any]]]] = {
            "heard": self._heard, "assign": self._assign, "callback": self._call_back, "done": self._done,
        }  # fmt: skip

    async def __call__(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Carry one out and return what came of it. Raises ``BadOrder``."""
        way = self._ways.get(str(told.get("do")))
        if set(told) - _KEYS or way is None:
            raise BadOrder(f"an order about a message is {{do: {', '.join(self._ways)}; id: its number; agent; by}}")
        number = told.get("id")
        if not isinstance(number, int) or isinstance(number, bool):
            raise BadOrder("id: say which message, by its number; `hotline voicemail list` has them")
        agent, by, note = (str(told.get(key) or "")[:60] for key in ("agent", "by", "note"))
        if agent and AgentId(agent) not in self._people():
            raise BadOrder(f"agent: there is nobody with the id {agent!r} in the directory")
        try:
            found = await self._desk.find(WantedMessages(id=number, done=None))
            if not found:
                raise BadOrder(f"id: there is no message {number}; `hotline voicemail list` has them")
            if found[0].done_at is not None and told["do"] != "heard":
                return _told(found[0], ok=False, message=f"message {number} is done already, by {found[0].done_by}")
            return await way(found[0], agent, by, note)
        except StoreUnavailable as error:
            return {"ok": False, "id": number, "message": str(error)}

    async def _heard(self, message: Message, agent: str, by: str, note: str) -> dict[str, Any]:
        del note
        await self._desk.heard(message, agent or by)
        return _told(message, message=f"message {message.id} counts as heard")

    async def _assign(self, message: Message, agent: str, by: str, note: str) -> dict[str, Any]:
        del note
        await self._desk.assign(message, agent, by)
        whom = f"agent {agent} sees to message {message.id}" if agent else f"message {message.id} is anybody's again"
        return _told(message, message=whom)

    async def _done(self, message: Message, agent: str, by: str, note: str) -> dict[str, Any]:
        await self._desk.done(message, agent or by, note)
        return _told(message, message=f"message {message.id} is done")

    async def _call_back(self, message: Message, agent: str, by: str, note: str) -> dict[str, Any]:
        """Ring the agent's seat, then dial the caller: with the ticket, so that the call is found with it."""
        del note
        who = agent or message.assigned
        if not who:
            raise BadOrder(f"agent: message {message.id} is assigned to nobody; say who is to call: --agent ID")
        if not message.caller.isdigit():
            return _told(message, ok=False, message="the caller's number is not known")
        try:
            call, refusal = await self._dialler.order(AgentId(who), Wish(message.caller, message.ticket))
        except LookupError as error:
            return _told(message, ok=False, message=str(error.args[0]))
        if refusal is not None:
            return _told(message, ok=False, call_back=call, message=DIAL_PHRASES[f"dial.{refusal}"]["en"])
        if message.assigned != who:
            await self._desk.assign(message, who, by)
        said = f"the seat of agent {who} is being rung; the caller is dialled when it is answered"
        return _told(message, call_back=call, message=said)


def _told(about: Message, *, ok: bool = True, **more: Any) -> dict[str, Any]:
    return {"ok": ok, "id": about.id, "box": about.box, "ticket": about.ticket, **more}
