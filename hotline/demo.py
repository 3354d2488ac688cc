"""``hotline demo``: simulated softphones and a trickle of callers on the running hotline; each call's life is shown."""

import asyncio
import random
import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from calls.identity import mask_number
from hotline.cli.load import seat_plans
from hotline.cli.running import ask
from simulator import Arrivals, CallResult, LoadProfile, LoadReport, parse_duration, run_load
from tickets import CallDetail, Reader, Store

if TYPE_CHECKING:
    from hotline.supervise import Up

_CALLS = 30
_RATE = 0.5  # calls a second
_LOOK_S = 0.5

# event kind -> what is shown; {name} is a field of the event
_WORDS = {
    "CallArrived": "arrives",
    "Queued": "asks for a person: queue {queue}",
    "PlaceAnnounced": "hears: number {place} in line",
    "Offered": "offered to {agent} at seat {seat}",
    "OfferFailed": "not taken by {agent}: {reason}",
    "Connected": "talks with {agent} at seat {seat}",
    "TalkEnded": "talk ended by {by}",
    "MessageLeft": "left a message in {box}: {duration_s} s",
    "CallEnded": "over: {outcome}",
    "TicketOpened": "ticket {ticket}",
    "RecordingStored": "recording of {duration_s} s is stored",
}


class _Show:
    """Prints what is new in the ticket store's timelines."""

    def __init__(self, reader: Reader, console: Console) -> None:
        self._reader, self._console = reader, console
        self._shown: dict[str, int] = {}
        self._since = time.time()

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_S)

    async def look(self) -> None:
        """Print what has been added since the last look."""
        for row in reversed(await self._reader.calls(limit=_CALLS + 10, since=self._since)):
            if row.ended_at is not None and time.time() - row.ended_at > 30:
                continue
            call = await self._reader.call(row.id)
            if call is not None:
                self._print(call)

    def _print(self, call: CallDetail) -> None:
        seen = self._shown.get(call.id, 0)
        for entry in call.timeline[seen:]:
            words = _WORDS.get(entry.kind)
            if words is not None:
                at = time.strftime("%H:%M:%S", time.localtime(entry.at))
                self._console.print(f"{at}  {mask_number(call.caller):<12} {words.format(**entry.data)}")
        self._shown[call.id] = len(call.timeline)


async def run_demo(up: "Up") -> None:
    """Log the seats in, let callers come, show their lives, end with a summary."""
    settings, console = up.settings, Console(soft_wrap=True, highlight=False)
    agents = await asyncio.to_thread(ask, settings.control_file, "agents")
    plans = seat_plans(settings, agents, len(up.directory.seat_ids()))
    console.print(f"Demo: {len(plans)} softphones log in, then {_CALLS} callers come, one in {1 / _RATE:g} s or so.\n")
    store = Store(settings.store_url)
    show = _Show(Reader(store), console)
    showing = asyncio.create_task(show.run(), name="show")
    profile = LoadProfile(
        calls=_CALLS,
        rate=_RATE,
        arrivals=Arrivals.POISSON,
        seed=random.randrange(1_000_000),
        number=settings.dialled_number,
        talk=parse_duration("exp:8"),
        pick_up=parse_duration("1-3"),
    )
    results: list[CallResult] = []
    load = asyncio.create_task(
        run_load(profile, plans, target=("127.0.0.1", settings.sip.port), on_result=results.append), name="load"
    )
    stopping = asyncio.create_task(up.wait_for_stop())
    try:
        await asyncio.wait({load, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if load.done():
            await asyncio.sleep(_LOOK_S)
            await show.look()
            _summary(load.result(), console)
    finally:
        for task in (load, showing, stopping):
            task.cancel()
        await asyncio.gather(load, showing, stopping, return_exceptions=True)
        await store.close()


def _summary(report: LoadReport, console: Console) -> None:
    figures = report.as_dict()
    table = Table(title="Demo", show_header=False)
    for key in ("placed", "answered", "abandoned", "failed", "answer_p50_s", "answer_p95_s", "one_way"):
        table.add_row(key, str(figures[key]))
    console.print()
    console.print(table)
    console.print("Look closer: .venv/bin/hotline calls   .venv/bin/hotline tickets")
