"""Orders for talks that go on, as they come in over HTTP: hold, consult, merge, transfer and their like."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import structlog

from calls import AgentId, CallId
from calls.conversation import WISHES, Happening
from calls.targets import NoTarget, Target
from hotline.http import BadOrder
from hotline.parking import Park
from telephony.conversation import Conversation, WishRefused

log = structlog.get_logger(__name__)

_KEYS = frozenset({"act", "call", "to", "by", "agent"})
_WITH_TARGET = frozenset({Happening.CONSULT, Happening.INVITE, Happening.TRANSFER})
_WHO = frozenset({Happening.CONSULT, Happening.INVITE})  # the answer says who it is in the end
_ACTS = frozenset(wish.value for wish in WISHES - {Happening.TAKE})  # that one needs a supervisor at a phone
_DONE = {
    Happening.HOLD: "the caller is on hold",
    Happening.RESUME: "agent and caller talk again",
    Happening.CONSULT: "is being rung; the caller hears music",
    Happening.INVITE: "is being rung; the talk goes on",
    Happening.SWAP: "swapped",
    Happening.MERGE: "all are in one conference",
    Happening.DROP: "is hung up",
    Happening.COMPLETE: "the agent has left, the others talk on",
    Happening.TRANSFER: "the caller is on the way there",
    Happening.PARK: "the caller is parked",
}


class Talks(Protocol):
    """Whose talks these are; the switchboard has them."""

    def conversations(self) -> Mapping[CallId, Conversation]:
        """Return the talks with an agent that go on, by call."""
        ...


class TargetDesk(Protocol):
    """Who knows what a target's words mean."""

    @property
    def park(self) -> Park:
        """Where callers are parked."""
        ...

    def look_up(self, call: CallId, wanted: str, *, to_ring: bool, by: AgentId | None = None) -> Target:
        """Return it, if ``by`` (None: a supervisor) may have it. Raises ``NoTarget``."""
        ...

    def names(self, wanted: str) -> frozenset[str]:
        """Return what somebody in a talk may be called who is meant by these words."""
        ...


class TalkOrders:
    """Carries orders for talks out. Every one, refused or not, is in the log."""

    def __init__(self, talks: Talks, desk: TargetDesk, seat_of: Callable[[AgentId], str]) -> None:
        self._talks, self._desk, self._seat_of = talks, desk, seat_of

    async def __call__(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Carry ``{"act", "call", "to", "by", "agent"}`` out. ``agent``: on behalf of this agent, whose talk it must
        be; without it a supervisor orders it. ``to``, with a drop: whom; without it the last. Raises ``BadOrder``."""
        act, which, to, by, agent = _read(told)
        call, talk = self._find(which)
        if talk is None:
            return self._refused(act, which, call, "no_talk", f"{which}: no agent of ours talks in such a call now")
        if agent and talk.agent != agent:
            return self._refused(act, which, call, "not_yours", f"call {call} is agent {talk.agent}'s, not {agent}'s")
        orderer = f"agent:{agent}" if agent else by
        target, dropped = None, ""
        try:
            if act is Happening.DROP:
                dropped = await talk.order_drop(self._desk.names(to) if to else frozenset(), orderer)
            else:
                may = AgentId(agent) if agent else None
                target = self._desk.look_up(call, to, to_ring=act is not Happening.TRANSFER, by=may) if to else None
                await talk.order(act, target, orderer)
        except NoTarget as error:
            return self._refused(act, which, call, "no_target", str(error))
        except WishRefused as error:
            return self._refused(act, which, call, "not_now", f"{act}: {error}")
        log.info("talk.ordered", call=call, act=act, to=dropped or to, by=by)
        return {
            "ok": True, "result": "done", "call": call, "state": talk.state.value, "parties": _parties(talk),
            **self._done(act, talk, dropped),
        }  # fmt: skip

    def _done(self, act: Happening, talk: Conversation, dropped: str) -> dict[str, Any]:
        """Return what is told of an order that was carried out."""
        number = self._desk.park.number_of(talk.call) if act is Happening.PARK else None
        if number is not None:
            return {"number": number, "message": f"parked: {number}; *17{number} from any seat picks the caller up"}
        if dropped:
            left = "; ".join(str(one) for one in talk.present())
            still = f"still there: {left}" if left else "agent and caller are alone again"
            return {"dropped": dropped, "message": f"{dropped} {_DONE[act]}; {still}"}
        rung = [one.party for one in talk.present() if not one.there] if act in _WHO else []
        return {"message": f"{rung[-1]} {_DONE[act]}" if rung else _DONE[act]}

    def rows(self) -> list[dict[str, Any]]:
        """Return the talks with an agent that go on, with everybody in them; keys are stable."""
        return [
            {"call": call, "agent": talk.agent, "seat": self._seat_of(talk.agent), "state": talk.state.value,
             "parties": _parties(talk)}
            for call, talk in self._talks.conversations().items()
        ]  # fmt: skip

    def _find(self, which: str) -> tuple[CallId, Conversation | None]:
        """Return the talk meant by a call's id, the beginning of one, or ``seat:NNNN``. Raises ``BadOrder``."""
        talks = self._talks.conversations()
        if which.startswith("seat:"):
            seat = which.removeprefix("seat:")
            found = [call for call, talk in talks.items() if self._seat_of(talk.agent) == seat]
        else:
            found = [call for call in talks if call == which] or [call for call in talks if call.startswith(which)]
        if len(found) > 1:
            raise BadOrder(f"{which}: {len(found)} calls begin so; write more of the id")
        return (found[0], talks[found[0]]) if found else (CallId(which), None)

    def _refused(self, act: Happening, which: str, call: CallId, result: str, message: str) -> dict[str, Any]:
        log.info("talk.order_refused", call=which, act=act, result=result)
        return {"ok": False, "result": result, "call": call, "state": "", "message": message}


def _parties(talk: Conversation) -> list[dict[str, Any]]:
    """Return everybody whom an agent has brought into a talk, or is having rung, as a drop names them."""
    return [{"party": one.party, "number": one.number, "there": one.there} for one in talk.present()]


def _read(told: Mapping[str, Any]) -> tuple[Happening, str, str, str, str]:
    if set(told) - _KEYS:
        raise BadOrder(f"an order for a talk has nothing but {', '.join(sorted(_KEYS))}")
    values = {key: told.get(key, "") for key in _KEYS}
    if not all(isinstance(value, str) for value in values.values()):
        raise BadOrder("an order for a talk is words only")
    if values["act"] not in _ACTS:
        raise BadOrder(f"act: one of {', '.join(sorted(_ACTS))}")
    act = Happening(values["act"])
    if not values["call"]:
        raise BadOrder("call: say which, by its id or seat:NNNN")
    if act is not Happening.DROP and bool(values["to"]) != (act in _WITH_TARGET):
        raise BadOrder(
            f"to: {act} needs a target, like department:KEY" if act in _WITH_TARGET else f"to: not with {act}"
        )
    return act, values["call"], values["to"], values["by"] or "supervisor", values["agent"]
