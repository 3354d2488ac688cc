"""From a text to a condition; bounded in length and depth."""

import functools
import re
from datetime import date, time
from decimal import Decimal

from ivr.conditions.tree import (
    WEEKDAYS,
    All,
    Among,
    Any,
    Compare,
    Condition,
    Constant,
    Fact,
    FactKind,
    Listed,
    Matches,
    Not,
    Operand,
    Type,
)

MOST_CHARACTERS = 500
_DEEPEST = 20
_SIGNS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_KEYWORDS = frozenset({"and", "or", "not", "in", "matches"})
_FIGURES = {kind.value: kind for kind in (FactKind.LENGTH, FactKind.STAFFED, FactKind.FREE, FactKind.WAIT_S)}
_PLAIN = {
    kind.value: kind
    for kind in (FactKind.CALLER, FactKind.DIALLED, FactKind.LANGUAGE, FactKind.TAGS, FactKind.TIME, FactKind.DATE,
                 FactKind.WEEKDAY, FactKind.LAST_TICKET)
}  # fmt: skip
_TOKEN = re.compile(
    r"\s*(?:(?P<date>\d{4}-\d{2}-\d{2})|(?P<time>\d{1,2}:\d{2})|(?P<number>\d{1,12}(?:\.\d{1,6})?)"
    r"|(?P<word>[^\W\d][\w.\-]*)|(?P<text>'[^']*'|\"[^\"]*\")|(?P<sign>==|!=|<=|>=|[<>(),=]))"
)
_PATTERN = re.compile(r"[^*]{1,60}\*?|\*")


class ConditionError(ValueError):
    """A condition that cannot be read: what is wrong, what to write, and where (``column`` from 1)."""

    def __init__(self, message: str, remedy: str, column: int) -> None:
        super().__init__(f"{message} (at character {column}): {remedy}")
        self.message, self.remedy, self.column = message, remedy, column


@functools.lru_cache(maxsize=2048)
def parse(text: str) -> Condition:
    """Read a condition; raises ``ConditionError``."""
    if len(text) > MOST_CHARACTERS:
        raise ConditionError(f"is longer than {MOST_CHARACTERS} characters", "write several branches", MOST_CHARACTERS)
    return _Parser(text).whole()


class _Parser:
    """Reads one text, recursively, a token at a time."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = self._end = 0
        self._token = self._kind = ""
        self._depth = 0
        self._advance()

    def whole(self) -> Condition:
        if not self._kind:
            raise self._error("nothing is asked", "write a comparison like caller == '12345'")
        condition = self._either()
        if self._kind:
            raise self._error(f"{self._token!r} is not expected here", "write 'and' or 'or' between two comparisons")
        return condition

    def _either(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error("has too many brackets in one another", "write several branches")
        parts = [self._both()]
        while self._take("or"):
            parts.append(self._both())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _both(self) -> Condition:
        parts = [self._term()]
        while self._take("and"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _term(self) -> Condition:
        negations = 0
        while self._take("not"):
            negations += 1
        if self._take("("):
            found = self._either()
            self._expect(")")
        else:
            found = self._comparison()
        return Not(found) if negations % 2 else found

    def _comparison(self) -> Condition:
        left = self._operand()
        column, negated = self._at + 1, self._take("not")
        if self._take("in"):
            found: Condition = self._among(left)
        elif self._take("matches"):
            found = Matches(left, self._pattern())
        elif self._kind == "sign" and self._token in (*_SIGNS, "=") and not negated:
            sign = "==" if self._token == "=" else self._token
            self._advance()
            return Compare(left, sign, self._operand())
        else:
            remedy = "write ==, !=, <, <=, >, >=, in or matches, and what to compare with"
            raise ConditionError("a comparison is missing here", remedy, column)
        return Not(found) if negated else found

    def _among(self, left: Operand) -> Condition:
        if self._take("("):
            of = [self._operand()]
            while self._take(","):
                of.append(self._operand())
            self._expect(")")
            return Among(left, tuple(of))
        if self._kind == "word" and self._token not in _KEYWORDS:
            column, name = self._at + 1, self._token
            self._advance()
            return Among(left, (Fact(FactKind.TAGS, "", column),)) if name == "tags" else Listed(left, name, column)
        raise self._error("a list is missing behind 'in'", "write (a, b) in brackets, or the name of a list")

    def _pattern(self) -> str:
        pattern = self._token[1:-1] if self._kind == "text" else ""
        if not _PATTERN.fullmatch(pattern):
            raise self._error("a pattern is missing behind 'matches'", "write one in quotes, '*' at its end: '138*'")
        self._advance()
        return pattern

    def _operand(self) -> Operand:
        kind, token, column = self._kind, self._token, self._at + 1
        try:
            constant = _constant(kind, token, column)
        except ValueError:
            raise self._error(f"{token!r} is no {kind}", "write a time like 08:30, a date like 2026-10-01") from None
        if constant is not None:
            self._advance()
            return constant
        if kind != "word" or token in _KEYWORDS:
            what = f"{token!r} stands where" if kind else "the end is where"
            raise self._error(f"{what} a name or a value is expected", "put texts in quotes: 'like this'")
        self._advance()
        return self._fact(token, column)

    def _fact(self, word: str, column: int) -> Fact:
        if word == FactKind.CALLS_IN:
            return Fact(FactKind.CALLS_IN, self._days(), column)
        if word.startswith("queue."):
            queue, _, figure = word.removeprefix("queue.").rpartition(".")
            if not queue or figure not in _FIGURES:
                remedy = f"write queue.NAME.FIGURE, the figure one of: {', '.join(_FIGURES)}"
                raise ConditionError(f"{word!r} is no figure of a queue", remedy, column)
            return Fact(_FIGURES[figure], queue, column)
        plain = _PLAIN.get(word)
        return Fact(FactKind.VARIABLE, word, column) if plain is None else Fact(plain, "", column)

    def _days(self) -> str:
        self._expect("(")
        days = self._token
        if self._kind != "number" or not days.isdigit() or not 1 <= int(days) <= 366:
            raise self._error("a number of days from 1 to 366 is expected", "write it like calls_in(7)")
        self._advance()
        self._expect(")")
        return days

    def _take(self, token: str) -> bool:
        if self._kind in ("word", "sign") and self._token == token:
            self._advance()
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise self._error(f"a {token!r} is missing", f"write {token} here")

    def _advance(self) -> None:
        match = _TOKEN.match(self._text, self._end)
        if match is None:
            rest = self._text[self._end :]
            self._at = self._end = self._end + len(rest) - len(rest.lstrip())
            self._kind = self._token = ""
            if rest.strip():
                raise self._error(f"{rest.strip()[0]!r} has no meaning here", _remedy_of(rest.strip()[0]))
            return
        self._kind = match.lastgroup or ""
        self._token = match.group(self._kind)
        self._at, self._end = match.start(self._kind), match.end()

    def _error(self, message: str, remedy: str) -> ConditionError:
        return ConditionError(message, remedy, self._at + 1)


def _constant(kind: str, token: str, column: int) -> Constant | None:
    match kind:
        case "number":
            return Constant(Decimal(token), Type.NUMBER, column)
        case "time":
            return Constant(time.fromisoformat(token.zfill(5)), Type.TIME, column)
        case "date":
            return Constant(date.fromisoformat(token), Type.DATE, column)
        case "text":
            return Constant(token[1:-1], Type.TEXT, column)
        case "word" if token in WEEKDAYS:
            return Constant(token, Type.WEEKDAY, column)
    return None


def _remedy_of(character: str) -> str:
    if character in "'\"":
        return "close the text with the same kind of quote"
    wide = {"（": "(", "）": ")", "，": ",", "‘": "'", "’": "'", "“": '"', "”": '"', "＝": "=", "＞": ">", "＜": "<"}
    return f"type {wide[character]} instead" if character in wide else "remove it"
