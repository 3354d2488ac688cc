"""Whom a caller meets: the agents behind the voices that are heard, how they came, and whether they hear the caller."""

import time

from simulator.leg import CallLeg, LegEnded, NotHeard
from simulator.media.stream import MediaMode
from simulator.scenario.agents_met import Company, Met, meet
from simulator.scenario.mishaps import StepFailed, heard_instead
from simulator.scenario.record import CallRecord, Defect
from simulator.scenario.setting import Setting
from simulator.scenario.sound import hears_all
from simulator.scenario.steps import Hear
from simulator.scenario.talk import BothSides

UNHEARD_S = 2.0
"""So long after an agent's answer a caller who still hears nobody has a line that is lost one way."""
_EARLY_S = 0.1
"""An offer may come before we know that our last digit is out."""


class Meeting:
    """The agents that one caller meets, one after the other; what is found is in ``record``."""

    def __init__(self, company: Company, setting: Setting, record: CallRecord, tone: int) -> None:
        """``tone`` is the caller's."""
        self._company = company
        self._setting = setting
        self._record = record
        self._tone = tone
        self._met: Met | None = None
        self._two_way = False

    def ends(self) -> None:
        """Forget who was met: the caller dials again."""
        self._met, self._two_way = None, False

    async def hears(self, leg: CallLeg, step: Hear, within: float, asked: float) -> None:
        """Wait for an agent's voice. ``asked`` (monotonic) is when the caller began to wait.

        Raises ``StepFailed`` when it is nobody's, or of a kind that ``step`` does not name; ``NotHeard``, ``LegEnded``.
        """
        record = self._record
        if self._met is not None and step.of and self._met.kind not in step.of:
            await self._hear_next(leg, step, within, self._met)
            return
        record.asked_at = self._setting.since(asked)
        met, heard_at = await self._meet(leg, within)
        record.wait_s = max(heard_at - asked, 0.0)
        offered = await self._company.first_offer(record.number, asked - _EARLY_S)
        record.offered_at = self._setting.since(met.invited_at if offered is None else offered)
        if met.free_at is not None and asked <= met.free_at <= met.invited_at:
            record.free_to_ring_s = met.invited_at - met.free_at
        if met.answered_at is not None:
            record.connect_s = max(heard_at - met.answered_at, 0.0)
        self._right(met, step)

    async def is_not_unheard(self, asked: float) -> None:
        """Raise ``StepFailed`` for a caller who waits in vain for an agent who has answered: the audio is lost."""
        since = asked - _EARLY_S if self._met is None else self._met.invited_at + _EARLY_S
        found = await self._company.answered(self._record.number, since)
        if found is None or time.monotonic() - found.at < UNHEARD_S:
            return
        self._record.defects.append(Defect.ONE_WAY)
        self._record.agent, self._record.agent_kind = found.account, found.kind
        raise StepFailed(f"{found.kind} ({found.account}) answered, but the caller did not hear them")

    async def listened(self, leg: CallLeg) -> BothSides:
        """Begin to watch both sides of a talk."""
        return await BothSides.listened(leg, self._met, self._tone, self._company.tones, self._judged)

    @property
    def _judged(self) -> MediaMode:
        """How much audio can be judged: not that of somebody unknown, where some agents send none."""
        scenario = self._setting.scenario
        unknown = self._met is None and any(kind.media is not MediaMode.FULL for kind in scenario.agents.values())
        return MediaMode.DIGITS if unknown and scenario.media is MediaMode.FULL else scenario.media

    async def is_heard(self, timeout: float) -> None:
        """Wait until the agent has heard the caller once; raises ``StepFailed``."""
        met = self._met
        if met is None or self._two_way or not hears_all(self._judged):
            return
        try:
            await met.line.hear_tone(self._tone, timeout)
        except NotHeard as error:
            self._record.defects.append(Defect.ONE_WAY)
            raise StepFailed(f"the agent ({met.account}) did not hear the caller; {heard_instead(error)}") from None
        except LegEnded:
            return  # what the caller's own line says of it comes next
        self._two_way = True

    async def was_heard(self) -> None:
        """Note what the agent has received."""
        if self._met is not None:
            self._record.agent_heard = await self._met.line.sound()

    async def _hear_next(self, leg: CallLeg, step: Hear, within: float, before: Met) -> None:
        """Hear whom the caller was transferred to by the agent they had."""
        deadline = time.monotonic() + within
        met, heard_at = before, 0.0
        while met.account == before.account:
            met, heard_at = await self._meet(leg, max(deadline - time.monotonic(), 0.0))
        self._two_way = False
        if met.answered_at is not None and met.tone != before.tone:
            self._record.transfer_clips_s.append(max(heard_at - met.answered_at, 0.0))
        self._right(met, step)

    async def _meet(self, leg: CallLeg, within: float) -> tuple[Met, float]:
        """Return whose voice the caller hears, and when it began."""
        tone, heard_at = await leg.hear_any_tone(self._company.tones, within)
        met = await meet(self._company, tone, self._tone, self._record.number)
        if met is None:
            raise StepFailed(f"an agent's tone ({tone} Hz) was heard, but no agent is in a call that fits")
        return met, heard_at

    def _right(self, met: Met, step: Hear) -> None:
        self._met, self._record.agent, self._record.agent_kind = met, met.account, met.kind
        if step.of and met.kind not in step.of:
            self._record.defects.append(Defect.WRONG_AGENT)
            raise StepFailed(f"reached {met.kind} ({met.account}) instead of {' or '.join(step.of)}")
