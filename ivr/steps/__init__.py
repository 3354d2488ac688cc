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
    Filled,
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
from ivr.steps.deciding import Branch, SetValues, When
from ivr.steps.hours import Hours
from ivr.steps.leading import CallSteps, Goto, HangUp, Return
from ivr.steps.lookup import LookUp
from ivr.steps.marks import Refers, marked
from ivr.steps.people import Announce, Queue, Transfer, Voicemail, WhileWaiting
from ivr.steps.pin import Pin
from ivr.steps.recording import Record
from ivr.steps.registry import STEPS, Step, prompts_of, targets
from ivr.steps.saying import ChooseLanguage, Say
from ivr.steps.survey import Survey, Verdict, Why
from ivr.steps.tickets import LAST_DIGITS, TicketState

__all__ = [
    "CALL_DATA", "LAST_DIGITS", "STEPS", "WORDS", "Announce", "Asking", "BaseStep", "Branch", "Calendar",
    "CalendarKeys", "CalendarName", "CallSteps", "Check", "Choice", "ChooseLanguage", "Collect", "DepartmentName",
    "Exit", "Filled", "Fills", "Goto", "HangUp", "HotlineName", "Hours", "Key", "Keys", "Level", "LookUp", "Menu",
    "Name", "Patience", "Period", "Pin", "Prompt", "PromptName", "Queue", "QueueName", "Reads", "Record", "Refers",
    "Return", "Say", "SetValues", "SkillName", "Spoken", "Step", "Strict", "Subject", "Survey", "Target", "Text",
    "TicketState", "Transfer", "Verdict", "Voicemail", "When", "WhileWaiting", "Why", "marked", "prompts_of",
    "targets",
]  # fmt: skip
