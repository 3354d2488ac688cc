"""Which function does which kind of step."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ivr.doing import leading, people, pressing, saying, surveying, tickets
from ivr.doing.walk import Walk
from ivr.steps import (
    BaseStep,
    CallSteps,
    ChooseLanguage,
    Collect,
    Goto,
    HangUp,
    Hours,
    Menu,
    Queue,
    Return,
    Say,
    Survey,
    TicketState,
    Transfer,
    Voicemail,
)

Doing = Callable[[Walk, Any], Awaitable[str | None]]
"""Does a step of its kind; returns the next step's name, or None: the flow is over."""

# one a line, so that lines added by several people do not meet
DOING: Mapping[type[BaseStep], Doing] = {
    Say: saying.say,
    ChooseLanguage: saying.choose_language,
    Menu: pressing.menu,
    Collect: pressing.collect,
    Hours: leading.hours,
    TicketState: tickets.ticket_state,
    Queue: people.queue,
    Voicemail: people.voicemail,
    Transfer: people.transfer,
    Survey: surveying.survey,
    CallSteps: leading.call_steps,
    Return: leading.return_back,
    Goto: leading.goto,
    HangUp: leading.hang_up,
}
