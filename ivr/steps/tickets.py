"""The step that tells of tickets."""

from typing import Literal

from ivr.steps.base import BaseStep, Reads, Target


class TicketState(BaseStep):
    """Tells how far an earlier ticket is, by the number collected before."""

    do: Literal["ticket_state"]
    number: Reads  # a name that a ``collect`` step filled
    found: Target
    not_found: Target
