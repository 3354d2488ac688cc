"""A small HTTP server on loopback: ``/metrics`` and ``/health`` for anybody there, ``/api`` for the command line.

``/api`` wants the random token that the server writes, with its address, to a file only the owner may read. The
command line finds the running service by that file.
"""

import hmac
import json
import os
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

log = structlog.get_logger(__name__)

_MOST_STREAMS = 20  # at once; each costs what it tells, once a second at most

Answer = Callable[[], Any | Awaitable[Any]]
"""Gives what a page shows, as JSON-able values; may be a coroutine function."""


class BadOrder(ValueError):
    """What was sent with a command makes no sense; the message says what would."""


Order = Callable[[Mapping[str, Any]], Any | Awaitable[Any]]
"""Does what the JSON object sent along says, and tells what came of it. Raises ``BadOrder``."""


Stream = Callable[[], AsyncGenerator[Any, None]]
"""Tells, again and again, what a page shows now."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the service can serve callers; ``checks`` names what was looked at, and what is wrong."""

    ok: bool
    checks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pages:
    """What the server shows. ``api`` maps a name to its answer: ``{"status": ..., "agents": ..., "queue": ...}``;
    ``commands`` maps a name to what does something (POST) and tells what came of it; ``orders`` likewise, where a JSON
    object says what; ``streams`` maps a name to what is told anew whenever it changes (``/api/streams/<name>``)."""

    metrics: Callable[[], bytes]
    metrics_type: str
    health: Callable[[], Health]
    api: Mapping[str, Answer]
    commands: Mapping[str, Answer] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)
    streams: Mapping[str, Stream] = field(default_factory=dict)
    routes: Sequence[web.RouteDef] = ()  # of the REST API, which asks for tokens of its own


class ControlServer:
    """Serves ``pages`` on ``host``:``port`` (0: any free port) and tells the command line through ``control_file``."""

    def __init__(self, host: str, port: int, pages: Pages, control_file: Path) -> None:
        self._host = host
        self._wanted_port = port
        self._pages = pages
        self._control_file = control_file
        self._token = secrets.token_urlsafe(32)
        self._streaming = 0
        self._runner: web.AppRunner | None = None
        self.port = port

    async def start(self) -> None:
        """Listen, then write the control file. Raises ``OSError`` when the port is taken."""
        app = web.Application(middlewares=[_faults], client_max_size=64 * 1024)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/health", self._health)
        app.router.add_get("/api/streams/{name}", self._stream)
        app.router.add_get("/api/{name}", self._api)
        app.router.add_post("/api/{name}", self._api)
        app.router.add_routes(self._pages.routes)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._wanted_port)
        try:
            await site.start()
        except OSError:
            await self.stop()
            raise
        self.port = int(self._runner.addresses[0][1])
        self._write_control_file()
        log.info("http.listening", host=self._host, port=self.port)

    async def stop(self) -> None:
        """Stop listening and remove the control file (idempotent)."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
            self._remove_control_file()

    def _write_control_file(self) -> None:
        self._control_file.parent.mkdir(parents=True, exist_ok=True)
        host = f"[{self._host}]" if ":" in self._host else self._host
        url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{self.port}"
        temporary = self._control_file.with_name(self._control_file.name + ".new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"url": url, "token": self._token, "pid": os.getpid()}, file)
        temporary.replace(self._control_file)

    def _remove_control_file(self) -> None:
        try:
            ours = json.loads(self._control_file.read_text(encoding="utf-8")).get("token") == self._token
        except (OSError, ValueError):
            return
        if ours:  # a service that was started meanwhile keeps its own
            self._control_file.unlink(missing_ok=True)

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._pages.metrics(), headers={"Content-Type": self._pages.metrics_type})

    async def _health(self, _request: web.Request) -> web.Response:
        health = self._pages.health()
        return _json({"ok": health.ok, **health.checks}, 200 if health.ok else 503)

    async def _api(self, request: web.Request) -> web.Response:
        if not self._may(request):
            return _stranger()
        order = self._pages.orders.get(request.match_info["name"]) if request.method == "POST" else None
        if order is not None:
            return await _carry_out(order, request)
        known = self._pages.commands if request.method == "POST" else self._pages.api
        answer = known.get(request.match_info["name"])
        if answer is None:
            pages = sorted(known if request.method == "GET" else {*known, *self._pages.orders})
            return _json({"error": "there is no such page", "pages": pages}, 404)
        value = answer()
        return _json(await value if isinstance(value, Awaitable) else value)

    def _may(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(errors="replace"), self._token.encode())

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """Tell what a page shows as server-sent events, until whoever listens goes away."""
        if not self._may(request):
            return _stranger()
        stream = self._pages.streams.get(request.match_info["name"])
        if stream is None:
            return _json({"error": "there is no such stream", "streams": sorted(self._pages.streams)}, 404)
        if self._streaming >= _MOST_STREAMS:
            return _json({"error": f"{_MOST_STREAMS} listen already"}, 503)
        self._streaming += 1
        try:
            return await _tell_on(request, stream)
        finally:
            self._streaming -= 1


async def _tell_on(request: web.Request, stream: Stream) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    with suppress(ConnectionError):  # whoever listened has gone
        async with aclosing(stream()) as told:
            async for value in told:
                await response.write(f"data: {json.dumps(value, ensure_ascii=False, default=str)}\n\n".encode())
    return response


async def _carry_out(order: Order, request: web.Request) -> web.Response:
    try:
        told = await request.json()
    except ValueError:
        return _json({"error": "what was sent is not JSON"}, 400)
    if not isinstance(told, dict):
        return _json({"error": "what was sent is not a JSON object"}, 400)
    try:
        value = order(told)
        return _json(await value if isinstance(value, Awaitable) else value)
    except BadOrder as error:
        return _json({"error": str(error)}, 400)


@web.middleware
async def _faults(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer a fault of ours with 500 and log it; what was wrong is not told to strangers."""
    try:
        return await handler(request)
    except web.HTTPException as answer:
        return _json({"error": answer.reason}, answer.status)
    except Exception:
        log.exception("http.failed", path=request.path)
        return _json({"error": "a fault of the service; its log says more"}, 500)


def _stranger() -> web.Response:
    return _json({"error": "the token of the control file is missing or wrong"}, 401)


def _json(value: Any, status: int = 200) -> web.Response:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return web.Response(text=text, status=status, content_type="application/json")
