"""The columns of a ticket in a table: their names, and how a cell becomes a value or a mistake with its remedy."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from tickets.models import KEY, TicketKind, TicketState
from tickets.orders import WORST
from tickets.transfer import moments
from tickets.urgency import Channel, Urgency

_LONGEST_TEXT = 100_000
_PHONE = re.compile(r"\+?[0-9*#]{3,40}|[A-Za-z][\w.@:-]{0,180}", re.ASCII)  # or the name of a SIP account
_NUMBER = re.compile(r"[0-9]{6,20}")
_MANGLED = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RowMistake:
    """What is wrong in a row; the heading is row 1. ``column`` "" is the whole row."""

    row: int
    column: str
    message: str
    remedy: str

    def __str__(self) -> str:
        where = f"row {self.row}" + (f", {self.column}" if self.column else "")
        return f"{where}: {self.message} ({self.remedy})"


@dataclass(frozen=True, slots=True)
class Known:
    """What cells may name. ``departments`` and ``categories`` map what people write to the key that is kept."""

    zone: tzinfo
    now: float  # epoch seconds: nothing was made later
    departments: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)


Read = Callable[[Any, Known], Any]
"""Makes a value of a cell that is not empty; raises ``ValueError("what is wrong: remedy")``."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the ticket's own name for it, what Chinese tables call it, and how it is read."""

    name: str
    zh: str
    read: Read
    empty: Any = ""  # the value of an empty cell

    @property
    def heading(self) -> str:
        """What stands in the first row."""
        return f"{self.zh} {self.name}"


def _text(value: Any, _known: Known) -> str:
    text = _as_text(value)
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"has {len(text):,} characters: write at most {_LONGEST_TEXT:,}")
    return text


def _short(longest: int) -> Read:
    def read(value: Any, known: Known) -> str:
        text = _text(value, known)
        if len(text) > longest:
            raise ValueError(f"has {len(text):,} characters: write at most {longest}")
        return text

    return read


def _as_text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # spreadsheets keep whole numbers as floats
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)


def _digits(value: Any, pattern: re.Pattern[str], what: str) -> str:
    text = _as_text(value)
    if pattern.fullmatch(text) and len(text) <= KEY:
        return text
    if _MANGLED.fullmatch(text):
        raise ValueError(
            f"{text!r} is a number that a spreadsheet has shortened: format the column as text, enter it anew"
        )
    raise ValueError(f"{text[:40]!r} is no {what}: write digits only")


def _phone(value: Any, _known: Known) -> str:
    return _digits(value, _PHONE, "telephone number")


def _number(value: Any, _known: Known) -> str:
    return _digits(value, _NUMBER, "ticket number")


def _one_of(what: str, words: Mapping[str, str]) -> Read:
    def read(value: Any, _known: Known) -> str:
        return _looked_up(value, words, what, ", ".join(f"{zh} or {key}" for zh, key in words.items() if zh != key))

    return read


def _looked_up(value: Any, words: Mapping[str, str], what: str, there: str) -> str:
    text = _as_text(value).strip()
    found = words.get(text) or words.get(text.lower())
    if found is None:
        raise ValueError(f"there is no {what} {text[:40]!r}: write one of {there or 'none'}")
    return found


def _department(value: Any, known: Known) -> str:
    return _looked_up(value, known.departments, "department", ", ".join(sorted(set(known.departments.values()))[:40]))


def _category(value: Any, known: Known) -> str:
    return _looked_up(value, known.categories, "category", ", ".join(sorted(set(known.categories.values()))[:60]))


def _moment(value: Any, known: Known) -> float:
    return moments.meant(value, known.zone)


def _past(value: Any, known: Known) -> float:
    at = moments.meant(value, known.zone)
    if at > known.now + 60:
        raise ValueError(f"{_as_text(value)[:40]!r} is yet to come: check the year")
    return at


def _satisfaction(value: Any, _known: Known) -> int:
    text = _as_text(value).strip()
    if not text.isdecimal() or not 1 <= int(text) <= WORST:
        raise ValueError(f"{text[:40]!r} is no answer: write 1 (very satisfied) to {WORST}, or nothing")
    return int(text)


def _words(names: Mapping[str, str]) -> dict[str, str]:
    return {**names, **{key: key for key in names.values()}}


KINDS = {
    "咨询": "enquiry",
    "投诉": "complaint",
    "举报": "report",
    "建议": "suggestion",
    "求助": "request",
    "留言": "voicemail",
}
STATES = {"已登记": "registered", "已派单": "dispatched", "承办单位已受理": "accepted", "已受理": "accepted",
          "承办单位已退回": "returned", "已退回": "returned", "承办单位已答复": "answered", "已答复": "answered",
          "已回访": "followed_up", "已办结": "closed", "已重新办理": "reopened"}  # fmt: skip
URGENCIES = {"一般": "normal", "紧急": "urgent", "警情": "police", "火警": "fire", "急救": "medical"}
CHANNELS = {"电话": "phone", "短信": "text", "邮件": "mail", "网络": "web"}

COLUMNS: Sequence[Column] = (
    Column("number", "工单号", _number),
    Column("kind", "类型", _one_of("kind", _words(KINDS)), TicketKind.ENQUIRY.value),
    Column("state", "状态", _one_of("state", _words(STATES)), TicketState.REGISTERED.value),
    Column("caller", "来电号码", _phone),
    Column("caller_name", "姓名", _text),
    Column("address", "地址", _text),
    Column("subject", "主题", _text),
    Column("category", "类别", _category),
    Column("content", "内容", _text),
    Column("urgency", "紧急程度", _one_of("urgency", _words(URGENCIES)), Urgency.NORMAL.value),
    Column("channel", "来源", _one_of("channel", _words(CHANNELS)), Channel.PHONE.value),
    Column("department", "承办单位", _department),
    Column("result", "答复", _text),
    Column("satisfaction", "满意度", _satisfaction, None),
    Column("created_at", "登记时间", _past, None),
    Column("accept_by", "受理期限", _moment, None),
    Column("answer_by", "办理期限", _moment, None),
    Column("dispatched_at", "派单时间", _past, None),
    Column("accepted_at", "受理时间", _past, None),
    Column("answered_at", "答复时间", _past, None),
    Column("followed_up_at", "回访时间", _past, None),
    Column("closed_at", "办结时间", _past, None),
    Column("escalated_at", "催办时间", _past, None),
    Column("updated_at", "更新时间", _past, None),
    Column("merged_into", "并入工单", _number),
    Column("queue", "队列", _text),
    Column("agent", "坐席", _text),
    Column("language", "语言", _short(20)),
)
BY_HEADING = {text.lower(): column for column in COLUMNS for text in (column.name, column.zh, column.heading)}

_NEEDED: Mapping[str, Sequence[str]] = {  # what a ticket in a state must have
    "dispatched": ("department", "dispatched_at"),
    "accepted": ("department", "accepted_at"),
    "answered": ("answered_at",),
    "followed_up": ("followed_up_at",),
    "closed": ("closed_at",),
}


def read_row(row: int, cells: Mapping[str, Any], known: Known) -> tuple[dict[str, Any], list[RowMistake]]:
    """Return the values of a row (by column; columns that the table lacks have none) and what is wrong in it."""
    values: dict[str, Any] = {}
    mistakes: list[RowMistake] = []
    for name, cell in cells.items():
        column = BY_HEADING[name]
        try:
            values[name] = column.empty if cell in (None, "") else column.read(cell, known)
        except ValueError as error:
            message, _, remedy = str(error).rpartition(": ")
            mistakes.append(RowMistake(row, column.heading, message, remedy))
    return values, mistakes or list(_lacking(row, values))


def _lacking(row: int, values: Mapping[str, Any]) -> list[RowMistake]:
    state, found = values.get("state", ""), []
    if not any(str(values.get(name, "")).strip() for name in ("subject", "content", "number")):
        found.append(RowMistake(row, "", "says neither subject nor content", "write what the ticket is about"))
    for name in _NEEDED.get(state, ()):
        if values.get(name) in (None, ""):
            heading = BY_HEADING[name].heading
            found.append(RowMistake(row, heading, f"is empty, but the ticket is {state}", "fill it in"))
    return found
