"""Doing ``lookup``. A caller who waits for another system hears music, and never longer than was written."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import structlog

from ivr.doing.walk import Walk
from ivr.filling import as_value, filled
from ivr.outside import HttpQuestion, LookUpFailed
from ivr.speaker import call_data
from ivr.steps import LookUp

log = structlog.get_logger(__name__)

_LONGER_S = 0.5  # who asks on our behalf keeps the time, too; this is for those who do not


async def look_up(walk: Walk, step: LookUp) -> str:
    """Ask, keep what is answered, and go on by it."""
    if step.prompt is not None:
        await walk.speaker.say(step.prompt)
    try:
        answer = await _asked(walk, step)
    except LookUpFailed as error:
        log.warning("flow.lookup_failed", flow=walk.flow.name, step=walk.step, error=str(error))
        return step.failed
    values = {name: as_value(_at(answer, path)) for name, path in step.into.items()}
    if answer is None or (values and not any(value is not None for value in values.values())):
        return step.not_found
    walk.keep({name: value or "" for name, value in values.items()}, secrets=values if step.secret else ())
    return step.found


async def _asked(walk: Walk, step: LookUp) -> Any:
    """Return the answer, while the caller hears music. Raises ``LookUpFailed``."""
    if step.music:
        await walk.line.music(on=True)
    try:
        async with asyncio.timeout(step.timeout_s + _LONGER_S):
            return await _ask(walk, step)
    except TimeoutError as error:
        raise LookUpFailed("no answer in time") from error
    finally:
        if step.music:
            await walk.line.music(on=False)


async def _ask(walk: Walk, step: LookUp) -> Any:
    values = call_data(walk.call)
    send = {name: filled(text, values) for name, text in step.send.items()}
    if step.query is not None:
        return await walk.services.outside.lookups.in_database(step.query, send, step.timeout_s)
    question = HttpQuestion(filled(step.url or "", values, _in_address), step.method, send, step.timeout_s)
    return await walk.services.outside.lookups.over_http(question)


def _in_address(value: str) -> str:
    """Return a value as it may stand in an address: it can neither end a part of it nor climb out of it."""
    return quote(value, safe="").replace(".", "%2E")


def _at(answer: Any, path: str) -> Any:
    """Return what stands at a path, or None."""
    for part in path.split("."):
        if isinstance(answer, Mapping):
            answer = answer.get(part)
        elif isinstance(answer, list) and part.isdigit() and int(part) < len(answer):
            answer = answer[int(part)]
        else:
            return None
    return answer
