"""An agent's screen, told as server-sent events: what is known of the caller is there from the offer on.

Nothing is queued: whoever was slow is told how things stand now. What is told is looked up only where somebody listens.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import structlog
from aiohttp import web

from calls import mask_number
from hotline.rest.asking import Asker, Door, Refusal, as_json
from hotline.rest.bodies import Problem, Screen, shown
from hotline.rest.callers import Callers
from hotline.rest.tokens import Right
from tickets import StoreUnavailable

log = structlog.get_logger(__name__)

_MOST = 500  # who listen at once
_SAFE_S = 1.0  # for the call to come into the store, before it is looked up
_AGAIN_S = 1.0  # after which a call is looked for again that was not in the store
_ALIVE_S = 15.0  # between two signs of life
_STUCK_S = 10.0  # a listener who takes nothing for so long is let go


class Screens:
    """Who is to be told when an agent's standing changes."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)

    def must_have_room(self) -> None:
        """Raise ``Refusal`` where too many listen."""
        if sum(len(theirs) for theirs in self._listeners.values()) >= _MOST:
            raise Refusal(503, f"{_MOST} listen already")

    def changed(self, agent: str) -> None:
        """Wake those who listen for this agent."""
        for listener in self._listeners.get(agent, ()):
            listener.set()

    @contextmanager
    def listening(self, agent: str) -> Iterator[asyncio.Event]:
        """Yield what is set whenever the agent's standing changes."""
        woken = asyncio.Event()
        self._listeners[agent].add(woken)
        try:
            yield woken
        finally:
            self._listeners[agent].discard(woken)
            if not self._listeners[agent]:
                del self._listeners[agent]


class ScreenStream:
    """``GET /v1/agents/{agent}/screen/events``. ``safe`` returns once all that has happened is in the store."""

    def __init__(
        self, door: Door, callers: Callers, screens: Screens, safe: Callable[[], Awaitable[None]] | None
    ) -> None:
        self._door, self._callers, self._screens, self._safe = door, callers, screens, safe

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Tell until the listener goes away, or may no longer listen."""
        agent = request.match_info["agent"]
        try:
            asker = self._admitted(request, agent)
            self._screens.must_have_room()
            await self._door.note(request, "followScreen", asker)
        except Refusal as refusal:
            return as_json(Problem(error=str(refusal)).model_dump(), refusal.status)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        with suppress(ConnectionError, TimeoutError):  # whoever listened has gone, or is stuck
            try:
                await self._tell_on(request, response, agent)
            except Refusal as refusal:
                await _send(response, "refused", Problem(error=str(refusal)).model_dump())
        return response

    def _admitted(self, request: web.Request, agent: str) -> Asker:
        asker = self._door.asker(request)
        asker.must(Right.READ)
        asker.may_follow(agent)
        self._callers.standing(agent)
        return asker

    async def _tell_on(self, request: web.Request, response: web.StreamResponse, agent: str) -> None:
        told: Screen | None = None
        with self._screens.listening(agent) as woken:
            while True:
                woken.clear()
                asker = self._admitted(request, agent)  # a token may have been taken away meanwhile
                now = await self._screen(agent, told)
                if now != told:
                    if now.call is not None and _call_of(told) != now.call.id:
                        call, caller = now.call.id, mask_number(now.call.caller)
                        await self._door.note(request, "agentsScreen", asker, call=call, caller=caller)
                    await _send(response, "screen", shown(now, full=Right.NUMBERS in asker.rights))
                    told = now
                missing = _call_of(now) != self._callers.standing(agent)[1]
                while not await _set_within(woken, _AGAIN_S if missing else _ALIVE_S) and not missing:
                    self._door.asker(request)
                    await _write(response, b": still here\n\n")

    async def _screen(self, agent: str, told: Screen | None) -> Screen:
        """Return the screen; of a call that was told already, only the state is new. Without the store, the state is
        told all the same."""
        state, call = self._callers.standing(agent)
        if told is not None and call == _call_of(told):
            return told.model_copy(update={"state": state})
        if not call:
            return Screen(agent=agent, state=state, call=None, history=None)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_SAFE_S):
                    await (self._safe or _at_once)()
            return await self._callers.screen(agent)
        except StoreUnavailable as error:
            log.warning("screen.without_history", agent=agent, call=call, error=str(error))
            return Screen(agent=agent, state=state, call=None, history=None)


def _call_of(screen: Screen | None) -> str:
    return "" if screen is None or screen.call is None else screen.call.id


async def _set_within(woken: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()
    return woken.is_set()


async def _at_once() -> None:
    """For where all is in the store anyway."""


async def _send(response: web.StreamResponse, event: str, value: object) -> None:
    data = json.dumps(value, ensure_ascii=False, default=str)
    await _write(response, f"event: {event}\ndata: {data}\n\n".encode(errors="replace"))


async def _write(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(_STUCK_S):
        await response.write(data)
