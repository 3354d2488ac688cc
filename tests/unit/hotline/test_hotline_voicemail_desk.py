"""Who looks after messages does not ask a store that is away all the time."""

import asyncio
from types import SimpleNamespace
from typing import Any

from calls import ManualClock
from hotline.voicemail_desk import VoicemailDesk
from tickets import StoreUnavailable, WaitingMessage


class GoesAway:
    """A store that tells of one message, long overdue, and then is away."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = asyncio.Event()

    async def waiting(self, _most: int) -> list[WaitingMessage]:
        self.asked += 1
        if self.asked == 1:
            return [
                WaitingMessage(
                    id=1,
                    call="c",
                    path="m.wav",
                    box="mayor",
                    left_at=0.0,
                    heard_at=None,
                    assigned="",
                    escalated_at=None,
                )
            ]
        self.away.set()
        raise StoreUnavailable("away")


class Nothing:
    """Whatever else is asked for: it does nothing."""

    async def flush(self) -> None: ...

    async def show(self, _lit: object) -> None: ...

    def append(self, _event: object) -> None: ...

    def standings(self) -> list[object]:
        return []

    def named(self, _box: str) -> Any:
        return SimpleNamespace(escalate_after_min=1, tell=SimpleNamespace(agents=(), queues=(), seats=(), nobody=True))

    directory = SimpleNamespace(people={})


async def test_a_store_that_is_away_while_a_message_is_overdue_is_not_asked_over_and_over() -> None:
    store, none = GoesAway(), Nothing()
    desk = VoicemailDesk(
        store,
        none,
        none,
        ManualClock(10_000.0),
        floor=none,
        boxes=none,
        lamps=none,  # type: ignore[arg-type]
    )
    running = asyncio.create_task(desk.run())
    async with asyncio.timeout(10):
        await store.away.wait()
    await asyncio.sleep(0.4)  # eight looks, if it asked whenever something is overdue
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert store.asked == 2
