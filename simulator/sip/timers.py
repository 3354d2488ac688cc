"""The timers of RFC 3261, section 17 and table 4."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timers:
    """Base values in seconds; the lettered timers follow from them. Smaller ones make tests quick."""

    t1: float = 0.5  # round-trip estimate
    t2: float = 4.0  # longest interval between retransmissions
    t4: float = 5.0  # how long a message may linger in the network

    @property
    def give_up(self) -> float:
        """Timers B, F, H, J and the wait for an ACK: 64 times T1."""
        return 64 * self.t1

    @property
    def absorb(self) -> float:
        """Timer D: how long retransmitted final answers to an INVITE are absorbed."""
        return 64 * self.t1
