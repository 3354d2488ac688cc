"""Which function does which kind of step."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ivr.doing import (
    deciding,
    leading,
    letting_in,
    looking_up,
    people,
    pressing,
    recording,
    saying,
    surveying,
    tickets,
)
from ivr.doing.walk import Walk
from ivr.steps import (
    BaseStep,
    CallSteps,
    ChooseLanguage,
    Collect,
    Goto,
    HangUp,
    Hours,
    LookUp,
    Menu,
    Pin,
    Queue,
    Record,
    Return,
    Say,
    SetValues,
    Survey,
    TicketState,
    Transfer,
    Voicemail,
    When,
)

Doing = Callable[[Walk, Any], Awaitable[str | None]]
"""Does a step of its kind; returns the next step's name, or None: the flow is over."""

# one a line, so that lines added by several people do not meet
DOING: Mapping[type[BaseStep], Doing] = {
    Say: saying.say,
    ChooseLanguage: saying.choose_language,
    Menu: pressing.menu,
    Collect: pressing.collect,
    Pin: letting_in.pin,
    Hours: leading.hours,
    When: deciding.when,
    SetValues: deciding.set_values,
    LookUp: looking_up.look_up,
    TicketState: tickets.ticket_state,
    Queue: people.queue,
    Voicemail: recording.voicemail,
    Record: recording.record,
    Transfer: people.transfer,
    Survey: surveying.survey,
    CallSteps: leading.call_steps,
    Return: leading.return_back,
    Goto: leading.goto,
    HangUp: leading.hang_up,
}
