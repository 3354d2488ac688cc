"""What a call's SIP ladder says in the words of RFC 6076. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.plumbing import Step

_RESPONSE = re.compile(r"^(\d{3}) .*\((\w+)\)$")
_CHALLENGES = (401, 407)
_CANCELLED = 487
INEFFECTIVE = (408, 500, 503, 504)
"""RFC 6076, 4.8: attempts that the network failed."""
EFFECTIVE = (200, 480, 486, 600, 603)
"""RFC 6076, 4.7: answers that show that the call came where it should."""


@dataclass(frozen=True, slots=True)
class SipTimes:
    """One INVITE of ours. Seconds, None where it did not come so far."""

    code: int = 0  # final status, 0: none came
    request_delay_s: float | None = None  # 4.3: INVITE to ringing or final answer, of a successful one
    failed_request_delay_s: float | None = None  # the same, of one that failed
    disconnect_delay_s: float | None = None  # 4.4: our BYE to its answer
    duration_s: float | None = None  # 4.5: 200 to BYE, whoever sent it
    repeated: int = 0  # INVITEs that had to be sent again
    completed: bool = False  # 4.9: established, and its BYE, whoever sent it, had its 200
    cancelled: bool = False  # by us, while it rang: neither of the request delays is known


def sip_times(ladder: Sequence[Step]) -> SipTimes:
    """Return the times of a call that we placed. Challenges (401, 407) are part of the way, not its end."""
    invited = told = answered = bye = bye_answered = None
    code = repeated = invites = challenges = 0
    cancelled = completed = False
    for step in ladder:
        status, method = _status(step)
        if step.direction == ">" and step.line.startswith("INVITE ") and answered is None:
            invited = step.at if invited is None else invited
            invites += 1
        elif step.direction == ">" and step.line.startswith("CANCEL "):
            cancelled = True
        elif step.line.startswith("BYE ") and bye is None:
            bye = step
        elif step.direction == "<" and method == "INVITE" and code < 200:
            if status in _CHALLENGES and not challenges:
                challenges += 1
                continue
            code = max(code, status) if status < 200 else status
            if status > 100 and told is None:
                told = step.at
            if 200 <= status < 300:
                answered = step.at
        elif method == "BYE" and bye is not None and step.direction != bye.direction and status not in _CHALLENGES:
            bye_answered = step.at if bye_answered is None else bye_answered
            completed = completed or 200 <= status < 300
    repeated = max(invites - 1 - challenges, 0)
    if invited is None:
        return SipTimes()
    delay = None if told is None else told - invited
    cancelled = cancelled and code == _CANCELLED
    return SipTimes(
        code=code if code >= 200 else 0,
        request_delay_s=delay if 200 <= code < 300 else None,
        failed_request_delay_s=delay if code >= 300 and not cancelled else None,
        disconnect_delay_s=bye_answered - bye.at if bye and bye.direction == ">" and bye_answered else None,
        duration_s=bye.at - answered if bye and answered is not None else None,
        repeated=repeated,
        completed=completed and answered is not None,
        cancelled=cancelled,
    )


def ratios(codes: Sequence[int], completed: int = 0) -> dict[str, float | None]:
    """Return RFC 6076's ratios over final statuses (0: none): establishment, effectiveness, ineffective attempts, and
    completion (4.9), of so many sessions that came to their regular end.
    """
    total = len(codes)
    redirected = sum(300 <= code < 400 for code in codes)
    asked = total - redirected
    if not total or not asked:
        return {"ser": None, "seer": None, "isa": None, "scr": completed / total if total else None}
    return {
        "ser": sum(code == 200 for code in codes) / asked,
        "seer": sum(code in EFFECTIVE for code in codes) / asked,
        "isa": sum(code in INEFFECTIVE or code == 0 for code in codes) / total,
        "scr": completed / total,
    }


def _status(step: Step) -> tuple[int, str]:
    found = _RESPONSE.match(step.line)
    return (int(found[1]), found[2]) if found else (0, "")
