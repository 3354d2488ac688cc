"""Categories of tickets as a table: a row for each, with the code of the one that it is inside of. What the table
does not name stays as it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap

from agents import Directory
from hotline.categories import Category, CategoryTree, Placed
from hotline.tables.words import Column, Row, TableRefused, rows_of, worded
from hotline.tables.yaml_file import on_one_line, put
from tickets.transfer import RowMistake

COLUMNS = (
    Column("code", "代码"), Column("parent", "上级代码"), Column("zh", "名称"), Column("en", "英文名称"),
    Column("department", "承办部门"),
)  # fmt: skip
_HEADINGS = {one.name: one.heading for one in COLUMNS}
_MOST_DEEP = 4
_LONGEST_CODE = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """A category as it is to be. ``parent``: the code of the one that it is inside of ("": none)."""

    code: str
    parent: str = ""
    zh: str = ""
    en: str = ""
    department: str = ""


def as_rows(tree: CategoryTree) -> Iterator[list[str]]:
    """Return the cells of all categories, each behind the one that it is inside of."""
    for one in tree.placed.values():
        now = _now(one)
        yield [now.code, now.parent, now.zh, now.en, now.department]


def read(path: Path, tree: CategoryTree, directory: Directory) -> tuple[frozenset[str], dict[str, Wanted]]:
    """Return the codes that a table names, and the categories that it adds or changes. Raises ``TableUnreadable`` and
    ``TableRefused``."""
    there = {code: _now(one) for code, one in tree.placed.items()}
    wanted: dict[str, Wanted] = {}
    rows: dict[str, int] = {}
    mistakes: list[RowMistake] = []
    for number, row in rows_of(path, COLUMNS):
        code = row.get("code", "")
        one = replace(there.get(code, Wanted(code)), **row)
        found = list(_of_code(number, code, there, rows)) or [
            *_of_names(number, one),
            *_of_department(number, row, directory),
        ]
        mistakes += found
        if not found:
            rows[code], wanted[code] = number, one
    if not mistakes:
        mistakes += _of_places({**there, **wanted}, rows)
    if mistakes:
        raise TableRefused(mistakes)
    return frozenset(wanted), {code: one for code, one in wanted.items() if one != there.get(code)}


def apply(tree: CommentedMap, changes: Mapping[str, Wanted]) -> None:
    """Do the changes in the tree of ``categories.yaml``."""
    if not isinstance(tree.get("categories"), CommentedMap):
        tree.setdefault("version", 1)
        tree["categories"] = CommentedMap()
    todo = dict(changes)
    while todo:  # those come first whose parent is there: none is inside itself
        places = dict(_places(tree["categories"], ""))
        one = next(one for one in todo.values() if not one.parent or (one.parent in places and one.parent not in todo))
        _apply(tree["categories"], places, todo.pop(one.code))


def _apply(top: CommentedMap, places: Mapping[str, tuple[str, CommentedMap]], one: Wanted) -> None:
    parent, inside = places.get(one.code, ("", None))
    node = on_one_line({}) if inside is None else inside[one.code]
    for name in ("zh", "en", "department"):
        value = getattr(one, name)
        if value and node.get(name) != value:
            put(node, name, value)
        elif not value:
            node.pop(name, None)
    if inside is not None and parent == one.parent:
        return
    if inside is not None:
        del inside[one.code]
    goal = top
    if one.parent:
        above = places[one.parent][1][one.parent]
        if not isinstance(above.get("inside"), CommentedMap):
            put(above, "inside", CommentedMap())
        goal = above["inside"]
    put(goal, one.code, node)


def _places(inside: CommentedMap, parent: str) -> Iterator[tuple[str, tuple[str, CommentedMap]]]:
    """Return for each code its parent's and the mapping that it stands in."""
    for code, node in inside.items():
        yield str(code), (parent, inside)
        if isinstance(node.get("inside"), CommentedMap):
            yield from _places(node["inside"], str(code))


def _now(one: Placed) -> Wanted:
    return Wanted(one.code, one.path[-2] if len(one.path) > 1 else "", one.zh, one.en, one.department)


def _of_code(number: int, code: str, there: Mapping[str, Wanted], rows: Mapping[str, int]) -> Iterator[RowMistake]:
    heading = _HEADINGS["code"]
    if not (code.isascii() and code.isalnum() and len(code) <= _LONGEST_CODE):
        yield RowMistake(number, heading, f"{code[:40]!r} is no code", "write letters and digits, like 0101")
    elif code in rows:
        yield RowMistake(number, heading, f"{code} is in row {rows[code]} already", "remove one of them")
    elif code not in there and (meant := next((f"{n}{code}" for n in ("0", "00") if f"{n}{code}" in there), "")):
        remedy = f"write {meant}, and have the spreadsheet take the column for text"
        yield RowMistake(number, heading, f"{code} has lost its zero", remedy)


def _of_names(number: int, one: Wanted) -> list[RowMistake]:
    try:
        Category.model_validate({name: value for name in ("zh", "en") if (value := getattr(one, name))})
    except ValidationError as error:
        return worded(number, COLUMNS, error, {})
    return []


def _of_department(number: int, row: Row, directory: Directory) -> Iterator[RowMistake]:
    named = row.get("department", "")
    if named and named not in directory.departments:
        remedy = f"write one of: {', '.join(directory.departments)}"
        yield RowMistake(number, _HEADINGS["department"], f"there is no department {named[:40]!r}", remedy)


def _of_places(all_of_them: Mapping[str, Wanted], rows: Mapping[str, int]) -> Iterator[RowMistake]:
    heading = _HEADINGS["parent"]
    for code, number in rows.items():
        path, parent = [code], all_of_them[code].parent
        while parent and parent in all_of_them and parent not in path:
            path.append(parent)
            parent = all_of_them[parent].parent
        if parent in path:
            yield RowMistake(number, heading, f"{code} would be inside itself ({' in '.join(path)})", "name another")
        elif parent:
            yield RowMistake(number, heading, f"there is no category {parent[:40]!r}", "write the code of one there is")
        elif len(path) > _MOST_DEEP:
            yield RowMistake(number, heading, f"would be more than {_MOST_DEEP} deep", "put it further up")
