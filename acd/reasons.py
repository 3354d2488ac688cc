"""Why a router decided as it did, in figures; ``hotline why`` makes words of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why this agent got this caller, at the moment of the offer. Durations are seconds."""

    rule: str  # the strategy that chose among the free
    suitable: int  # on duty with what the caller needs, though held for one only
    free: int  # of these free, the chosen one included
    idle_s: float  # how long the chosen one had been idle
    passed_over: int  # callers in line before, whom the chosen one may not serve or is to avoid
    last_agent: bool  # the caller was held for this agent only
