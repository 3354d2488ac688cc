"""Departments as a table: a row for each. What the table does not name stays as it is."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml.comments import CommentedMap

from agents import Directory
from agents.departments import Department, MayCall, Phone
from agents.words import Key
from hotline.tables.words import Column, Row, TableRefused, rows_of, worded
from hotline.tables.yaml_file import put
from tickets.transfer import RowMistake

COLUMNS = (
    Column("key", "标识"), Column("code", "代码"), Column("zh", "名称"), Column("en", "英文名称"),
    Column("phones", "电话"), Column("ring_s", "振铃秒数"), Column("hours", "办公时间"), Column("closed", "下班时"),
    Column("busy", "占线时"), Column("no_answer", "无人接听时"), Column("may_call", "谁可呼叫"),
    Column("max_calls", "最多通话数"), Column("hotline", "自设热线"),
)  # fmt: skip
_HEADINGS = {one.name: one.heading for one in COLUMNS}
_PLACES = {"number": "phones", "seat": "phones", "": "phones"}
_PHONE = re.compile(r"(seat:)?([0-9]+)(?:@([0-9]+(?:\.[0-9]+)?))?")
_KEY: TypeAdapter[str] = TypeAdapter(Key)
_YES, _NO = ("yes", "true", "1", "是"), ("no", "false", "0", "否")


def as_rows(directory: Directory) -> Iterator[list[str]]:
    """Return the cells of all departments, in the order of the file."""
    for key, one in directory.departments.items():
        yield [key, *(_cell(one, column.name) for column in COLUMNS[1:])]


def read(path: Path, directory: Directory) -> tuple[frozenset[str], dict[str, dict[str, Any]]]:
    """Return the departments that a table names, and what it changes: by department, the keys to be set; None: to be
    removed. Raises ``TableUnreadable`` and ``TableRefused``."""
    wanted: dict[str, dict[str, Any]] = {}
    mistakes: list[RowMistake] = []
    codes = {one.code: (key, 0) for key, one in directory.departments.items()}
    for number, row in rows_of(path, COLUMNS):
        key = row.get("key", "")
        try:
            _must_be_new(key, wanted)
            wanted[key] = _changes(row, directory.departments.get(key))
            made = _as_it_will_be(directory.departments.get(key), wanted[key])
        except ValidationError as error:
            mistakes += worded(number, COLUMNS, error, _PLACES)
        except ValueError as error:
            message, _, remedy = str(error).rpartition(": ")
            column, _, message = message.partition("|")
            mistakes.append(RowMistake(number, _HEADINGS[column], message, remedy))
        else:
            codes = {code: whose for code, whose in codes.items() if whose != (key, 0)}
            mistakes += _twice(number, key, made.code, codes)
            codes.setdefault(made.code, (key, number))
    if mistakes:
        raise TableRefused(mistakes)
    return frozenset(wanted), {key: changes for key, changes in wanted.items() if changes}


def apply(tree: CommentedMap, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Do the changes in the tree of ``directory.yaml``."""
    if not isinstance(tree.get("departments"), CommentedMap):
        tree["departments"] = CommentedMap()
    departments = tree["departments"]
    for key, values in changes.items():
        if key not in departments:
            put(departments, key, {name: value for name, value in values.items() if value is not None})
            continue
        for name, value in values.items():
            if value is None:
                departments[key].pop(name, None)
            else:
                put(departments[key], name, value)


def _must_be_new(key: str, wanted: Mapping[str, object]) -> None:
    if key in wanted:
        raise ValueError(f"key|the department {key} is there twice: remove one")
    try:
        _KEY.validate_python(key)
    except ValidationError:
        raise ValueError(f"key|{key[:40]!r} cannot be a key: write one like water_works") from None


def _twice(number: int, key: str, code: str, codes: Mapping[str, tuple[str, int]]) -> Iterator[RowMistake]:
    whose, row = codes.get(code, (key, 0))
    if whose != key:
        where = f" (row {row})" if row else ", which is not in the table"
        yield RowMistake(number, _HEADINGS["code"], f"{code} is the code of {whose}{where}", "give one another code")


def _cell(one: Department, name: str) -> str:
    match name:
        case "phones":
            return "; ".join(_phone_text(phone) for phone in one.telephones)
        case "may_call":
            return _who_text(one.may_call)
        case "hotline":
            return "yes" if one.hotline else ""
        case "ring_s":
            return f"{one.ring_s:g}"
        case _:
            value = getattr(one, name)
            return "" if value is None else str(value)


def _phone_text(phone: Phone) -> str:
    where = f"seat:{phone.seat}" if phone.seat is not None else str(phone.number)
    return where if phone.ring_s is None else f"{where}@{phone.ring_s:g}"


def _who_text(who: MayCall | None) -> str:
    if who is None:
        return ""
    return "; ".join([*(f"role:{role.value}" for role in who.roles), *(f"team:{team}" for team in who.teams)])


def _changes(row: Row, now: Department | None) -> dict[str, Any]:
    """Return the keys that a row sets or removes: those whose cell says something else than what there is. Raises
    ``ValueError("column|what is wrong: remedy")``."""
    changes: dict[str, Any] = {}
    for name, cell in row.items():
        text = cell.zfill(2) if name == "code" and cell else cell  # spreadsheets take 01 for 1
        if name == "key" or (now is not None and text == _cell(now, name)) or (now is None and not text):
            continue
        changes |= _values(name, text)
    return changes


def _values(name: str, text: str) -> dict[str, Any]:
    match name:
        case "phones":
            return _phones(text)
        case "may_call":
            return {"may_call": _who(text) if text else None}
        case "hotline":
            if text.lower() not in ("", *_YES, *_NO):
                raise ValueError(f"hotline|{text[:40]!r} is neither yes nor no: write yes, or nothing")
            return {"hotline": True if text.lower() in _YES else None}
        case "ring_s" | "max_calls":
            try:
                value = float(text) if text else None
            except ValueError:
                raise ValueError(f"{name}|{text[:40]!r} is no number: write one, or nothing") from None
            return {name: int(value) if value is not None and value.is_integer() else value}
        case _:
            return {name: text or None}


def _phones(text: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = []
    for part in re.split(r"[;；\n]", text):
        one = _PHONE.fullmatch(part.strip())
        if one is None:
            raise ValueError(
                f"phones|{part.strip()[:40]!r} is no telephone: write 5550101, seat:1001 or 5550101@20; ..."
            )
        ring = {} if one[3] is None else {"ring_s": int(s) if (s := float(one[3])).is_integer() else s}
        found.append({"seat" if one[1] else "number": one[2], **ring})
    none: dict[str, Any] = dict.fromkeys(("number", "seat", "phones"))
    return none | (found[0] if len(found) == 1 and "ring_s" not in found[0] else {"phones": found})


def _who(text: str) -> dict[str, list[str]]:
    who: dict[str, list[str]] = {}
    for part in re.split(r"[;；\n]", text):
        kind, _, name = (each.strip() for each in part.partition(":"))
        if kind not in ("role", "team") or not name:
            raise ValueError(f"may_call|{part.strip()[:40]!r} names nobody: write role:supervisor; team:甲班")
        who.setdefault(f"{kind}s", []).append(name)
    return who


def _as_it_will_be(now: Department | None, changes: Mapping[str, Any]) -> Department:
    before = {} if now is None else now.model_dump(exclude_unset=True)
    return Department.model_validate({k: v for k, v in {**before, **changes}.items() if v is not None})
