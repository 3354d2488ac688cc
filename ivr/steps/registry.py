"""All kinds of steps. A new one is a model in a file of this folder, a line here, and a line in ``ivr.doing``."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, TypeAlias, Union, get_args

from pydantic import Field

from ivr.steps.asking import Collect, Menu
from ivr.steps.base import BaseStep
from ivr.steps.deciding import SetValues, When
from ivr.steps.hours import Hours
from ivr.steps.leading import CallSteps, Goto, HangUp, Return
from ivr.steps.lookup import LookUp
from ivr.steps.marks import Refers, marked
from ivr.steps.people import Queue, Transfer, Voicemail
from ivr.steps.pin import Pin
from ivr.steps.recording import Record
from ivr.steps.saying import ChooseLanguage, Say
from ivr.steps.survey import Survey
from ivr.steps.tickets import TicketState

# one a line, so that lines added by several people do not meet
_KINDS: tuple[type[BaseStep], ...] = (
    Say,
    Menu,
    Collect,
    Pin,
    ChooseLanguage,
    Hours,
    TicketState,
    LookUp,
    SetValues,
    When,
    Queue,
    Voicemail,
    Record,
    Transfer,
    Survey,
    CallSteps,
    Return,
    Goto,
    HangUp,
)

STEPS: Mapping[str, type[BaseStep]] = {get_args(kind.model_fields["do"].annotation)[0]: kind for kind in _KINDS}
"""Every kind of step by the word behind ``do:``."""

if TYPE_CHECKING:
    Step: TypeAlias = BaseStep
else:  # pydantic chooses the model by ``do``
    Step = Annotated[Union[_KINDS], Field(discriminator="do")]  # noqa: UP007 - made of a tuple


def targets(step: BaseStep) -> dict[str, str]:
    """Return where a step can lead: key in the YAML -> name of a step."""
    return step.targets()


def prompts_of(step: BaseStep) -> dict[str, str]:
    """Return the prompts a step names: key in the YAML -> name of a prompt."""
    return {".".join(place): name for place, name in marked(step, Refers.PROMPT)}
