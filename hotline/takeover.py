"""Taking over after a service that died: whose calls are still up, where they stand, and in which order they wait.

Before the first caller is served, ``prepare`` compares the journal's open calls with Asterisk's channels:

* gone: the call is ended in the books, at the best time known;
* waiting or in the menu: the extension brings the caller back to AGI within about a second; distribution is held until
  all who waited are back (or are known to be gone, or a deadline passes), so that nobody overtakes;
* talking with an agent (or on hold, consulting, in a conference): the talk goes on as it was. The caller is fetched
  back (``recall``) or comes by themselves, and the talk is taken up where it stands (``telephony.outlived``);
* talking otherwise: the talk goes on untouched; it is followed until one side leaves.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from calls import CallId, Clock, Timeline
from calls.identity import AgentId
from calls.ongoing import OngoingTalk, ongoing_talk
from calls.recording_events import RecordingStarted
from calls.segments import segments_of
from calls.standing import Stage, Standing, outcome_of, standing_of
from calls.talk_events import Together
from calls.timeline import (
    CallArrived,
    CallbackPlaced,
    CallEnded,
    CallPlaced,
    CallResumed,
    Connected,
    Event,
    MessageLeft,
    OfferFailed,
    TalkEnded,
)
from telephony.ami import AmiError
from telephony.channels import LiveChannel
from telephony.outlived import OutlivedTalks, leg_of
from telephony.parties import Watched

log = structlog.get_logger(__name__)

_LEAST_MESSAGE_S = 1.0  # shorter than this nobody has said anything
_BOUND_BACK = (Stage.WAITING, Stage.RINGING)


@dataclass(frozen=True, slots=True)
class Past:
    """What a call that is taken over has lived already."""

    events: Sequence[Event]
    standing: Standing


class Channels(Protocol):
    """What the takeover needs from telephony."""

    async def live_channels(self) -> dict[str, LiveChannel]:
        """Return Asterisk's channels by unique id."""
        ...

    def watch(self, unique_id: str) -> Watched:
        """Follow a channel."""
        ...

    @property
    def outlived(self) -> OutlivedTalks:
        """The talks that wait to be taken up."""
        ...


class TalkKeeper(Protocol):
    """What the takeover needs from the floor: agents whose talks outlived the service."""

    def adopt_talk(self, agent: AgentId, call: CallId, events: Sequence[Event]) -> None:
        """The agent is still talking, in a call that has lived this."""
        ...

    def talk_over(self, agent: AgentId, call: CallId) -> None:
        """The agent's talk has ended: wrap-up."""
        ...


class Gate(Protocol):
    """What the takeover needs from the distributor."""

    def pause(self) -> None:
        """Make no offers."""
        ...

    def resume(self) -> None:
        """Make offers again."""
        ...


class Recordings(Protocol):
    """What the takeover needs to know and do about recordings; paths are relative to the recordings folder."""

    def last_written(self, path: str) -> float | None:
        """Return when a recording was last written (epoch seconds), or None."""
        ...

    def seconds(self, path: str) -> float:
        """Return how much media a recording holds by now."""
        ...

    def capture(self, path: str) -> Path | None:
        """Return the file into which a recording is being written, None when there is none ("")."""
        ...

    async def start(self, call: CallId, channel: str) -> str:
        """Record a talk that nobody records yet; return the path, or "" when that cannot be done."""
        ...

    def ended(self, call: CallId, paths: Sequence[str]) -> None:
        """A call has ended without coming back: take its recordings into care."""
        ...


@dataclass(slots=True)
class _Open:
    """A call of the former service that is still up."""

    id: CallId
    events: list[Event]
    channel: LiveChannel
    claimed: bool = False
    expected: bool = False  # the talk is taken up when the caller comes back

    @property
    def standing(self) -> Standing:
        return standing_of(self.events)


class Takeover:
    """The calls a former service left behind. ``claim`` hands each to the reception when its caller comes back."""

    def __init__(
        self,
        channels: Channels,
        keeper: TalkKeeper,
        gate: Gate,
        journal: Timeline,
        clock: Clock,
        *,
        recordings: Recordings,
        deadline_s: float,
    ) -> None:
        self._channels, self._keeper, self._gate = channels, keeper, gate
        self._journal, self._clock = journal, clock
        self._deadline_s = deadline_s
        self._recordings = recordings
        self._open: dict[CallId, _Open] = {}
        self._expected: set[CallId] = set()
        self._all_back = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def waiting_for(self) -> int:
        """How many callers who waited are not back yet."""
        return len(self._expected)

    def call_ids(self) -> set[CallId]:
        """Return the calls left behind that are still up and have not come back."""
        return set(self._open)

    async def prepare(self, left_behind: Iterable[tuple[CallId, list[Event]]]) -> None:
        """Sort out the calls left behind; ``AmiError`` when Asterisk cannot be asked."""
        calls = list(left_behind)
        alive = await self._channels.live_channels() if calls else {}
        for call_id, events in calls:
            channel = alive.get(_unique_id(events))
            if channel is None:
                await self._end_talk(call_id, events, alive)
                self._end_in_the_books(call_id, events)
                continue
            call = self._open[call_id] = _Open(call_id, events, channel)
            await self._expect(call, alive)
            if call.standing.stage in _BOUND_BACK and channel.up and not channel.bridge_id:
                self._expected.add(call_id)
            self._spawn(self._follow(call, alive), f"follow {call_id}")
        if self._open:
            log.info("takeover.prepared", still_up=len(self._open), waiting=len(self._expected))
        if self._expected:
            self._gate.pause()
            self._spawn(self._wait_for_all(), "takeover")

    async def recall(self) -> None:
        """Fetch callers back whose talks are to be taken up; to be called when they can be served."""
        talking = [call for call in self._open.values() if call.expected]
        try:
            alive = await self._channels.live_channels() if talking else {}
        except AmiError as error:
            log.warning("takeover.nobody_recalled", error=str(error))
            return
        for call in talking:
            await self._channels.outlived.recall(call.id, alive)

    def claim(self, call_id: CallId) -> Past | None:
        """Return what a call has lived when it is one of the former service's, and let go of it."""
        call = self._open.pop(call_id, None)
        if call is None:
            return None
        call.claimed = True
        if call.standing.stage is Stage.TALKING and not call.expected:
            self._talk_over(call, by="agent")
        elif not call.expected and any(segment.ended is None for segment in segments_of(call.events)):
            self._append(call, Together(call=call.id, at=self._clock.now(), groups=[]))  # the department has left
        self._keep_message(call_id, call.standing, self._clock.now(), lambda event: self._append(call, event))
        self._back(call_id)
        return Past(tuple(call.events), call.standing)

    async def close(self) -> None:
        """Stop following; what is still up is left to the next service."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- inside ----------------------------------------------------------------------------------------------------

    async def _expect(self, call: _Open, alive: dict[str, LiveChannel]) -> None:
        """Have the caller's talk with an agent taken up when the caller comes back."""
        talk, standing = ongoing_talk(call.events), call.standing
        if talk is None or standing.outbound or standing.called_back:
            return
        self._keeper.adopt_talk(talk.agent, call.id, call.events)
        if not talk.recording:
            await self._record(call)
            talk.recording = "".join(call.standing.recordings[-1:])
        record_to, consult_to = map(self._recordings.capture, (talk.recording, talk.consult_recording))
        call.expected = self._channels.outlived.expect(
            call.id, talk, call.channel, alive, record_to, consult_to=consult_to
        )

    async def _record(self, call: _Open) -> None:
        """Record a talk that nobody records."""
        if not call.standing.recordings and (path := await self._recordings.start(call.id, call.channel.name)):
            self._append(call, RecordingStarted(call=call.id, at=self._clock.now(), path=path))

    async def _end_talk(self, call: CallId, events: Sequence[Event], alive: dict[str, LiveChannel]) -> None:
        """The caller has hung up while nobody looked: over for all who were in the talk."""
        talk: OngoingTalk | None = ongoing_talk(events)
        if talk is not None and not standing_of(events).outbound:
            await self._channels.outlived.end(call, talk, _unique_id(events), alive)

    def _append(self, call: _Open, event: Event) -> None:
        call.events.append(event)
        self._journal.append(event)

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _back(self, call_id: CallId) -> None:
        self._expected.discard(call_id)
        if not self._expected:
            self._all_back.set()

    async def _wait_for_all(self) -> None:
        try:
            async with asyncio.timeout(self._deadline_s):
                await self._all_back.wait()
        except TimeoutError:
            log.warning("takeover.not_all_back", missing=len(self._expected))
        finally:
            self._gate.resume()

    async def _follow(self, call: _Open, alive: dict[str, LiveChannel]) -> None:
        """Follow one call until its caller comes back to AGI (``claim``) or hangs up."""
        watched = self._channels.watch(call.channel.unique_id)
        stage = call.standing.stage
        if stage in (Stage.RINGING, Stage.DIALLING):
            if not call.channel.bridge_id:
                await _first(watched.answered, watched.gone)
            if call.claimed:
                return
            if watched.answered.is_set() or call.channel.bridge_id:
                self._connected(call)
                alive = await self._channels.live_channels()
                stage = Stage.TALKING
        if stage is Stage.TALKING and not call.claimed and not call.expected and not watched.gone.is_set():
            await self._follow_talk(call, watched, alive)
        await watched.gone.wait()
        if call.claimed:
            return
        if call.expected:
            await self._end_talk(call.id, call.events, await self._live())
        self._open.pop(call.id, None)
        by = "unknown" if call.standing.outbound else "caller"  # of an outbound call, the line is the seat's
        if call.standing.stage is Stage.TALKING:
            self._talk_over(call, by=by)
        now = self._clock.now()
        self._keep_message(call.id, call.standing, now, lambda event: self._append(call, event))
        self._append(call, CallEnded(call=call.id, at=now, outcome=outcome_of(call.standing), cause=by))
        self._recordings.ended(call.id, call.standing.unstored)
        self._back(call.id)

    async def _follow_talk(self, call: _Open, watched: Watched, alive: dict[str, LiveChannel]) -> None:
        self._append(call, CallResumed(call=call.id, at=self._clock.now()))
        standing = call.standing
        if standing.agent is None or standing.seat is None:
            return
        self._keeper.adopt_talk(standing.agent, call.id, call.events)
        leg = leg_of(call.channel, standing.seat, alive)
        leg_gone = None if leg is None else self._channels.watch(leg.unique_id).gone
        await self._record(call)
        if leg_gone is None:
            return
        await _first(leg_gone, watched.gone)
        if not call.claimed and not watched.gone.is_set():
            self._talk_over(call, by="agent")

    async def _live(self) -> dict[str, LiveChannel]:
        """Return Asterisk's channels; none when it cannot be asked."""
        try:
            return await self._channels.live_channels()
        except AmiError as error:
            log.warning("takeover.cannot_look", error=str(error))
            return {}

    def _connected(self, call: _Open) -> None:
        standing = call.standing
        if standing.agent is not None and standing.seat is not None:
            self._append(call, Connected(call=call.id, at=self._clock.now(), agent=standing.agent, seat=standing.seat))
        self._back(call.id)

    def _talk_over(self, call: _Open, *, by: str) -> None:
        agent = call.standing.agent
        if agent is None:
            return
        self._append(call, TalkEnded(call=call.id, at=self._clock.now(), agent=agent, by=by))
        self._keeper.talk_over(agent, call.id)

    def _end_in_the_books(self, call_id: CallId, events: list[Event]) -> None:
        """The call ended while no service looked: its end is the recording's last write, or what came last."""
        standing = standing_of(events)
        last = max(event.at for event in events)
        paths = [*standing.recordings, *filter(None, [standing.message_path])]
        written = [at for path in paths if (at := self._recordings.last_written(path)) is not None]
        at = max([last, *written])
        ended = list(events)

        def append(event: Event) -> None:
            ended.append(event)
            self._journal.append(event)

        if standing.stage is Stage.RINGING and standing.agent is not None and standing.seat is not None:
            append(
                OfferFailed(call=call_id, at=at, offer="", agent=standing.agent, seat=standing.seat,
                            reason="service_restarted")
            )  # fmt: skip
        if standing.stage is Stage.TALKING and standing.agent is not None:
            append(TalkEnded(call=call_id, at=at, agent=standing.agent, by="unknown"))
            self._keeper.talk_over(standing.agent, call_id)
        self._keep_message(call_id, standing, at, append)
        standing = standing_of(ended)
        append(CallEnded(call=call_id, at=at, outcome=outcome_of(standing), cause="ended unseen"))
        self._recordings.ended(call_id, standing.unstored)
        log.info("takeover.ended_unseen", call=call_id)

    def _keep_message(self, call: CallId, standing: Standing, at: float, append: Callable[[Event], None]) -> None:
        """A message that was being spoken when the service died was recorded on: it counts."""
        path = standing.message_path
        if path and (seconds := self._recordings.seconds(path)) >= _LEAST_MESSAGE_S:
            append(
                MessageLeft(call=call, at=at, box=standing.message_box, path=path, duration_s=round(seconds, 2),
                            end="service_restarted")
            )  # fmt: skip


def _unique_id(events: Sequence[Event]) -> str:
    return next(
        (event.unique_id for event in events if isinstance(event, CallArrived | CallPlaced | CallbackPlaced)), ""
    )


async def _first(*events: asyncio.Event) -> None:
    tasks = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
