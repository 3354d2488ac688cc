"""Call flows: what callers hear and press, as YAML that ops staff edit, checked and carried out.

======================  ================================================================================================
``ivr.steps``           the steps a flow is made of (pydantic), one registry of all kinds
``ivr.model``           Flow: steps, prompts, numbers
``ivr.source``          a YAML file with positions, within bounds (``syntax``: what YAML itself complains of)
``ivr.loader``          file -> Flow, or everything that is wrong with it (``mistakes``, in the words of ``wording``;
                        ``half_read``: what else is wrong where the spelling is)
``ivr.checker``         whether a flow that reads well also works (``ways``: that every way comes to an end)
``ivr.book``            FlowBook: the flows in use; replaced only when all is right
``ivr.interpreter``     Interpreter: one call's walk (``asking``: digits, ``speaker``: prompts, ``hours``: calendar)
``ivr.conditions``      what ``when`` steps ask: parsed, checked, decided (``filling``: marks in texts, ``patterns``)
``ivr.doors``           numbers, entry rules and lists of callers, checked (``numbers``, ``callers``, ``beside``: files)
``ivr.closures``        closed by order; ``announcement``: of the day; ``service_line``: both by telephone
``ivr.studio``          prompts recorded and played by telephone
``ivr.outside``         look-ups, PINs and facts that flows ask for, as protocols
``ivr.doing``           what each kind of step does, and what it has at hand (``Walk``)
``ivr.services``        what steps need from other rooms, as protocols
``ivr.system_prompts``  what the system says by itself
``ivr.rehearsal``       a pretended call through a flow (``rehearsal_*``: its line, prompts, services; ``rehearsed``)
``ivr.flow_tests``      tests of flows as YAML (``flow_testing`` runs them)
``ivr.picture``         a flow as a tree, for terminal, Mermaid and SVG
``ivr.schema``          JSON Schema for editors (``key_help``: what a key is for, ``reference``: the page of all)
``ivr.comparison``      what changes for callers between two versions
``ivr.catalogue``       everything that can be heard and recorded (``inventory``: how each of it stands)
``ivr.speech``          texts to sound files, numbers and dates spoken
======================  ================================================================================================
"""

from ivr.book import FlowBook, texts_of, unfit_together
from ivr.catalogue import Catalogue
from ivr.doing import FlowEnd
from ivr.doing.walk import PASSED_TICKET
from ivr.interpreter import Interpreter
from ivr.known import Known
from ivr.loader import Loaded, load_flow, parse_flow
from ivr.mistakes import FlowErrors, FlowMistake
from ivr.model import Flow
from ivr.services import (
    Box,
    FlowServices,
    KeyPressed,
    PromptPlayer,
    QueueEnd,
    QueueRequest,
    TicketAnswer,
    TicketEnd,
    TransferEnd,
)
from ivr.system_prompts import SystemPrompts

__all__ = [
    "PASSED_TICKET", "Box", "Catalogue", "Flow", "FlowBook", "FlowEnd", "FlowErrors", "FlowMistake", "FlowServices",
    "Interpreter",
    "KeyPressed", "Known", "Loaded", "PromptPlayer", "QueueEnd", "QueueRequest", "SystemPrompts", "TicketAnswer",
    "TicketEnd", "TransferEnd", "load_flow", "parse_flow", "texts_of", "unfit_together",
]  # fmt: skip
