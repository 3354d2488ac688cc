"""Doing ``when`` and ``set``."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import structlog

from calls import CallerHungUp
from ivr.conditions import Fact, FactKind, Value, facts_in, holds, parse
from ivr.conditions.tree import WEEKDAYS
from ivr.doing.walk import Walk
from ivr.filling import filled, marks_in
from ivr.outside import QueueNow
from ivr.speaker import call_data
from ivr.steps import SetValues, When

log = structlog.get_logger(__name__)

_PATIENCE_S = 1.5  # for a fact that the store must be asked for
_DAY_S = 86_400.0


async def when(walk: Walk, step: When) -> str:
    """Go where the first condition leads that holds."""
    facts: dict[Fact, Value] = {}
    asked: set[Fact] = set()
    for text, then in step.ways():
        condition = parse(text)
        for fact in facts_in(condition):
            if fact not in asked:
                asked.add(fact)
                value = await _fact(walk, fact, step.zone)
                if value is not None:
                    facts[fact] = value
        if holds(condition, facts, walk.flow.numbers_in_lists):
            return then
    return step.otherwise


async def set_values(walk: Walk, step: SetValues) -> str:
    """Note values and tags; what is made of a secret is one."""
    values = {name: filled(text, call_data(walk.call)) for name, text in step.values.items()}
    secrets = [name for name, text in step.values.items() if walk.call.secrets.intersection(marks_in(text))]
    walk.keep(values, step.tags, secrets=secrets)
    return step.next


async def _fact(walk: Walk, fact: Fact, zone: str) -> Value | None:
    """Return what is asked about, or None when it cannot be known."""
    at_hand = _AT_HAND.get(fact.kind)
    if at_hand is not None:
        return at_hand(walk, fact, datetime.fromtimestamp(walk.clock.now(), ZoneInfo(zone)))
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await _ASKED_FOR[fact.kind](walk, fact)
    except CallerHungUp:
        raise
    except Exception as error:
        log.warning("flow.fact_unknown", fact=fact.kind.value, of=fact.argument, error=repr(error))
        return None


_AT_HAND: Mapping[FactKind, Callable[[Walk, Fact, datetime], Value]] = {
    FactKind.VARIABLE: lambda walk, fact, _: walk.call.variables.get(fact.argument, ""),
    FactKind.CALLER: lambda walk, *_: walk.call.caller,
    FactKind.DIALLED: lambda walk, *_: walk.call.dialled,
    FactKind.LANGUAGE: lambda walk, *_: walk.call.language.value,
    FactKind.TAGS: lambda walk, *_: tuple(walk.call.tags),
    FactKind.TIME: lambda _, __, now: now.time().replace(second=0, microsecond=0),
    FactKind.DATE: lambda _, __, now: now.date(),
    FactKind.WEEKDAY: lambda _, __, now: WEEKDAYS[now.weekday()],
}


async def _calls_in(walk: Walk, fact: Fact) -> Value | None:
    if not walk.call.caller:
        return None
    since = walk.clock.now() - int(fact.argument) * _DAY_S
    return Decimal(await walk.services.outside.facts.calls_since(walk.call.caller, since, walk.call.id))


async def _last_ticket(walk: Walk, _: Fact) -> Value | None:
    if not walk.call.caller:
        return None
    return await walk.services.outside.facts.last_ticket(walk.call.caller) or ""


def _of_queue(figure: Callable[[QueueNow], float | None]) -> Callable[[Walk, Fact], Awaitable[Value | None]]:
    async def ask(walk: Walk, fact: Fact) -> Value | None:
        value = figure(await walk.services.outside.facts.queue_now(fact.argument))
        return None if value is None else Decimal(str(value))

    return ask


_ASKED_FOR: Mapping[FactKind, Callable[[Walk, Fact], Awaitable[Value | None]]] = {
    FactKind.CALLS_IN: _calls_in,
    FactKind.LAST_TICKET: _last_ticket,
    FactKind.LENGTH: _of_queue(lambda queue: queue.length),
    FactKind.STAFFED: _of_queue(lambda queue: queue.staffed),
    FactKind.FREE: _of_queue(lambda queue: queue.free),
    FactKind.WAIT_S: _of_queue(lambda queue: queue.wait_s),
}
