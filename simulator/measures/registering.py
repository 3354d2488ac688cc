"""How long registrars take, and how often they fail: RFC 6076, 4.1 and 4.2. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulator.measures.quantiles import Quantiles


@dataclass(frozen=True, slots=True)
class RegisterAttempt:
    """One registration, or its refreshing: from the first REGISTER to the final answer, challenges being part of it."""

    code: int  # the final status; 408 when none came
    delay_s: float

    @property
    def effective(self) -> bool:
        """Whether it was granted."""
        return self.code == 200


def registration_figures(attempts: Sequence[RegisterAttempt]) -> dict[str, Any]:
    """Return them in JSON-able form: ``registration_delay_s`` is RRD, of those that were granted; ``ira`` the others'
    part. A challenge (401, 407) is no failure, but one as the final answer is.
    """
    failed = sum(not attempt.effective for attempt in attempts)
    codes = Counter(str(attempt.code) for attempt in attempts)
    return {
        "registration_delay_s": Quantiles(attempt.delay_s for attempt in attempts if attempt.effective).as_dict(),
        "registrations": {
            "attempts": len(attempts),
            "codes": dict(sorted(codes.items())),
            "ira": round(failed / len(attempts), 4) if attempts else None,
        },
    }
