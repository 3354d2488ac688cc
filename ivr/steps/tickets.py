"""The step that tells of tickets."""

from typing import Literal

from pydantic import Field

from ivr.steps.base import BaseStep, Patience, Prompt, Reads, Target

LAST_DIGITS = 4
"""So many digits of a telephone number prove that one knows it."""


class TicketState(BaseStep):
    """Tells how far an earlier ticket is, by the number collected before: at once to the telephone it was made for;
    from any other, the last four digits of that one are asked for. Who does not know them learns nothing."""

    do: Literal["ticket_state"]
    number: Reads  # a name that a ``collect`` step filled
    prompt: Prompt = "ticket_phone"  # asks for the last four digits
    tries: int = Field(default=2, ge=1, le=5)  # so often wrong ones may be entered
    first_digit_s: Patience = 8
    found: Target
    not_found: Target
