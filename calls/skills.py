"""Skill expressions: what a caller asks of an agent, as ops staff write it.

    lang.zh >= 3 and (social_insurance >= 2 or housing >= 2) and not trainee

Grammar, loosest binding first; ``any(…)`` and ``all(…)`` are the same as ``or`` and ``and``::

    expression = conjunction { "or" conjunction }
    conjunction = term { "and" term }
    term = "not" term | "(" expression ")" | "anybody" | comparison
         | ("any" | "all") "(" expression { "," expression } ")"
    comparison = skill [ (">=" | ">" | "<=" | "<" | "==" | "!=") level ]

A skill alone means that the agent has it at any level; one that an agent does not have counts as level 0. Skills are
words of letters (of any script), digits, ``_``, ``-`` and ``.``. All of a team have the skill ``team.<name>``, level 1.

Expressions are values: equal texts give equal, hashable trees; ``str`` gives a text that parses to the same tree.
"""

import operator
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

Skills: TypeAlias = Mapping[str, int]
"""An agent's skills: name -> level, 1 (some) to 5 (expert). Languages are skills too: ``lang.zh``, ``lang.en``."""

LEVELS = range(6)
"""The levels there are; 0 is not to have the skill."""

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


class SkillSyntaxError(ValueError):
    """An expression that cannot be read. ``column`` (from 1) is where."""

    def __init__(self, message: str, text: str, column: int) -> None:
        what, sign, remedy = message.partition(": ")
        around = text if len(text) <= 60 else f"…{text[max(0, column - 30) : column + 29]}…"
        super().__init__(f"{what} (at character {column} of {around!r}){sign}{remedy}")
        self.column = column


@dataclass(frozen=True, slots=True)
class Level:
    """A skill's level, compared."""

    skill: str
    compare: str
    level: int

    def satisfied_by(self, skills: Skills) -> bool:
        """Return whether these skills satisfy it."""
        return _COMPARE[self.compare](skills.get(self.skill, 0), self.level)

    def levels(self) -> Iterator["Level"]:
        """Walk over all comparisons in the expression."""
        yield self

    def __str__(self) -> str:
        return f"{self.skill} {self.compare} {self.level}"


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds. No parts: holds for everybody."""

    parts: tuple["Expression", ...] = ()

    def satisfied_by(self, skills: Skills) -> bool:
        """Return whether these skills satisfy it."""
        return all(part.satisfied_by(skills) for part in self.parts)

    def levels(self) -> Iterator[Level]:
        """Walk over all comparisons in the expression."""
        for part in self.parts:
            yield from part.levels()

    def __str__(self) -> str:
        return " and ".join(f"({p})" if isinstance(p, Any) else str(p) for p in self.parts) or "anybody"


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds."""

    parts: tuple["Expression", ...]

    def satisfied_by(self, skills: Skills) -> bool:
        """Return whether these skills satisfy it."""
        return any(part.satisfied_by(skills) for part in self.parts)

    def levels(self) -> Iterator[Level]:
        """Walk over all comparisons in the expression."""
        for part in self.parts:
            yield from part.levels()

    def __str__(self) -> str:
        return " or ".join(str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Expression"

    def satisfied_by(self, skills: Skills) -> bool:
        """Return whether these skills satisfy it."""
        return not self.part.satisfied_by(skills)

    def levels(self) -> Iterator[Level]:
        """Walk over all comparisons in the expression."""
        yield from self.part.levels()

    def __str__(self) -> str:
        return f"not {self.part}" if isinstance(self.part, Level | Not) else f"not ({self.part})"


Expression: TypeAlias = Level | All | Any | Not

ANYBODY = All()
"""Asks nothing."""


def at_least(skills: Skills) -> Expression:
    """Return the expression that asks for every skill at the least level given; their order does not matter."""
    return all_of(Level(skill, ">=", level) for skill, level in sorted(skills.items()))


def all_of(parts: "Iterator[Expression] | Collection[Expression]") -> Expression:
    """Return the conjunction; nested ones are flattened, doubles dropped, and one alone stays what it is."""
    flat = _flat(parts, All)
    return flat[0] if len(flat) == 1 else All(flat)


def any_of(parts: "Iterator[Expression] | Collection[Expression]") -> Expression:
    """Return the disjunction; nested ones are flattened, doubles dropped, and one alone stays what it is."""
    flat = _flat(parts, Any)
    return flat[0] if len(flat) == 1 else Any(flat)


def is_skill(name: str) -> bool:
    """Return whether something can be called so, and named in expressions."""
    return _SKILL.fullmatch(name) is not None and name not in _KEYWORDS


def mentioned(expression: Expression) -> list[str]:
    """Return the skills that an expression names, each once, in order."""
    return list(dict.fromkeys(level.skill for level in expression.levels()))


def lowered(expression: Expression, levels: Skills) -> Expression:
    """Return the expression with the least levels of the named skills lowered to these; 0 no longer asks for it."""
    match expression:
        case Level(skill, ">=" | ">" as compare, level) if skill in levels:
            least = min(levels[skill], level if compare == ">=" else level + 1)
            return Level(skill, ">=", least) if least > 0 else ANYBODY
        case All(parts):
            return all_of([lowered(part, levels) for part in parts])
        case Any(parts):
            return any_of([lowered(part, levels) for part in parts])
        case _:
            return expression


def unknown_skills(expression: Expression, known: Collection[str]) -> list[str]:
    """Return a sentence for every skill named that nobody knows, with the likeliest one meant."""
    sentences = []
    for skill in mentioned(expression):
        if skill in known:
            continue
        close = get_close_matches(skill, known, n=1, cutoff=0.6)
        remedy = f"did you mean '{close[0]}'?" if close else f"known skills: {', '.join(sorted(known))}"
        sentences.append(f"unknown skill '{skill}': {remedy}")
    return sentences


def parse(text: str) -> Expression:
    """Read an expression; raises ``SkillSyntaxError``."""
    return _Parser(text).whole()


def _flat(
    parts: "Iterator[Expression] | Collection[Expression]", kind: type[All] | type[Any]
) -> tuple[Expression, ...]:
    flat: dict[Expression, None] = {}
    for part in parts:
        for inner in part.parts if isinstance(part, kind) else (part,):
            flat[inner] = None
    return tuple(flat)


_SKILL = re.compile(r"[^\W\d_][\w.\-]*")
_TOKEN = re.compile(rf"\s*(?:(?P<word>{_SKILL.pattern})|(?P<number>\d+)|(?P<sign>>=|<=|==|!=|[<>(),=]))")
_MEANT = {
    "=>": ">=", "=<": "<=", "≥": ">=", "≤": "<=", "≠": "!=", "＞": ">", "＜": "<", "＝": "==", "（": "(", "）": ")",
    "，": ",", "、": ",", "&": "and", "|": "or", "!": "not", "[": "(", "]": ")", "{": "(", "}": ")",
}  # fmt: skip
"""What people write who mean something else."""
_KEYWORDS = frozenset({"and", "or", "not", "any", "all", "anybody"})
_DEEPEST = 50


class _Parser:
    """Reads one text, recursively, a token at a time."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0  # where the present token begins
        self._end = 0
        self._token = ""
        self._kind = ""
        self._depth = 0
        self._advance()

    def whole(self) -> Expression:
        if not self._kind:
            raise self._error("nothing is asked: write a skill, for example 'lang.zh >= 3'")
        expression = self._either()
        if self._kind:
            small = self._token.lower()
            remedy = f": write '{small}' in small letters" if small in _KEYWORDS - {self._token} else ""
            raise self._error(f"expected 'and', 'or' or the end, not '{self._token}'{remedy}")
        return expression

    def _either(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error(f"more than {_DEEPEST} brackets in one another")
        parts = [self._both()]
        while self._take("or"):
            parts.append(self._both())
        self._depth -= 1
        return any_of(parts)

    def _both(self) -> Expression:
        parts = [self._term()]
        while self._take("and"):
            parts.append(self._term())
        return all_of(parts)

    def _term(self) -> Expression:
        negations = 0
        while self._take("not"):
            negations += 1
        expression = self._positive()
        return Not(expression) if negations % 2 else expression

    def _positive(self) -> Expression:
        if self._take("("):
            inner = self._either()
            self._expect(")")
            return inner
        for word, join in (("any", any_of), ("all", all_of)):
            if self._take(word):
                self._expect("(")
                parts = [self._either()]
                while self._take(","):
                    parts.append(self._either())
                self._expect(")")
                return join(parts)
        if self._take("anybody"):
            return ANYBODY
        return self._comparison()

    def _comparison(self) -> Level:
        if self._kind != "word" or self._token in _KEYWORDS:
            raise self._error(
                f"expected a skill, not '{self._token}'" if self._kind else "a skill is missing at the end"
            )
        skill = self._token
        self._advance()
        if self._kind != "sign" or self._token in "(),":
            return Level(skill, ">=", 1)
        compare = "==" if self._token == "=" else self._token
        self._advance()
        if self._kind != "number" or len(self._token) > 3 or int(self._token) not in LEVELS:
            raise self._error(f"expected a level from 0 to {LEVELS[-1]} after '{skill} {compare}'")
        level = int(self._token)
        self._advance()
        return Level(skill, compare, level)

    def _take(self, token: str) -> bool:
        if self._kind and self._token == token:
            self._advance()
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise self._error(f"expected '{token}'" + (f", not '{self._token}'" if self._kind else " at the end"))

    def _advance(self) -> None:
        match = _TOKEN.match(self._text, self._end)
        if match is None or match["sign"] == "=":
            rest = self._text[self._end :]
            self._at = self._end + len(rest) - len(rest.lstrip())
            self._no_stranger(rest.lstrip())
        if match is None:
            self._kind = self._token = ""
            self._end = self._at
            return
        self._kind = match.lastgroup or ""
        self._token = match.group(self._kind)
        self._at, self._end = match.start(self._kind), match.end()

    def _no_stranger(self, rest: str) -> None:
        """Raise for a sign that means nothing; a single ``=`` is good."""
        strange = rest[:2] if rest[:2] in _MEANT else rest[:1]
        if strange and strange != "=":
            remedy = f": write '{_MEANT[strange]}'" if strange in _MEANT else ""
            raise self._error(f"'{strange}' has no meaning here{remedy}")

    def _error(self, message: str) -> SkillSyntaxError:
        return SkillSyntaxError(message, self._text, self._at + 1)
