"""The steps a flow is made of, as ops staff write them. Durations are seconds.

Each step is a mapping with ``do:``; what else it may hold is the model of that name. Names of prompts refer to the
flow's ``prompts:`` or to ``dialplans/prompts.yaml``.

=============  =========================================================================================================
``registry``   all kinds of steps, by their word behind ``do:``
``base``       kinds of fields, and what every step is
``marks``      which fields name steps, prompts, queues, …: found by marks in their types
others         the models, by what they are about
=============  =========================================================================================================
"""

from ivr.steps.asking import Check, Collect, Menu
from ivr.steps.base import (
    CALL_DATA,
    WORDS,
    Asking,
    BaseStep,
    CalendarName,
    Choice,
    DepartmentName,
    Exit,
    Fills,
    HotlineName,
    Key,
    Keys,
    Level,
    Name,
    Patience,
    Prompt,
    PromptName,
    QueueName,
    Reads,
    SkillName,
    Spoken,
    Strict,
    Subject,
    Target,
    Text,
)
from ivr.steps.calendars import Calendar, CalendarKeys, Period
from ivr.steps.hours import Hours
from ivr.steps.leading import CallSteps, Goto, HangUp, Return
from ivr.steps.marks import Refers, marked
from ivr.steps.people import Announce, Queue, Transfer, Voicemail, WhileWaiting
from ivr.steps.registry import STEPS, Step, prompts_of, targets
from ivr.steps.saying import ChooseLanguage, Say
from ivr.steps.survey import Survey, Verdict, Why
from ivr.steps.tickets import TicketState

__all__ = [
    "CALL_DATA", "STEPS", "WORDS", "Announce", "Asking", "BaseStep", "Calendar", "CalendarKeys", "CalendarName",
    "CallSteps", "Check", "Choice", "ChooseLanguage", "Collect", "DepartmentName", "Exit", "Fills", "Goto", "HangUp",
    "HotlineName", "Hours", "Key", "Keys", "Level", "Menu", "Name", "Patience", "Period", "Prompt", "PromptName",
    "Queue", "QueueName", "Reads", "Refers", "Return", "Say", "SkillName", "Spoken", "Step", "Strict", "Subject",
    "Survey", "Target", "Text", "TicketState", "Transfer", "Verdict", "Voicemail", "WhileWaiting", "Why", "marked",
    "prompts_of", "targets",
]  # fmt: skip
