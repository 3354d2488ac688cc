"""Asks other systems for flows: over HTTP only hosts that the settings allow, in databases only their questions.

Answers are strangers' words: bounded in size and time, never followed elsewhere, JSON or nothing.
"""

import asyncio
import json
from collections.abc import Collection, Mapping
from typing import Any

import aiohttp
from yarl import URL

from ivr.outside import HttpQuestion, LookUpFailed
from tickets.lookups import DatabaseQuestions, QuestionFailed

_MOST_BYTES = 64 * 1024
_NOTHING = frozenset({204, 404, 410})
_MOST_AT_ONCE = 50  # connections to all hosts together


class FlowLookUps:
    """``ivr.outside.LookUps``; opens connections when first needed."""

    def __init__(self, hosts: Collection[str], questions: DatabaseQuestions) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._questions = questions
        self._session: aiohttp.ClientSession | None = None

    async def over_http(self, question: HttpQuestion) -> Any:
        """Return the JSON that is answered, or None when there is nothing. Raises ``LookUpFailed``."""
        url = URL(question.url, encoded=True)
        if (url.raw_authority or "").lower() not in self._hosts:
            raise LookUpFailed(f"the host {url.raw_authority} is not in the setting lookups.hosts")
        get = question.method == "GET"
        if get and question.send:
            url = url.update_query(question.send)
        try:
            async with asyncio.timeout(question.timeout_s), self._open().request(
                question.method, url, json=None if get else dict(question.send), allow_redirects=False,
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            ) as response:  # fmt: skip
                return await _answer(response)
        except TimeoutError as error:
            raise LookUpFailed(f"no answer from {url.host} within {question.timeout_s:g} s") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise LookUpFailed(f"no answer from {url.host}: {type(error).__name__}") from error

    async def in_database(self, query: str, values: Mapping[str, str], timeout_s: float) -> Mapping[str, Any] | None:
        """Return the first row that a question of the settings finds, or None. Raises ``LookUpFailed``."""
        try:
            return await self._questions.first_row(query, values, timeout_s)
        except QuestionFailed as error:
            raise LookUpFailed(str(error)) from error

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None
        await self._questions.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_MOST_AT_ONCE), cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None), trust_env=False, auto_decompress=False,
            )  # fmt: skip
        return self._session


async def _answer(response: aiohttp.ClientResponse) -> Any:
    """Return what is answered; an answer that is too long, not JSON or elsewhere is none."""
    if response.status in _NOTHING:
        return None
    if response.status != 200:
        raise LookUpFailed(f"{response.url.host} answered {response.status}")
    body = bytearray()
    async for part in response.content.iter_chunked(8192):
        body += part
        if len(body) > _MOST_BYTES:
            raise LookUpFailed(f"{response.url.host} answered more than {_MOST_BYTES} bytes")
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise LookUpFailed(f"{response.url.host} answered no JSON") from error


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
