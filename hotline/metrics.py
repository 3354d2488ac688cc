"""Figures for Prometheus. Counters and histograms are fed by the calls' own events; what *is* (queues, seats, health)
is asked for at the moment somebody looks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from calls import Outcome
from calls import timeline as t
from calls.identity import CallId
from calls.recording_events import RecordingStored
from calls.timeline import Event

log = structlog.get_logger(__name__)

CONTENT_TYPE = CONTENT_TYPE_LATEST
_WAITING_BUCKETS = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200)
_TALKING_BUCKETS = (5, 15, 30, 60, 90, 120, 180, 300, 420, 600, 900, 1800, 3600)
_LAG_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1)
_LIVE = (  # key of hotline.live_window, name, what it is; by the definitions of `hotline report`
    ("arrived", "calls_arrived", "Calls that came in the window"),
    ("turned_away", "calls_turned_away", "Of these, not let in: more came than could be carried"),
    ("asked", "calls_asked", "Calls that asked for a person, and whose waiting was over in the window"),
    ("answered", "calls_answered", "Of these, answered by a person"),
    ("abandoned", "calls_abandoned", "Of these, given up while waiting"),
    ("short_abandoned", "calls_abandoned_short", "Of the given up, those that hardly waited"),
    ("connect_rate", "connect_rate_ratio", "Answered / asked for a person"),
    ("service_level", "service_level_ratio", "Answered within the threshold, from entering the queue / answered"),
    ("abandonment", "abandonment_ratio", "Given up / asked for a person"),
    ("asa_s", "answer_speed_seconds", "Mean wait of the answered (ASA)"),
    ("aht_s", "handling_seconds", "Mean talk with hold, and wrap-up (AHT)"),
    ("longest_wait_s", "longest_wait_seconds", "Longest wait that was over in the window"),
    ("satisfaction", "satisfaction_ratio", "Satisfied answers / answers after the call"),
)
_OUTBOUND_ONLY = frozenset({Outcome.BUSY, Outcome.NO_ANSWER, Outcome.REFUSED})
_OUTBOUND = _OUTBOUND_ONLY | {Outcome.ANSWERED, Outcome.FAILED}
_MOST_OPEN = 10_000  # calls remembered at once; more than any Asterisk carries


@dataclass(slots=True)
class _Open:
    """What must be remembered of a call until its next event. Times in seconds since the epoch."""

    queue: str = ""
    queued_at: float | None = None
    connected_at: float | None = None
    outbound: bool = False  # an agent dialled
    callback: bool = False  # the hotline calls back: waiting is not on the line


class Metrics:
    """All figures of one service, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._open: dict[CallId, _Open] = {}
        self._before_scrape: list[Callable[[], None]] = []
        r = self.registry
        self._arrived = Counter("hotline_calls_arrived", "Calls that reached the service", registry=r)
        self._resumed = Counter("hotline_calls_resumed", "Calls taken over from a service that died", registry=r)
        self._ended = Counter("hotline_calls_ended", "Calls by how they ended", ["outcome"], registry=r)
        self._in_progress = Gauge("hotline_calls_in_progress", "Calls that are going on", registry=r)
        self._waiting = Histogram(
            "hotline_waiting_seconds", "From asking for a person to talking to one, or to leaving the queue",
            ["queue", "result"], buckets=_WAITING_BUCKETS, registry=r,
        )  # fmt: skip
        self._talking = Histogram(
            "hotline_talking_seconds", "Caller and agent connected", ["queue"], buckets=_TALKING_BUCKETS, registry=r
        )
        self._dialled = Counter(
            "hotline_outbound_calls", "Calls that agents made, by how they ended", ["outcome"], registry=r
        )
        self._callbacks = Counter(
            "hotline_callbacks", "What happened to callbacks: confirmed, missed, dialled, talk_ended, ...", ["cause"],
            registry=r,
        )  # fmt: skip
        self._outbound_talking = Histogram(
            "hotline_outbound_talking_seconds", "Agent and whom they dialled connected", buckets=_TALKING_BUCKETS,
            registry=r,
        )  # fmt: skip
        self._wrap_up = Histogram(
            "hotline_wrap_up_seconds", "Work after the call", buckets=_TALKING_BUCKETS, registry=r
        )
        self._offers = Counter("hotline_offers", "Offers to agents by what became of them", ["result"], registry=r)
        self._recordings = Counter("hotline_recordings", "Recordings and voicemails completed", ["kind"], registry=r)
        self._recorded = Counter("hotline_recorded_seconds", "Length of what was recorded", registry=r)
        self._refused = Counter(
            "hotline_recordings_refused", "Talks that were not recorded, by why: policy, share, disk", ["reason"],
            registry=r,
        )  # fmt: skip
        self._flagged = Gauge(
            "hotline_recordings_flagged", "Recordings with something wrong, since the start", registry=r
        )
        self._unfinished = Gauge("hotline_recordings_unfinished", "Recordings that are being finished", registry=r)
        self._disk_free = Gauge("hotline_recording_disk_free_bytes", "Free where talks are recorded", registry=r)
        self._disk_level = Gauge(
            "hotline_recording_disk_level", "1 for how that disk stands: fine, low, full", ["level"], registry=r
        )
        self._tickets = Counter("hotline_tickets", "Tickets made from calls", registry=r)
        self._queue_length = Gauge("hotline_queue_length", "Callers who wait for a person", ["queue"], registry=r)
        self._longest_wait = Gauge(
            "hotline_queue_longest_wait_seconds", "How long the longest-waiting caller waits", ["queue"], registry=r
        )
        self._seats = Gauge("hotline_seats", "Seats by the state of who sits there", ["state"], registry=r)
        self._prompts = Gauge(
            "hotline_prompts", "Prompts: ready, missing, stale (recording older than text), broken; recorded",
            ["state"], registry=r,
        )  # fmt: skip
        self._attendance = Gauge(
            "hotline_attendance", "People by plan: present, absent, extra (there beyond the plan)", ["attendance"],
            registry=r,
        )  # fmt: skip
        self._live = {key: Gauge(f"hotline_live_{name}", words, ["window"], registry=r) for key, name, words in _LIVE}
        self._ami_connected = Gauge("hotline_ami_connected", "1 while Asterisk's manager is connected", registry=r)
        self._ami_ping = Gauge("hotline_ami_ping_milliseconds", "Last round trip to Asterisk's manager", registry=r)
        self._late = Gauge(
            "hotline_late_seconds", "How late the service or its Asterisk is, whoever is later", registry=r
        )
        self._turned_away = Gauge(
            "hotline_turned_away_share", "Share of new callers who are turned away for that, 0 to 1", registry=r
        )
        self._repaired = Counter(
            "hotline_repaired", "Things believed that Asterisk knew otherwise, put right, by what was wrong", ["fault"],
            registry=r,
        )  # fmt: skip
        self._backlog = Gauge("hotline_journal_backlog", "Events that are not on disk yet", registry=r)
        self._dropped = Gauge("hotline_log_lines_dropped", "Log lines lost because the disk was too slow", registry=r)
        self._lag = Histogram(
            "hotline_event_loop_lag_seconds", "How late the event loop wakes", buckets=_LAG_BUCKETS, registry=r
        )
        for outcome in Outcome:
            if outcome not in _OUTBOUND_ONLY:
                self._ended.labels(outcome.value)
            if outcome in _OUTBOUND:
                self._dialled.labels(outcome.value)

    # -- events ----------------------------------------------------------------------------------------------------

    def observe(self, event: Event) -> None:  # noqa: PLR0912 - one flat fold, a case per event
        """Take an event of any call. Never raises on an event it does not count."""
        match event:
            case t.CallArrived():
                self._arrived.inc()
                self._begin(event.call)
            case t.CallPlaced():
                self._begin(event.call).outbound = True
            case t.CallbackPlaced():
                self._begin(event.call).callback = True
            case t.CallbackChanged():
                self._callbacks.labels(event.cause).inc()
            case t.CallResumed():
                self._resumed.inc()
                self._begin(event.call)
            case t.Queued():
                call = self._begin(event.call)
                call.queue = event.queue
                call.queued_at = event.at if call.queued_at is None else call.queued_at
            case t.OfferFailed():
                self._offers.labels(event.reason).inc()
            case t.Connected():
                call = self._begin(event.call)
                if not call.outbound:
                    self._offers.labels("answered").inc()
                self._stop_waiting(call, event.at, "answered")
                call.connected_at = event.at
            case t.Dequeued():
                self._stop_waiting(self._known(event.call), event.at, event.reason)
            case t.TalkEnded():
                self._stop_talking(self._known(event.call), event.at)
            case t.WrapUpEnded():
                self._wrap_up.observe(event.seconds)
            case RecordingStored():
                self._recordings.labels("consult" if event.what == "consult" else "talk").inc()
                self._recorded.inc(max(0.0, event.duration_s))
            case t.MessageLeft():
                self._recordings.labels("message").inc()
            case t.TicketOpened():
                self._tickets.inc()
            case t.CallEnded():
                self._end(event)
            case _:
                pass

    def remember(self, past: Event) -> None:
        """Take an event that happened before this service started: remembered, not counted."""
        match past:
            case t.CallPlaced():
                self._begin(past.call).outbound = True
            case t.CallbackPlaced():
                self._begin(past.call).callback = True
            case t.Queued():
                call = self._begin(past.call)
                call.queue, call.queued_at = past.queue, past.at if call.queued_at is None else call.queued_at
            case t.Connected():
                call = self._begin(past.call)
                call.queued_at, call.connected_at = None, past.at
            case t.Dequeued():
                self._known(past.call).queued_at = None
            case t.TalkEnded():
                self._known(past.call).connected_at = None
            case _:
                pass

    def _begin(self, call: CallId) -> _Open:
        found = self._open.get(call)
        if found is None:
            if len(self._open) >= _MOST_OPEN:  # a call that never ended: a fault elsewhere must not eat memory here
                self._open.pop(next(iter(self._open)))
            found = self._open[call] = _Open()
            self._in_progress.set(len(self._open))
        return found

    def _known(self, call: CallId) -> _Open:
        """Return what is remembered; for a call that is over (or was never seen), nothing, without beginning it."""
        return self._open.get(call) or _Open()

    def _end(self, event: t.CallEnded) -> None:
        call = self._open.pop(event.call, _Open())
        self._in_progress.set(len(self._open))
        self._stop_waiting(call, event.at, "abandoned")
        self._stop_talking(call, event.at)
        if not call.callback:
            (self._dialled if call.outbound else self._ended).labels(event.outcome.value).inc()

    def _stop_waiting(self, call: _Open, at: float, result: str) -> None:
        if call.queued_at is not None and not call.callback:
            self._waiting.labels(call.queue, result).observe(max(0.0, at - call.queued_at))
        call.queued_at = None

    def _stop_talking(self, call: _Open, at: float) -> None:
        if call.connected_at is not None:
            talking = self._outbound_talking if call.outbound else self._talking.labels(call.queue)
            talking.observe(max(0.0, at - call.connected_at))
            call.connected_at = None

    # -- what is ---------------------------------------------------------------------------------------------------

    def on_scrape(self, refresh: Callable[[], None]) -> None:
        """Call ``refresh`` before figures are given out; it sets what is by the methods below."""
        self._before_scrape.append(refresh)

    def set_queues(self, lengths: Mapping[str, int], longest_s: Mapping[str, float] | None = None) -> None:
        """Set each queue's length and longest wait (seconds); name empty queues too."""
        for queue, length in lengths.items():
            self._queue_length.labels(queue).set(length)
            self._longest_wait.labels(queue).set((longest_s or {}).get(queue, 0.0))

    def set_seats(self, by_state: Mapping[str, int]) -> None:
        """Set how many seats are in each state; states that are not named are zero."""
        self._seats.clear()
        for state, count in by_state.items():
            self._seats.labels(state).set(count)

    def set_attendance(self, by_kind: Mapping[str, int]) -> None:
        """Set how many people are present as planned, absent, or extra."""
        for kind, count in by_kind.items():
            self._attendance.labels(kind).set(count)

    def set_prompts(self, by_state: Mapping[str, int]) -> None:
        """Set how many prompts are ready, missing, stale, broken, and how many are recorded."""
        for state, count in by_state.items():
            self._prompts.labels(state).set(count)

    def recording_refused(self, reason: str) -> None:
        """Count a talk that is not recorded."""
        self._refused.labels(reason).inc()

    def set_recorder(self, *, flagged: int, unfinished: int, disk_free: int, disk_level: str) -> None:
        """Set how many recordings are flagged, how many are being finished, and how their disk stands."""
        self._flagged.set(flagged)
        self._unfinished.set(unfinished)
        self._disk_free.set(disk_free)
        for level in ("fine", "low", "full"):
            self._disk_level.labels(level).set(level == disk_level)

    def set_live(self, window: str, figures: Mapping[str, float | None]) -> None:
        """Set the figures of a window of time, as ``hotline.live_figures`` tells them; None is not a number."""
        for key, gauge in self._live.items():
            value = figures[key]
            gauge.labels(window).set(float("nan") if value is None else value)

    def set_ami(self, *, connected: bool, ping_ms: float | None) -> None:
        """Set the health of the manager connection; ``ping_ms`` is the last round trip in milliseconds."""
        self._ami_connected.set(connected)
        self._ami_ping.set(float("nan") if ping_ms is None else ping_ms)

    def set_overload(self, told: Mapping[str, float]) -> None:
        """Set how late things are, and who is turned away for it, as ``hotline.front_door`` tells."""
        self._late.set(told.get("late_s", 0.0))
        self._turned_away.set(told.get("turned_away_share", 0.0))

    def repaired(self, fault: str) -> None:
        """Count something that was put right."""
        self._repaired.labels(fault).inc()

    def set_journal(self, backlog: int) -> None:
        """Set how many events are not on disk yet."""
        self._backlog.set(backlog)

    def set_log(self, dropped: int) -> None:
        """Set how many log lines were lost."""
        self._dropped.set(dropped)

    def render(self) -> bytes:
        """Return all figures in Prometheus's text form (``CONTENT_TYPE``)."""
        for refresh in self._before_scrape:
            try:
                refresh()
            except Exception:
                log.exception("metrics.refresh_failed")
        return generate_latest(self.registry)

    def loop_woke(self, late_s: float) -> None:
        """Count how late the event loop woke, in seconds."""
        self._lag.observe(late_s)
