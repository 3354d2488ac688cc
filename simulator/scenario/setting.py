"""What all parties of a run share: the scenario, its clock, and what its words mean."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simulator.media.impaired import Quality
from simulator.random_times import parse_duration
from simulator.scenario.model import CallerKind, LineQuality, Scenario
from simulator.scenario.recorded import RecordedCall
from simulator.sip.digest import Credentials

MOST_KEPT = 40
"""Failed calls whose audio is kept: twice what a report has, for they end in another order than they began."""


@dataclass(slots=True)
class Setting:
    """A run's own world."""

    scenario: Scenario
    folder: Path
    recorded: Sequence[RecordedCall] = ()  # the calls to be lived again, in order
    began: float = field(default_factory=time.monotonic)
    heard: int = 0  # failed calls whose audio is kept
    stopped: bool = False  # before its end

    def stop(self) -> None:
        """Note that the rest will not be lived."""
        self.stopped = True

    def since(self, moment: float) -> float:
        """Return a monotonic moment as seconds from the run's beginning."""
        return moment - self.began

    def keeps_audio(self) -> bool:
        """Tell whether what one more failed call heard is to be kept, and count it: reports have the first ones."""
        wanted = bool(self.scenario.keep_audio_s) and self.heard < MOST_KEPT
        self.heard += wanted
        return wanted

    def seconds(self, text: str, generator: random.Random) -> float:
        """Draw a duration as it is written."""
        return parse_duration(text)(generator)

    def draw(self, text: str, generator: random.Random) -> float:
        """Draw a duration that passes faster when time is compressed."""
        return self.seconds(text, generator) / self.scenario.compress

    def quality(self, line: LineQuality) -> Quality:
        """Return what a line does to packets."""
        return Quality(line.loss, line.burst, line.delay_ms / 1000, line.jitter_ms / 1000)

    def credentials(self, kind: CallerKind) -> Credentials | None:
        """Return the account with which callers of a kind dial."""
        return None if kind.account is None else Credentials(kind.account.user, kind.account.password)
