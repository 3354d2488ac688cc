"""Telling other systems: each message signed, sent until it is taken, with a pause that grows; then given up.

Messages follow the Standard Webhooks convention: headers ``webhook-id`` (the idempotency key: the same whenever the
same is sent again), ``webhook-timestamp`` and ``webhook-signature`` (``v1,`` and the HMAC-SHA256 of id, timestamp and
body).
"""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import structlog

from calls import Clock
from hotline.public_addresses import PrivateAddress, PublicOnly
from hotline.webhook_settings import WebhookSettings, WebhookTarget
from ivr.kept import must_read, write_kept
from tickets import DELIVERIES_AT_ONCE, Deliveries, Delivery, StoreUnavailable

log = structlog.get_logger(__name__)

_LOOK_S = 1.0
_NOBODY_LISTENS_S = 15.0  # where there is no target, what is new is only put away
_TIDY_S = 3600.0
_MOST_READ = 64 * 1024  # bytes of an answer; nobody needs to say more
_LONGEST_WISH_S = 24 * 3600.0  # a target may ask for so much patience


class NotTaken(Exception):
    """A target did not take a message. ``after_s``: seconds it asks us to wait; ``for_ever``: it never will."""

    def __init__(self, why: str, *, after_s: float = 0.0, for_ever: bool = False) -> None:
        super().__init__(why)
        self.after_s, self.for_ever = after_s, for_ever


class Webhooks:
    """Sends what is due. ``async with`` opens and closes its connections."""

    def __init__(
        self,
        settings: WebhookSettings,
        deliveries: Deliveries,
        clock: Clock,
        secret_of: Callable[[str], str],
        resolver: PublicOnly | None = None,
    ) -> None:
        """``secret_of`` gives a target's secret, like ``whsec_…``."""
        self._settings, self._deliveries, self._clock, self._secret_of = settings, deliveries, clock, secret_of
        self._resolver = resolver or PublicOnly(settings.allow)
        self._chance = random.Random()
        self._session: aiohttp.ClientSession | None = None
        self._tidied_at = 0.0

    async def __aenter__(self) -> "Webhooks":
        connector = aiohttp.TCPConnector(resolver=self._resolver, use_dns_cache=False, limit_per_host=4)
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout_s)
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def run(self) -> None:
        """Send for ever, each target at its own pace: one that stalls holds up no other. Until cancelled."""
        async with self, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_going(self.fan_out))
            for name in self._settings.targets:
                tasks.create_task(self._keep_going(partial(self.send_due, name)))

    async def fan_out(self) -> int:
        """Note what each target is to be told of what is new; return how much was."""
        now = self._clock.now()
        if now - self._tidied_at > _TIDY_S:
            self._tidied_at = now
            await self._deliveries.tidy(now - self._settings.keep_days * 86400, self._settings.targets)
        return await self._deliveries.fan_out({name: one.topics for name, one in self._settings.targets.items()}, now)

    async def send_due(self, name: str) -> int:
        """Send a target what is due, in order; return how many it took."""
        taken = 0
        for delivery, payload in await self._deliveries.due(name, self._clock.now()):
            if payload is None:
                await self._deliveries.delivered(delivery, self._clock.now())  # a newer one says more
                continue
            try:
                await self._post(self._settings.targets[name], delivery, payload)
            except NotTaken as error:
                await self._put_off(delivery, error)
            else:
                await self._deliveries.delivered(delivery, self._clock.now())
                taken += 1
        return taken

    async def _keep_going(self, work: Callable[[], Awaitable[int]]) -> None:
        while True:
            try:
                done = await work()
            except StoreUnavailable as error:
                log.error("webhook.store", error=str(error))  # noqa: TRY400 - the words say it
                done = 0
            except Exception:  # whatever one target brings about: the others are told all the same
                log.exception("webhook.failed")
                done = 0
            if done < DELIVERIES_AT_ONCE:  # that was all: what comes next is told together, and calls have the store
                await asyncio.sleep(_LOOK_S if self._settings.targets else _NOBODY_LISTENS_S)

    async def _put_off(self, delivery: Delivery, error: NotTaken) -> None:
        chosen, now = self._settings, self._clock.now()
        if error.for_ever or delivery.attempts + 1 >= chosen.attempts:
            log.error("webhook.given_up", target=delivery.target, topic=delivery.topic, error=str(error),
                      remedy="hotline webhooks list --state dead, then hotline webhooks replay")  # fmt: skip
            await self._deliveries.failed(delivery, str(error), now, None)
            return
        pause = min(chosen.first_retry_s * 2 ** min(delivery.attempts, 30), chosen.longest_retry_s)
        pause = max(pause * self._chance.uniform(0.9, 1.1), min(error.after_s, _LONGEST_WISH_S))
        log.warning("webhook.not_taken", target=delivery.target, error=str(error), again_in_s=round(pause, 1))
        await self._deliveries.failed(delivery, str(error), now, now + pause)

    async def _post(self, target: WebhookTarget, delivery: Delivery, payload: Mapping[str, Any]) -> None:
        """Send one message. Raises ``NotTaken``."""
        if self._session is None:
            raise RuntimeError("webhooks are not open")
        key = delivery.idempotency_key
        message = {"type": delivery.topic, "id": key, "revision": delivery.revision, "data": payload}
        body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        try:
            headers = signed(key, int(self._clock.now()), body, self._secret_of(delivery.target))
            self._resolver.check_url(target.url)
            async with self._session.post(target.url, data=body, headers=headers, allow_redirects=False) as answer:
                read = 0
                while read < _MOST_READ and (chunk := await answer.content.readany()):
                    read += len(chunk)
                _judge(answer.status, answer.headers.get("Retry-After", ""))
        except TimeoutError:
            raise NotTaken(f"no answer within {self._settings.timeout_s:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            why = error.__cause__ if isinstance(error.__cause__, PrivateAddress) else error
            raise NotTaken(f"{type(why).__name__}: {why}") from error


def _judge(status: int, retry_after: str) -> None:
    if 200 <= status < 300:
        return
    after = float(retry_after) if retry_after.isdecimal() and len(retry_after) < 9 else 0.0
    raise NotTaken(f"answered {status}", after_s=after, for_ever=status == 410)  # 410: gone


def signed(key: str, at: int, body: bytes, secret: str) -> dict[str, str]:
    """Return the headers of a message: what it is, when it was sent, and that it is from us."""
    raw = base64.b64decode(secret.removeprefix("whsec_"))
    signature = hmac.new(raw, f"{key}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json; charset=utf-8",
        "webhook-id": key,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
        "Idempotency-Key": key,
    }


class WebhookSecrets:
    """A secret for each target, made when first needed, in a file that only its owner may read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def of(self, target: str) -> str:
        """Return a target's secret. Raises ``OSError`` when a new one cannot be kept, and ``ValueError`` where the
        file cannot be read: others sign by what is in it, so it stays as it is."""
        kept = must_read(self._path)
        if target not in kept:
            kept[target] = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
            write_kept(self._path, kept)
        if not isinstance(kept[target], str):
            raise ValueError(f"{self._path}: the secret of {target} is no text")  # noqa: TRY004 - as of other mistakes
        return str(kept[target])
