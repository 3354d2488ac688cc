"""One caller's life by the steps of its kind: observe, act, assert."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from simulator.agent import UserAgent
from simulator.leg import CallFailed, CallLeg, LegEnded, NotHeard
from simulator.load_profile import CALLER_TONES
from simulator.measures.sip_times import sip_times
from simulator.media.digits import OFF_FRAMES
from simulator.media.g711 import FRAME, RATE
from simulator.media.impaired import Impairment
from simulator.scenario.agents_met import Company
from simulator.scenario.meeting import Meeting
from simulator.scenario.mishaps import Abandoned, Again, StepFailed, heard_instead
from simulator.scenario.model import CallerKind
from simulator.scenario.record import CallRecord, Moment, Went
from simulator.scenario.recorded import RecordedCall
from simulator.scenario.ringing import leave, while_it_rings
from simulator.scenario.setting import Setting
from simulator.scenario.sound import added
from simulator.scenario.steps import (
    AGENT,
    RECORDED,
    SILENCE,
    SOUND,
    Ended,
    HangUp,
    Hear,
    Mute,
    Press,
    Redial,
    Say,
    Step,
    Talk,
    Wait,
)
from simulator.scenario.talk import BothSides, Faults
from simulator.stopping import LEAVES_IN_S

SETUP_TIMEOUT_S = 35.0
_PAUSE_S = OFF_FRAMES * FRAME / RATE
"""Digits are out when the pause after them is over; what they do begins before it."""
PATIENT_S = 3600.0
"""Patience of those who, on the day that is replayed, did not give up."""
RECORDING_S = 30.0
"""So much of what was heard is searched for a recording."""


class Life:
    """Lives one call; whatever happens is in ``record``."""

    def __init__(
        self,
        agent: UserAgent,
        setting: Setting,
        company: Company,
        record: CallRecord,
        kind: CallerKind,
        *,
        recorded: RecordedCall | None = None,
    ) -> None:
        self.record = record
        self._agent = agent
        self._setting = setting
        self._kind = kind
        self._random = random.Random(f"{setting.scenario.seed}/{record.index}")
        self._tone = CALLER_TONES[record.index % len(CALLER_TONES)]
        self._recorded = recorded or RecordedCall(0.0)  # the call that is lived again
        self._keys = iter(self._recorded.keys)
        self._redials = 0
        self._pressed = False  # since something was heard last
        self._asked = 0.0  # monotonic: the last digit, or the answer
        self._meeting = Meeting(company, setting, record, self._tone)
        self._watching: set[asyncio.Future[None]] = set()
        self._do: dict[type[Step], Callable[..., Awaitable[None]]] = {
            Hear: self._hear, Press: self._press, Wait: self._wait, Talk: self._talk, Say: self._say, Mute: self._mute,
            Ended: self._ended, Redial: self._redial, HangUp: self._hang_up,
        }  # fmt: skip

    async def run(self) -> CallRecord:
        """Live the call, with all redials; every way it can go ends in the record, and with the line hung up."""
        record = self.record
        record.began_at = self._setting.since(time.monotonic())
        try:
            while await self._dial():
                pass
        except OSError as error:
            record.reason = f"simulator: {error}"
        except asyncio.CancelledError:
            if not self._setting.stopped:
                raise
            self._unfinished()
        record.ended_at = self._setting.since(time.monotonic())
        self._do.clear()  # they hold this life: it is gone now with its last user, before rubbish is looked for
        return record

    async def _dial(self) -> bool:
        """Dial once; return whether to dial again."""
        scenario, kind, record = self._setting.scenario, self._kind, self.record
        number = kind.number or scenario.number
        leg = await self._agent.call(
            number, number=record.number, tone=self._tone, mode=scenario.media,
            keep_s=max(scenario.keep_audio_s, self._needs_s()), credentials=self._setting.credentials(kind),
        )  # fmt: skip
        if not (quality := self._setting.quality(kind.line)).clean:
            leg.stream.impairment = Impairment(quality, random.Random(f"{scenario.seed}/line/{record.index}"))
        if not record.dials:
            record.began_at = self._setting.since(leg.session.invited_at)
        record.dials += 1
        self._tell(f"dials {number}")
        try:
            await self._live(leg)
            record.went, record.step, record.reason = Went.DONE, 0, ""
        except Abandoned:
            record.went, record.reason = Went.ABANDONED, "patience was over"
        except Again:
            return True
        except (StepFailed, CallFailed, LegEnded, TimeoutError, ValueError) as error:
            self._fails(error, leg)
        except asyncio.CancelledError:
            if not self._setting.stopped:
                raise
            self._unfinished()
        finally:
            await self._leave(leg)
        return False

    async def _live(self, leg: CallLeg) -> None:
        answered = self._watch(self._answered(leg))
        early = while_it_rings(self._kind.steps)
        for place, step in enumerate(self._kind.steps):
            if place == early:
                self.record.step = 0
                await leg.wait_answered(SETUP_TIMEOUT_S)
                await answered
            self.record.step = place + 1
            await self._do[type(step)](leg, step)

    async def _answered(self, leg: CallLeg) -> None:
        await leg.answered.wait()
        self._asked = time.monotonic()
        self._tell("answered")
        self._watch(self._first_prompt(leg, self._asked))

    async def _leave(self, leg: CallLeg) -> None:
        """Hang up, and measure what there was."""
        record = self.record
        if leg.stream.stats.first_at is not None:
            record.heard = added(record.heard, leg)
        if leg.stream.impairment is not None:
            record.injected_lost += leg.stream.impairment.lost
            record.injected_jitter_ms = leg.stream.impairment.jitter_ms
        for task in self._watching:
            task.cancel()
        await self._off_the_line(leg)
        times = sip_times(leg.ladder)
        record.sip.append(times)
        record.ladders.append([*leg.ladder])
        delay = times.request_delay_s
        if leg.stream.stats.first_at is not None:
            first = max(leg.stream.stats.first_at - leg.session.invited_at, 0.0)
            delay = first if delay is None else min(delay, first)
        record.post_dial_delay_s = delay if record.post_dial_delay_s is None else record.post_dial_delay_s
        self._tell("is off the line")

    async def _off_the_line(self, leg: CallLeg) -> None:
        try:
            async with asyncio.timeout(LEAVES_IN_S if self._setting.stopped else None):
                await leg.hang_up()
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            if not self._setting.stopped:
                raise

    def _unfinished(self) -> None:
        self.record.went, self.record.reason = Went.UNFINISHED, "the run was stopped"

    def _fails(self, error: Exception, leg: CallLeg) -> None:
        record = self.record
        match error:
            case StepFailed():
                record.reason = str(error)
            case CallFailed():
                record.reason = error.reason or f"SIP {error.status}"
            case LegEnded():
                record.reason = f"cut off ({leg.reason})"
            case TimeoutError():
                record.reason = "no answer to INVITE" if not leg.answered.is_set() else "no answer in time"
            case _:
                record.reason = str(error)
        record.went = Went.FAILED
        if self._setting.keeps_audio():
            record.audio = leg.recording.samples
        self._tell(f"step {record.step} failed: {record.reason}" if record.step else f"failed: {record.reason}")

    # -- observe ---------------------------------------------------------------------------------------------------

    async def _hear(self, leg: CallLeg, step: Hear) -> None:
        patience = self._patience(step.patience) if step.patience is not None else None
        within = step.within if patience is None else patience
        what = f"{step.hear} Hz" if step.hear.isdigit() else step.hear
        try:
            await self._heard(leg, step, within)
        except (NotHeard, LegEnded) as error:
            if step.hear == AGENT:
                await self._meeting.is_not_unheard(self._asked)
            if isinstance(error, LegEnded):
                raise
            if patience is None:
                instead = heard_instead(error) or str(error)
                raise StepFailed(f"{what} was not heard within {within:g} s; {instead}") from None
            self._tell("has no more patience")
            raise Abandoned from None
        except TimeoutError:
            raise StepFailed(f"{what} was not heard within {within:g} s") from None

    async def _heard(self, leg: CallLeg, step: Hear, within: float) -> None:
        began: float | None = None
        if step.hear == AGENT:
            await self._meeting.hears(leg, step, within, self._asked)
        elif step.hear == SOUND:
            await leg.hear_sound(within)
        elif step.hear == SILENCE:
            await leg.hear_silence(timeout=within)
        elif step.hear.isdigit():
            began = await leg.hear_tone(int(step.hear), within)
        else:
            began = await leg.hear_prompt(self._setting.folder / step.hear, within, since=self._asked, in_parts=True)
        if self._pressed and began is not None:
            self.record.reactions_s.append(max(began - self._asked, 0.0))
        self._pressed = False
        self._tell(f"hears {step.hear}" if step.hear != AGENT else f"hears {self.record.agent_kind}")

    # -- act -------------------------------------------------------------------------------------------------------

    async def _press(self, leg: CallLeg, step: Press) -> None:
        digits = next(self._keys, "") if step.press == RECORDED else step.press
        if not digits:
            return
        await leg.send_digits(digits)
        self._asked = time.monotonic() - _PAUSE_S
        self._pressed = True
        self._tell(f"presses {digits}")

    async def _wait(self, leg: CallLeg, step: Wait) -> None:
        await self._stay(leg, self._setting.seconds(step.wait, self._random))

    async def _say(self, leg: CallLeg, step: Say) -> None:
        await leg.play(self._setting.folder / step.say)
        self._tell(f"has said {step.say}")

    async def _mute(self, leg: CallLeg, step: Mute) -> None:
        leg.be_quiet(quiet=step.mute)
        self._tell("mutes the telephone" if step.mute else "speaks again")

    async def _talk(self, leg: CallLeg, step: Talk) -> None:
        began = time.monotonic()
        planned = self._lasts(step.talk, self._recorded.talked_s)
        sides = await self._meeting.listened(leg)
        try:
            await self._meeting.is_heard(step.heard_within)
            await self._stay(leg, max(began + planned - time.monotonic(), 0.0))
        except LegEnded:
            if not step.or_hung_up:
                raise StepFailed(
                    f"cut off after {time.monotonic() - began:.1f} s of a talk of {planned:.1f} s ({leg.reason})"
                ) from None
        finally:
            faults = await self._after_talk(sides, began, step)
        if faults.reason:
            raise StepFailed(faults.reason)

    async def _after_talk(self, sides: BothSides, began: float, step: Talk) -> Faults:
        record = self.record
        record.talk_s = time.monotonic() - began
        self._tell("has talked")
        faults = await sides.faults(step.heard_within)
        record.defects += [defect for defect in faults.defects if defect not in record.defects]
        await self._meeting.was_heard()
        return faults

    async def _ended(self, leg: CallLeg, step: Ended) -> None:
        try:
            await leg.wait_ended(step.ended)
        except TimeoutError:
            raise StepFailed(f"the far end did not hang up within {step.ended:g} s") from None

    async def _redial(self, leg: CallLeg, step: Redial) -> None:
        if self._redials >= step.most:
            return
        self._redials += 1
        self._tell("hangs up to dial again")
        await leave(leg)
        await asyncio.sleep(self._setting.seconds(step.redial, self._random))
        self._meeting.ends()
        self._keys = iter(self._recorded.keys)
        raise Again

    async def _hang_up(self, leg: CallLeg, _: HangUp) -> None:
        self._tell("hangs up")
        await leave(leg)

    # -- beside the steps ------------------------------------------------------------------------------------------

    def _patience(self, text: str) -> float:
        return self._lasts(text, self._recorded.waited_s if self._recorded.gave_up else PATIENT_S)

    def _lasts(self, text: str, recorded_s: float) -> float:
        """Return how long something is to last: as it is written, or as it was recorded."""
        if text == RECORDED:
            return recorded_s / self._setting.scenario.compress
        return self._setting.draw(text, self._random)

    def _needs_s(self) -> float:
        """Return how many seconds of what is heard the steps look back on."""
        recordings = any(isinstance(step, Hear) and Path(step.hear).suffix for step in self._kind.steps)
        return RECORDING_S if recordings else 1.0

    async def _stay(self, leg: CallLeg, seconds: float) -> None:
        with suppress(TimeoutError):
            await leg.wait_ended(seconds)
            raise LegEnded(leg.reason) if leg.answered.is_set() else CallFailed(leg.status, leg.reason)

    async def _first_prompt(self, leg: CallLeg, answered: float) -> None:
        heard_at = await leg.stream.ears.wait_sound()
        if self.record.first_prompt_s is None:
            self.record.first_prompt_s = max(heard_at - answered, 0.0)

    def _watch(self, work: Awaitable[None]) -> "asyncio.Future[None]":
        task = asyncio.ensure_future(work)
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)
        return task

    def _tell(self, what: str) -> None:
        self.record.timeline.append(Moment(self._setting.since(time.monotonic()), what))
