"""REGISTER with digest: kept alive, and taken back (RFC 3261, section 10)."""

import asyncio
import time

import structlog

from simulator.agent import UserAgent
from simulator.measures.registering import RegisterAttempt
from simulator.sip import wire
from simulator.sip.digest import Credentials, authorise
from simulator.sip.wire import URI, Address, Response

_log = structlog.get_logger(__name__)
RETRY_S = 5.0
REFRESH_AT = 0.75
"""Part of the granted time after which a registration is refreshed."""


class RegistrationFailed(Exception):
    """The registrar refused or did not answer."""

    def __init__(self, status: int, phrase: str) -> None:
        super().__init__(f"registration failed: {status} {phrase}")
        self.status = status


class Registration:
    """One account's binding at the target's registrar."""

    def __init__(self, agent: UserAgent, credentials: Credentials, expires: int) -> None:
        self.expires = expires  # asked for, seconds
        self.attempts: list[RegisterAttempt] = []  # to register, and to stay so
        self.granted = 0  # by the registrar, 0 while not registered
        self._agent = agent
        self._credentials = credentials
        self._call_id = wire.new_call_id(agent.address[0])
        self._tag = wire.new_tag()
        self._sequence = 0
        self._refresh: asyncio.Task[None] | None = None

    async def register(self) -> None:
        """Register and keep it so until ``stop``. Raises ``RegistrationFailed``."""
        await self._bind(self.expires)
        if self._refresh is None or self._refresh.done():
            self._refresh = self._agent.spawn(self._keep())
        self._agent.reconnected.add(self._renew)

    async def unregister(self) -> None:
        """Take the binding back. Raises ``RegistrationFailed``."""
        self.stop()
        await self._bind(0)

    def stop(self) -> None:
        """Refresh no longer; the binding stays until it runs out."""
        self._agent.reconnected.discard(self._renew)
        if self._refresh is not None:
            self._refresh.cancel()
            self._refresh = None

    def _renew(self) -> None:
        """Register anew at once: the connection by which we could be reached was another one."""
        if self._refresh is not None:
            self._refresh.cancel()
        self._refresh = self._agent.spawn(self._keep(at_once=True))

    async def _keep(self, *, at_once: bool = False) -> None:
        while True:
            await asyncio.sleep(0.0 if at_once else max(self.granted * REFRESH_AT, 1.0))
            at_once = False
            try:
                await self._bind(self.expires)
            except RegistrationFailed as error:
                _log.warning("simulator.refresh_failed", account=self._credentials.username, error=str(error))
                await asyncio.sleep(RETRY_S)

    async def _bind(self, expires: int) -> None:
        began = time.monotonic()
        response = await self._exchange(expires)
        if response.code == 423:  # interval too brief
            self.expires = expires = int(response.headers.get("Min-Expires") or expires)
            response = await self._exchange(expires)
        if expires:
            self.attempts.append(RegisterAttempt(response.code, time.monotonic() - began))
        if response.code != 200:
            self.granted = 0
            raise RegistrationFailed(response.code, response.phrase)
        self.granted = _granted(response, self._contact(), expires)

    async def _exchange(self, expires: int) -> Response:
        host, port = self._agent.target
        user = self._credentials.username
        registrar = URI("sip", host, port=port)
        me = str(Address(URI("sip", host, user=user, port=port)))
        extra: dict[str, str] = {}
        for _ in range(3):
            self._sequence += 1
            request = wire.request(
                "REGISTER",
                registrar,
                from_header=f"{me};tag={self._tag}",
                to_header=me,
                call_id=self._call_id,
                sequence=self._sequence,
                contact=self._contact(),
                headers={"Expires": str(expires), "Allow": wire.ALLOW, **extra},
            )
            response = await self._agent.request(request)
            answer = authorise(response, self._credentials, "REGISTER", str(registrar))
            if not answer or (extra and not _is_stale(response)):
                break
            extra = answer
        return response

    def _contact(self) -> str:
        return self._agent.contact(self._credentials.username)


def _granted(response: Response, contact: str, asked: int) -> int:
    """Return the seconds the registrar gave our contact."""
    for address in response.contact:
        if f"<{address.uri}>" == contact and (seconds := address.parameters.get("expires") or "").isdigit():
            return int(seconds)
    return response.expires if response.expires is not None else asked


def _is_stale(response: Response) -> bool:
    challenge = response.headers.get("WWW-Authenticate") or response.headers.get("Proxy-Authenticate") or ""
    return "stale=true" in challenge.lower().replace('"', "")
