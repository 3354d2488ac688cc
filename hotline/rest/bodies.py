"""What may be sent to the API and what it answers. Numbers are shown in full only to roles that may see them."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from calls import mask_number
from hotline.masking import mask_text
from tickets import CallRecord, Channel, OrderDetail, OrderRecord, TicketKind, TicketState, TicketStep, Urgency


def _clean(text: str) -> str:
    text.encode()  # a lone surrogate is no text; its UnicodeEncodeError is a ValueError
    if "\0" in text:
        raise ValueError("holds a NUL character")
    return text


Short = Annotated[str, Field(max_length=200), AfterValidator(_clean)]
Long = Annotated[str, Field(max_length=100_000), AfterValidator(_clean)]
Phone = Annotated[str, Field(pattern=r"^(\+?[0-9]{3,20})?$")]
Limit = Annotated[int, Field(ge=1, le=500)]
Epoch = Annotated[float, Field(ge=0, le=1e11, allow_inf_nan=False)]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TicketsAsked(_Sent):
    """Which tickets are asked for. ``after``: the last number of the page before."""

    limit: Limit = 50
    after: Short | None = None
    since: Epoch | None = None
    state: TicketState | None = None
    kind: TicketKind | None = None
    caller: Phone | None = None
    department: Short | None = None
    category: Short | None = None  # with all that is inside it
    channel: Channel | None = None
    urgent: bool = False  # only those that are not "normal"
    text: Short | None = None


class CallsAsked(_Sent):
    """Which calls are asked for; ``before``: when the last call of the page before arrived, in epoch seconds."""

    limit: Limit = 50
    before: Epoch | None = None
    since: Epoch | None = None
    caller: Phone | None = None
    agent: Short | None = None
    running: bool | None = None


class NewTicket(_Sent):
    """A ticket to be made: a subject or a content is needed."""

    kind: TicketKind = TicketKind.ENQUIRY
    subject: Short = ""
    content: Long = ""
    caller: Phone = ""
    caller_name: Short = ""
    address: Short = ""
    category: Short = ""  # its code
    urgency: Urgency = Urgency.NORMAL
    channel: Channel = Channel.PHONE


class TicketEdit(_Sent):
    """What a ticket is about from now on; what is not sent stays as it is. ``reason``: why, for its history."""

    kind: TicketKind | None = None
    subject: Short | None = None
    content: Long | None = None
    caller: Phone | None = None
    caller_name: Short | None = None
    address: Short | None = None
    category: Short | None = None  # its code; "": none
    urgency: Urgency | None = None
    channel: Channel | None = None
    reason: Long = ""


class StepAsked(_Sent):
    """A step to be taken. ``note`` is the reason, the answer, or a remark."""

    step: TicketStep
    note: Long = ""
    department: Short = ""  # its key; for dispatch
    satisfaction: Annotated[int, Field(ge=1, le=5)] | None = None  # for follow-up
    into: Short = ""  # the ticket's number; for merge


class TicketPage(BaseModel):
    """Tickets, the latest first; ``next``: what to send as ``after`` for those that follow, None: there are none."""

    tickets: list[OrderRecord]
    next: str | None


class CallPage(BaseModel):
    """Calls, the latest first; ``next``: what to send as ``before``."""

    calls: list[CallRecord]
    next: float | None


class History(BaseModel):
    """What is known of a caller: the latest calls and tickets; ``open`` tickets are not answered yet."""

    caller: str
    calls: list[CallRecord]
    tickets: list[OrderRecord]
    open: int
    repeated: bool  # a matter of theirs came so often that it must be flagged


class Screen(BaseModel):
    """What an agent should see now, from the moment their phone rings: the call, and its caller's history."""

    agent: str
    state: str
    call: CallRecord | None
    history: History | None


class Problem(BaseModel):
    """What is wrong."""

    error: str


_NUMBERS = frozenset({"caller", "dialled"})
_TEXTS = frozenset({"note", "subject", "content", "result"})
_LEFT_OUT = frozenset({"timeline", "caller_name", "address", "answers"})


def shown(value: BaseModel, *, full: bool) -> Any:
    """Return a value as JSON; unless ``full``, numbers are masked and names, addresses and timelines left out, also
    those that an edit's note tells."""
    data = value.model_dump(mode="json")
    return data if full else _masked(data)


def _masked(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        if value.get("action") == "edit":
            value = {**value, "note": ""}
        return {name: _masked(inner, name) for name, inner in value.items()}
    if key in _LEFT_OUT:
        return type(value)()
    if isinstance(value, list):
        return [_masked(inner, key) for inner in value]
    if isinstance(value, str):
        return mask_number(value) if key in _NUMBERS else mask_text(value) if key in _TEXTS else value
    return value


__all__ = [
    "CallPage", "CallsAsked", "History", "NewTicket", "OrderDetail", "Problem", "Screen", "StepAsked", "TicketEdit",
    "TicketPage",    "TicketsAsked", "shown",
]  # fmt: skip
