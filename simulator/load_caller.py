"""One caller of a load run, from INVITE to hang-up."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from simulator.agent import UserAgent
from simulator.leg import CallFailed, CallLeg, LegEnded, NotHeard
from simulator.load_profile import CALLER_TONES, LoadProfile
from simulator.media.stream import MediaMode
from simulator.report import CallResult, LoadOutcome
from simulator.softphone import Softphone
from simulator.stopping import LEAVES_IN_S

SETUP_TIMEOUT_S = 35.0
TWO_WAY_S = 2.0
"""The agent must hear the caller within this time after the caller heard the agent."""
KEPT_S = 1.0


class LoadCaller:
    """Follows the scenario: hears a prompt, presses, waits for an agent, talks, hangs up."""

    def __init__(
        self, agent: UserAgent, profile: LoadProfile, seats_by_tone: Mapping[int, Sequence[Softphone]], index: int
    ) -> None:
        self._agent = agent
        self._profile = profile
        self._seats = seats_by_tone
        self._random = random.Random(f"{profile.seed}/{index}")
        self._tone = CALLER_TONES[index % len(CALLER_TONES)]
        self.result = CallResult(index, profile.caller_number(index))

    async def run(self) -> CallResult:
        """Live the call; every way it can go ends in the result, and with the line hung up."""
        try:
            leg = await self._agent.call(
                self._profile.number,
                number=self.result.number,
                tone=self._tone,
                mode=self._profile.mode,
                keep_s=KEPT_S,
            )
        except OSError as error:
            self.result.reason = f"simulator: {error}"
            return self.result
        leaves_in_s = None
        try:
            await self._live(leg)
        except CallFailed as error:
            self.result.reason = error.reason or str(error.status)
        except NotHeard:
            self.result.reason = "no prompt heard"
        except LegEnded:
            self.result.reason = f"cut off before an agent answered ({leg.reason})"
        except TimeoutError:
            self.result.reason = "no answer to INVITE"
        except asyncio.CancelledError:  # the run is stopped: nobody waits for long
            leaves_in_s = LEAVES_IN_S
            raise
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(leaves_in_s):
                    await leg.hang_up()
            self.result.lost = leg.stats.lost
            self.result.longest_gap_s = leg.stats.longest_gap_s
        return self.result

    async def _live(self, leg: CallLeg) -> None:
        began = time.monotonic()
        await leg.wait_answered(SETUP_TIMEOUT_S)
        self.result.setup_s = time.monotonic() - began
        waiting_since = time.monotonic()
        for digits in self._profile.press:
            await leg.hear_sound(self._profile.menu_timeout_s)
            waiting_since = time.monotonic()
            await leg.send_digits(digits)
        try:
            tone, heard_at = await leg.hear_any_tone(self._seats, self._profile.patience(self._random))
        except NotHeard:
            self.result.outcome = LoadOutcome.ABANDONED
            return
        self.result.outcome = LoadOutcome.ANSWERED
        self.result.answer_s = max(heard_at - waiting_since, 0.0)
        await self._talk(leg, tone, heard_at)

    async def _talk(self, leg: CallLeg, tone: int, since: float) -> None:
        planned = self._profile.talk(self._random)
        if self._profile.mode is MediaMode.FULL:
            await self._check_two_way(tone, min(TWO_WAY_S, planned + 0.5))
        try:
            await leg.wait_ended(max(since + planned - time.monotonic(), 0.0))
            self.result.dropped = True
        except TimeoutError:
            pass
        self.result.talk_s = time.monotonic() - since

    async def _check_two_way(self, tone: int, timeout: float) -> None:
        """Find the seat whose tone was heard, and see whether it hears ours."""
        legs = [(seat, leg) for seat in self._seats[tone] for leg in seat.legs if leg.answered.is_set()]
        for seat, leg in legs:
            try:
                await leg.hear_tone(self._tone, timeout)
            except (NotHeard, LegEnded):
                continue
            self.result.two_way, self.result.seat = True, seat.account
            return
        self.result.two_way = False
        self.result.seat = legs[0][0].account if legs else ""
