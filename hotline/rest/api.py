"""What each path of the API does. Every look is noted in the audit log before it is answered."""

import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from importlib.metadata import version
from typing import Any, TypeVar

import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError

from hotline.audit import AuditLog
from hotline.categories import CategoryTree
from hotline.rest.asking import Asker, Door, Refusal, as_json
from hotline.rest.bodies import (
    CallPage,
    CallsAsked,
    History,
    NewTicket,
    Problem,
    Screen,
    StepAsked,
    TicketEdit,
    TicketPage,
    TicketsAsked,
    shown,
)
from hotline.rest.callers import Callers
from hotline.rest.openapi import Operation, document
from hotline.rest.screens import Screens, ScreenStream
from hotline.rest.tokens import ApiTokens, Right
from tickets import (
    CallDetail,
    OrderBook,
    OrderDetail,
    OrderFacts,
    OrderRefused,
    Orders,
    Reader,
    StoreUnavailable,
    TicketStep,
    WantedOrders,
    Wish,
)

log = structlog.get_logger(__name__)

M = TypeVar("M", bound=BaseModel)
_BY_DEPARTMENTS = frozenset({TicketStep.ACCEPT, TicketStep.RETURN, TicketStep.ANSWER})
_MOST_SENT = 512 * 1024  # bytes: a content of 100,000 Chinese characters in UTF-8, and the rest
_NUMBER, _PHONE, _ID = r"^[0-9]{6,20}$", r"^\+?[0-9]{3,20}$", r"^[A-Za-z0-9._-]{1,100}$"

OPERATIONS = (
    Operation("GET", "/v1/tickets", "listTickets", "Tickets, the latest first.", TicketPage, query=TicketsAsked),
    Operation("POST", "/v1/tickets", "createTicket", "Make a ticket.", OrderDetail, body=NewTicket, status=201),
    Operation("GET", "/v1/tickets/{number}", "showTicket", "One ticket with its history and calls.", OrderDetail,
              places={"number": _NUMBER}),
    Operation("PATCH", "/v1/tickets/{number}", "editTicket", "Write what a ticket is about.", OrderDetail,
              body=TicketEdit, places={"number": _NUMBER}),
    Operation("POST", "/v1/tickets/{number}/steps", "takeStep", "Take a step with a ticket.", OrderDetail,
              body=StepAsked, places={"number": _NUMBER}),
    Operation("GET", "/v1/calls", "listCalls", "Calls, the latest first.", CallPage, query=CallsAsked),
    Operation("GET", "/v1/calls/{call}", "showCall", "One call with its timeline.", CallDetail, places={"call": _ID}),
    Operation("GET", "/v1/callers/{caller}/history", "callersHistory", "What is known of a caller.", History,
              places={"caller": _PHONE}),
    Operation("GET", "/v1/agents/{agent}/screen", "agentsScreen", "What an agent should see, from the first ring on.",
              Screen, places={"agent": _ID}),
    Operation("GET", "/v1/agents/{agent}/screen/events", "followScreen", "The same, told whenever it changes.",
              Screen, places={"agent": _ID}, events=True),
)  # fmt: skip


class RestApi:
    """The API. ``agents`` tells the floor's agents as ``hotline agents`` does; ``departments`` their keys; ``screens``
    when an agent's standing changes; ``safe`` returns once all that has happened is in the store."""

    def __init__(
        self,
        tokens: ApiTokens,
        book: OrderBook,
        orders: Callable[[], Orders],
        reader: Reader,
        audit: AuditLog,
        *,
        agents: Callable[[], list[dict[str, Any]]],
        departments: Callable[[], Iterable[str]],
        categories: Callable[[], CategoryTree],
        screens: Screens | None = None,
        safe: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._door, self._book, self._orders, self._reader = Door(tokens, audit), book, orders, reader
        self._departments, self._categories = departments, categories
        self._callers = Callers(book, reader, agents)
        self._screens = ScreenStream(self._door, self._callers, screens or Screens(), safe)

    def routes(self) -> list[web.RouteDef]:
        """Return the paths."""
        doing: Mapping[str, Callable[[web.Request, Asker], Awaitable[BaseModel]]] = {
            "listTickets": self._list_tickets, "createTicket": self._create, "showTicket": self._show_ticket,
            "editTicket": self._edit, "takeStep": self._step, "listCalls": self._list_calls,
            "showCall": self._show_call, "callersHistory": self._history_of, "agentsScreen": self._screen,
        }  # fmt: skip
        made = [
            web.route(one.method, one.path, self._asked(one, doing[one.name])) for one in OPERATIONS if not one.events
        ]
        return [
            *made,
            *(web.route(one.method, one.path, self._screens.follow) for one in OPERATIONS if one.events),
            web.get("/v1/openapi.json", self._document),
        ]

    async def _document(self, _request: web.Request) -> web.Response:
        return as_json(document(OPERATIONS, version("hotline-12345")))

    def _asked(
        self, operation: Operation, do: Callable[[web.Request, Asker], Awaitable[BaseModel]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                asker = self._door.asker(request)
                asker.must(Right.READ)
                answer = await do(request, asker)
                if operation.body is None:  # what changes something was noted before it was done
                    await self._door.note(request, operation.name, asker)
            except Refusal as refusal:
                return as_json(Problem(error=str(refusal)).model_dump(), refusal.status)
            except OrderRefused as refused:
                missing = str(refused).startswith("there is no ticket")
                return as_json(Problem(error=str(refused)).model_dump(), 404 if missing else 409)
            except StoreUnavailable as error:
                return as_json(Problem(error=str(error)).model_dump(), 503)
            return as_json(shown(answer, full=Right.NUMBERS in asker.rights), operation.status)

        return handle

    # -- tickets ---------------------------------------------------------------------------------------------------

    async def _list_tickets(self, request: web.Request, asker: Asker) -> BaseModel:
        asked = _query(TicketsAsked, request)
        if asked.caller is not None or asked.text is not None:  # what is found by it is told by it
            asker.must(Right.NUMBERS)
        if asked.after is not None and await self._reader.ticket_record(asked.after) is None:
            raise Refusal(400, f"after: there is no ticket {asked.after} to go on from")
        if asked.department is not None:
            asker.may_have(asked.department)
        asked = asked.model_copy(update={"department": asked.department or asker.department or None})
        codes = None if asked.category is None else self._categories().within(asked.category)
        found = await self._book.find(WantedOrders(
            **asked.model_dump(exclude={"category"}), categories=codes
        ), time.time())  # fmt: skip
        return TicketPage(tickets=found, next=found[-1].number if len(found) == asked.limit else None)

    async def _create(self, request: web.Request, asker: Asker) -> BaseModel:
        asker.must(Right.CREATE)
        asked = await _body(NewTicket, request)
        await self._door.note(request, "createTicket", asker)
        number = await self._orders().create(OrderFacts(**asked.model_dump()), f"api:{asker.name}")
        return await self._ticket(number, similar=False)

    async def _show_ticket(self, request: web.Request, asker: Asker) -> BaseModel:
        found = await self._ticket(request.match_info["number"], similar=not asker.department)
        asker.may_have(found.department)
        return found

    async def _edit(self, request: web.Request, asker: Asker) -> BaseModel:
        asker.must(Right.CREATE)
        asked = await _body(TicketEdit, request)
        await self._must_have(request, asker)
        await self._door.note(request, "editTicket", asker)
        number, facts = request.match_info["number"], OrderFacts(**asked.model_dump(exclude={"reason"}))
        await self._orders().edit(number, facts, f"api:{asker.name}", asked.reason)
        return await self._ticket(number, similar=False)

    async def _step(self, request: web.Request, asker: Asker) -> BaseModel:
        asked = await _body(StepAsked, request)
        asker.must(Right.ANSWER if asked.step in _BY_DEPARTMENTS else Right.STEP)
        if asked.department and asked.department not in (there := set(self._departments())):
            raise Refusal(400, f"there is no department {asked.department!r}; there are: {', '.join(sorted(there))}")
        await self._must_have(request, asker)
        await self._door.note(request, "takeStep", asker)
        await self._orders().take(request.match_info["number"], Wish(**asked.model_dump()), f"api:{asker.name}")
        return await self._ticket(request.match_info["number"], similar=False)

    async def _must_have(self, request: web.Request, asker: Asker) -> None:
        if asker.department:
            asker.may_have((await self._ticket(request.match_info["number"], similar=False)).department)

    async def _ticket(self, number: str, *, similar: bool = True) -> OrderDetail:
        found = await self._book.one(_clean(number), time.time(), similar=similar)
        if found is None:
            raise Refusal(404, f"there is no ticket {number}")
        return found

    # -- calls and callers -------------------------------------------------------------------------------------------

    async def _list_calls(self, request: web.Request, asker: Asker) -> BaseModel:
        asker.must_be_of_all()
        asked = _query(CallsAsked, request)
        if asked.caller is not None:
            asker.must(Right.NUMBERS)
        found = await self._reader.calls(
            limit=asked.limit, since=asked.since, until=asked.before, caller=asked.caller, agent=asked.agent,
            running=asked.running,
        )  # fmt: skip
        return CallPage(calls=found, next=found[-1].arrived_at if len(found) == asked.limit else None)

    async def _show_call(self, request: web.Request, asker: Asker) -> BaseModel:
        asker.must_be_of_all()
        found = await self._reader.call(_clean(request.match_info["call"]))
        if found is None:
            raise Refusal(404, "there is no such call")
        return found

    async def _history_of(self, request: web.Request, asker: Asker) -> BaseModel:
        asker.must_be_of_all()
        asker.must(Right.NUMBERS)  # who tries all numbers of a mask finds the one
        return await self._callers.history(_clean(request.match_info["caller"]))

    async def _screen(self, request: web.Request, asker: Asker) -> BaseModel:
        agent = request.match_info["agent"]
        asker.may_see(agent)
        return await self._callers.screen(agent)


def _query(model: type[M], request: web.Request) -> M:
    given = dict(request.query)
    if len(given) != len(request.query):
        raise Refusal(400, "a parameter is there twice")
    return _checked(model, given)


async def _body(model: type[M], request: web.Request) -> M:
    try:
        given = json.loads(await request.clone(client_max_size=_MOST_SENT).read())
    except (ValueError, RecursionError):
        raise Refusal(400, "what was sent is not JSON") from None
    return _checked(model, given)


def _checked(model: type[M], given: Any) -> M:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Refusal(400, f"{place or 'the body'}: {first['msg']}") from None


def _clean(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refusal(404, "there is no such thing") from None
    if "\0" in text:
        raise Refusal(404, "there is no such thing")
    return text
