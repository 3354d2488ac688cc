"""The composition root: makes every part, hands each what it needs, starts them in order, stops them in reverse."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from acd import Distributor, Router, RouterSettings
from agents import DeviceState, Floor, PinGuard, load_directory, load_or_make_pins
from agents.journal import AgentEvent, from_record
from agents.phrases import phrases_of
from calls import CallId, Language, SeatId, Sound, SystemClock
from hotline.asterisk_plan import ami_settings
from hotline.audit import AuditLog
from hotline.call_timeline import FreezableAgentJournal, Timelines
from hotline.callbacks import Callbacks
from hotline.callbacks_dialogue import CallbackDialogue
from hotline.callbacks_kept import KeptBook
from hotline.callbacks_plan import callback_plan
from hotline.caller_services import CallerServices
from hotline.checks import names_known
from hotline.control_pages import pages_of
from hotline.department_book import departments_of
from hotline.desks import Desks
from hotline.dialling_orders import dial_plan
from hotline.dialling_out import DiallingOut
from hotline.flow_outside import outside_of
from hotline.front_door import FrontDoor
from hotline.go_betweens import FloorKeeper
from hotline.http import ControlServer, Health
from hotline.last_words import leave_last_words
from hotline.listening import Listening
from hotline.live_figures import LiveFigures
from hotline.metrics import Metrics
from hotline.order_work import order_work
from hotline.orders import floor_settings
from hotline.parking import Park
from hotline.picking_up import PickingUp
from hotline.prompt_desk import PromptDesk
from hotline.prompt_shelf import PromptShelf
from hotline.reception import Reception
from hotline.reconciliation import Reconciliation
from hotline.recording_room import RecordingRoom
from hotline.reloading import Reloading
from hotline.report_rules import calls_of_today, rules_of
from hotline.rest.screens import Screens
from hotline.seat_calls import SeatCalls
from hotline.service_desk import ServiceDesk
from hotline.settings import Settings
from hotline.takeover import Takeover
from hotline.taking_over import TakingOver
from hotline.talk_desk import HotlineTalkDesk
from hotline.ticket_door import TicketDoor
from hotline.ticket_rules import deadlines_of, orders_of
from hotline.unrecorded import Unrecorded
from hotline.versions import Versions
from hotline.views import Views
from hotline.voicemail_room import VoicemailRoom
from hotline.waiting_voice import WaitingVoice
from ivr import FlowBook, SystemPrompts
from ivr.announcement import WithAnnouncement
from ivr.studio import Studio
from ivr.studio_item import RecordingItem
from telephony.agi_server import AgiServer
from telephony.ami import Ami
from telephony.channels import DeviceState as PhoneState
from telephony.line import ChannelLine
from telephony.listening import ListeningIn
from telephony.phones import Phones
from telephony.switchboard import Switchboard
from tickets import CallbackStore, Journal, Reader, Store

log = structlog.get_logger(__name__)

_SPARE_SESSIONS = 400  # of seats and of whom agents call, beside those of callers
_FEWEST_SESSIONS = 1_000
_TAKEOVER_DEADLINE_S = 8.0  # waiting callers come back within about a second; after this the rest is not waited for


class Service(Reloading):
    """The running service. ``async with`` starts and stops it."""

    def __init__(self, settings: Settings, *, log_dropped: Callable[[], int] = lambda: 0) -> None:
        """``log_dropped`` tells how many log lines were lost."""
        self.settings = settings
        self._log_dropped = log_dropped
        self.versions = Versions(settings)
        self._exits = AsyncExitStack()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reloading = asyncio.Lock()

    async def __aenter__(self) -> "Service":
        try:
            await self._start()
        except BaseException:
            await self._exits.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self.timelines.freeze()
        self._agent_journal.freeze()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._exits.aclose()

    # -- making the parts ------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        settings, clock, loop = self.settings, SystemClock(), asyncio.get_running_loop()
        state, zone = settings.state_dir.absolute(), ZoneInfo(settings.time_zone)
        state.mkdir(parents=True, exist_ok=True)
        files = self.versions.settings()
        self.directory = load_directory(files.directory_file)
        self.system = SystemPrompts.load(files.files.dialplans / "prompts.yaml")
        self.flows = FlowBook(self.versions.current, known=names_known(self.directory, self.system, settings))
        self.flows.load()

        self.metrics, self.live, self.screens = Metrics(), LiveFigures(clock, zone, rules_of(settings)), Screens()
        self.store = await self._open_store()
        self.journal = Journal(
            self.store, spool=settings.spool_file, clock=clock, zone=zone,
            listeners=[self.metrics.observe, self.live.observe], deadlines=deadlines_of(settings),
        )  # fmt: skip
        await self.journal.start()
        self._exits.push_async_callback(self.journal.close)
        self.timelines = Timelines(self.journal)
        self._agent_journal = FreezableAgentJournal(self.journal.agents)

        pins = load_or_make_pins(settings.pins_file, self.directory)
        self.floor = Floor(
            self.directory, PinGuard(pins), clock, self._agent_journal, settings=floor_settings(settings),
            timeline=self.timelines, call_later=loop.call_later, on_change=self._on_standing,
        )  # fmt: skip
        self._exits.callback(self.floor.close)
        self.recordings = RecordingRoom(
            settings, self.store, self.journal, self.timelines, clock,
            metrics=self.metrics, queues=lambda: self.directory.queues,
        )  # fmt: skip
        self.ami = Ami(ami_settings(settings, self.directory))
        self.phones = Phones(self.ami, self._on_seat_state, clock)
        self.distributor = Distributor(
            Router(RouterSettings(avoid_s=settings.agents.not_again_s), series=f"{int(clock.now()):x}-"),
            self.floor, self.timelines, clock, address_of=self.phones.address, recording_path=self.recordings.talk_path,
        )  # fmt: skip
        self._exits.callback(self.distributor.close)
        self.shelf = PromptShelf(settings)
        self.prompts = self.shelf.player
        self._exits.push_async_callback(self.prompts.aclose)
        await self.shelf.use(self.flows.flows, self.system, self.directory)  # before the first caller is served
        studio = Studio(self.shelf.store, self.prompts, lambda: self.shelf.catalogue, state / "takes",
                        kept=self.shelf.refresh)  # fmt: skip
        self.voicemail = VoicemailRoom(
            settings, self.store, self.journal, self.timelines, clock,
            floor=self.floor, ami=self.ami, recordings=self.recordings, voice=self._seat_voice,
        )  # fmt: skip
        self.service_desk = ServiceDesk(
            settings, lambda: self.flows.flows, lambda: self.system, self.prompts, clock,
            more={"4": RecordingItem(studio)},
        )  # fmt: skip
        self.departments = departments_of(files, lambda: self.directory, self.phones.address, clock)
        self.timelines.observe(self.departments.observe)
        self.switchboard = Switchboard(
            self.ami, node="a1", timeline=self.timelines, clock=clock, beep=Sound(state / "sounds" / "beep"),
            on_call=self._on_call, on_seat=self._on_seat, phones=self.phones,
            department_codes=lambda: [department.code for department in self.directory.departments.values()],
        )  # fmt: skip
        self._exits.push_async_callback(self.switchboard.close)
        self.talk_desk = self.switchboard.talk_desk = HotlineTalkDesk(
            self.floor, self.timelines, clock,
            departments=self.departments, seat_address=self.phones.address,
            voice=lambda phrase: self._seat_voice(phrase, Language(settings.language)),
            park=Park(settings.parking.spots, settings.parking.back_s, clock),
            consult_place=self.recordings.policy.new_consult,
        )  # fmt: skip
        self.takeover = Takeover(
            self.switchboard, FloorKeeper(self.floor, self.timelines), self.distributor, self.timelines, clock,
            recordings=self.recordings.former(self.switchboard.called), deadline_s=_TAKEOVER_DEADLINE_S,
        )  # fmt: skip
        self._exits.push_async_callback(self.takeover.close)
        outside = outside_of(settings, self.distributor, lambda: self.directory, Reader(self.store), clock)
        self._exits.push_async_callback(outside.close)
        desks = Desks(
            distributor=self.distributor, floor=self.floor, directory=lambda: self.directory,
            recorder=self.recordings.recorder, recordings=self.recordings.policy, reader=Reader(self.store),
            outside=outside, tickets=TicketDoor(Reader(self.store), clock),
            announcer=WaitingVoice(self.prompts, lambda: self.system).for_caller, closures=self.service_desk.closures,
            departments=self.departments, talks=self.talk_desk, boxes=self.voicemail.boxes,
            orders=orders_of(settings, self.store, clock), voice=self._system_voice,
            unrecorded=Unrecorded(self.switchboard.pause_recording, self.timelines, clock),
        )  # fmt: skip
        plan = callback_plan(settings, zone)
        self.callbacks = Callbacks(
            plan, desks, self.timelines, self.takeover, clock,
            kept=KeptBook(CallbackStore(self.store), self.timelines, clock), phones=self.switchboard,
            dialogue=CallbackDialogue(self._system_voice, lambda number: plan.address_of(number) is not None),
        )  # fmt: skip
        self._exits.push_async_callback(self.callbacks.close)
        self.reception = Reception(
            flows=self.flows, prompts=WithAnnouncement(self.prompts, self.service_desk.announcement),
            system=lambda: self.system, timelines=self.timelines, takeover=self.takeover, clock=clock,
            callbacks=self.callbacks, desks=desks,
        )  # fmt: skip
        self.front_door = FrontDoor(
            settings.overload, self.timelines, clock, calls=lambda: self.switchboard.calls, returning=self._was_inside
        )
        self.dialling_out = DiallingOut(
            dial_plan(settings, zone), desks, self.timelines, self.takeover, clock,
            voice=self._seat_voice, ring_seat=self.switchboard.ring_seat, called=self.switchboard.called,
            left_to_others=CallerServices(desks, self.timelines, clock).left_to_others,
        )  # fmt: skip
        self._exits.push_async_callback(self.dialling_out.close)
        self._serve_seats(studio)
        self.views = Views(
            self.floor, self.distributor, self.switchboard, self.ami, self.journal, clock, self.live,
            prompts=lambda: self.shelf.figures, overload=self.front_door.told)  # fmt: skip
        await self._go_live()

    def _serve_seats(self, studio: Studio) -> None:
        """Make what seats' phones reach by their codes."""
        settings, clock = self.settings, SystemClock()
        park, ring_seat, number = self.talk_desk.park, self.switchboard.ring_seat, settings.dialled_number
        audit = AuditLog(settings.audit_file, clock)
        self.prompt_desk = PromptDesk(studio, self.floor, clock, ring_seat=ring_seat, number=number)
        self._exits.push_async_callback(self.prompt_desk.close)
        self.picking_up = PickingUp(park, self.floor, clock, voice=self._seat_voice, ring_seat=ring_seat, number=number)
        taking_over = TakingOver(self.switchboard, self.talk_desk.takers, self.floor, audit)
        self.listening = Listening(
            self.floor, ListeningIn(self.ami, self.switchboard.conversations), audit, clock, voice=self._seat_voice,
            ring_seat=ring_seat, number=number, beep_s=settings.supervision.beep_s, taking_over=taking_over,
        )  # fmt: skip
        self.seat_calls = SeatCalls(
            self.floor, self._seat_voice, Language(settings.language), self.prompt_desk, self.listening,
            self.picking_up, self.voicemail.phone, self.service_desk, self.dialling_out,
        )  # fmt: skip

    async def _open_store(self) -> Store:
        from tickets import migrate  # noqa: PLC0415 - Alembic is slow to import; the command line never needs it

        store = Store(self.settings.store_url)
        self._exits.push_async_callback(store.close)
        await migrate.upgrade(store)
        return store

    # -- going live ------------------------------------------------------------------------------------------------

    async def _go_live(self) -> None:
        """Restore what a former service left, then let callers in: AMI, floor, takeover, routing, AGI, HTTP."""
        settings = self.settings
        self.floor.restore([from_record(record) for record in await self.journal.latest_agents()])
        self.live.seed(await calls_of_today(self.store, settings))
        left_behind = [(call.id, call.events) for call in await self.journal.open_calls()]
        self.ami.subscribe(self.switchboard.on_event)
        await self.ami.connect(settings.asterisk.ready_s)
        self._exits.push_async_callback(self.ami.close)
        self.ami.on_connected.append(self.switchboard.resync)
        await self.switchboard.resync()
        for call_id, events in left_behind:
            for event in events:
                self.metrics.remember(event)
                self.live.remember(event)
            self.timelines.open(call_id, events)
            self.departments.restore(events)
        left_behind = await self.callbacks.load(left_behind)
        await self.listening.hang_up_former()
        await self.takeover.prepare(left_behind)
        self.floor.follow(self.distributor)
        self.callbacks.begin(CallerServices(self.callbacks.desks, self.timelines, SystemClock()))
        await self.recordings.start()
        self._exits.push_async_callback(self.recordings.recorder.close)
        self.metrics.on_scrape(lambda: self.views.fill(self.metrics))
        self.metrics.on_scrape(lambda: self.metrics.set_log(self._log_dropped()))
        agi = AgiServer(
            self.switchboard.handle_session, settings.agi.host, settings.agi.port,
            max_sessions=max(_FEWEST_SESSIONS, settings.overload.most_calls + _SPARE_SESSIONS),
        )  # fmt: skip
        await self._leave_last_words()
        await agi.start()
        self._exits.push_async_callback(agi.stop)
        await self.takeover.recall()
        http = ControlServer(settings.http.host, settings.http.port, pages_of(self), settings.control_file)
        await http.start()
        self._exits.push_async_callback(http.stop)
        self._spawn(self.front_door.watch_loop(self.metrics.loop_woke), "late loop")
        self._spawn(self.front_door.watch_asterisk(lambda s: self.ami.action("Ping", timeout_s=s)), "late Asterisk")
        self._spawn(self.shelf.keep_tidy(), "tidy prompts")
        self._spawn(self.recordings.purge(), "purge recordings")
        self._spawn(self.voicemail.desk.run(), "voicemail")
        for work, name in order_work(settings, self.store, SystemClock()):
            self._spawn(work, name)
        reconciliation = Reconciliation(self.floor, self.switchboard, self._live_calls, self.metrics.repaired)
        self._spawn(reconciliation.run(settings.agents.reconcile_s), "reconcile")
        log.info("service.live", sip=settings.sip.port, agi=settings.agi.port)

    async def _leave_last_words(self) -> None:
        """Give Asterisk what it says by itself; callers who are turned away have not chosen a language."""
        folder, language = self.settings.state_dir.absolute() / "sounds", Language(self.settings.language)
        other = next(one for one in Language if one is not language)
        for name, prompt, spoken in (
            ("sorry", "closed_now", language), ("busy", "all_lines_busy", language),
            ("busy-other", "all_lines_busy", other),
        ):  # fmt: skip
            await leave_last_words(await self._system_voice(prompt, spoken), folder, name)

    def _live_calls(self) -> set[CallId]:
        served = {CallId(call) for call in self.switchboard.call_ids()} | self.takeover.call_ids()
        return served | {view.call for view in self.distributor.queue()}

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- what the parts ask ----------------------------------------------------------------------------------------

    def health(self) -> Health:
        """Return whether callers can be served, and what is amiss."""
        ok = self.ami.connected
        connected = "connected" if ok else "not connected"
        return Health(ok, {"asterisk": connected, "journal_degraded": self.journal.health.degraded})

    def status(self) -> dict[str, Any]:
        """Return how things stand, for ``hotline status``."""
        return {**self.views.status(), "parked": len(self.talk_desk.park.spots()), **self.service_desk.status()}

    async def _on_call(self, line: ChannelLine) -> None:
        line.call.language = Language(self.settings.language)
        if self.service_desk.answers(line.call.dialled):
            await self.service_desk.serve(line, "")
            return
        if not await self.callbacks.came(line) and await self.front_door.admits(line):
            await self.reception.serve(line)

    def _was_inside(self, call: CallId) -> bool:
        return self.timelines.remembered(call) is not None or call in self.takeover.call_ids()

    async def _on_seat(self, line: ChannelLine, seat: SeatId, dialled: str) -> None:
        await self.seat_calls(line, seat, dialled)

    async def _system_voice(self, name: str, language: Language, **slots: object) -> list[Sound]:
        return list(await self.prompts.sounds(name, self.system.text(name, language), language, **slots))

    def _seat_voice(self, prompt: str, language: Language) -> list[Sound]:
        return self.shelf.sound(prompt, language, phrases_of(self.directory).get(prompt, {}).get(language, ""))

    def _on_standing(self, standing: AgentEvent) -> None:
        self.voicemail.desk.stir()
        self.screens.changed(standing.agent)

    def _on_seat_state(self, seat: SeatId, state: PhoneState) -> None:
        if seat in self.directory.seats:
            self.floor.seat_device(seat, DeviceState(state.value))
