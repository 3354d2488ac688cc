"""``arrivals: {kind: replay}``: a recorded day out of the ticket store, without anything that tells who called."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hotline.settings import Settings
from simulator.scenario import Read
from simulator.scenario.arriving import Replay
from simulator.scenario.recorded import RecordedCall, to_be_lived
from tickets import open_store
from tickets.replaying import past_calls


async def with_recorded_day(settings: Settings, read: Read) -> Read:
    """Return the scenario with the calls that it replays. Raises ``StoreUnavailable``, ``ValueError``."""
    how = read.scenario.arrivals
    if not isinstance(how, Replay):
        return read
    midnight = datetime.combine(how.day, time(), ZoneInfo(settings.time_zone))
    store = open_store(how.store or settings.store_url)
    try:
        came = await past_calls(store, midnight.timestamp(), (midnight + timedelta(days=1)).timestamp())
    finally:
        await store.close()
    begins = midnight.timestamp()
    recorded = tuple(
        RecordedCall(call.arrived_at - begins, call.queue, call.keys, call.waited_s, call.talked_s, call.gave_up)
        for call in came
    )
    to_be_lived(read.scenario, recorded)  # what is wrong is told before anybody logs in
    return replace(read, recorded=recorded)
