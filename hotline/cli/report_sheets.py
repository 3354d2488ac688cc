"""A report as tables of words and numbers, the same for terminal, page and workbook."""

from collections.abc import Sequence
from dataclasses import dataclass

from hotline.cli.report_words import (
    CLOCKS,
    COLUMNS,
    DEFINITIONS,
    ENDINGS,
    FIGURES,
    TABLES,
    UNKNOWN,
    WEEKDAYS,
    WORDS,
    Language,
    Said,
)
from hotline.cli.show import duration
from tickets.reporting import Figure, GroupRow, Level, Report

_SHARES = frozenset({"connect_rate", "service_level", "satisfaction", "abandonment", "occupancy"})


@dataclass(frozen=True, slots=True)
class Cell:
    """A text as people read it, with the number behind it (None: it is words)."""

    text: str
    number: float | None = None
    share: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


class Sheets:
    """Writes a report's tables in a language."""

    def __init__(self, report: Report, language: Language) -> None:
        self._report, self._language = report, language

    def say(self, said: Said) -> str:
        """Return words in the report's language, the thresholds filled in."""
        return said.to(self._language, self._report.rules)

    def word(self, key: str) -> str:
        """Return one of ``WORDS``."""
        return self.say(WORDS[key])

    def title(self) -> str:
        """Return what stands above all."""
        report = self._report
        days = report.first if report.first == report.last else f"{report.first} – {report.last}"
        so_far = f" ({self.word('so_far')})" if report.until < report.end else ""
        return f"{self.word('title')} · {self.word(report.span)} {days} {report.time_zone}{so_far}"

    def counts(self) -> list[tuple[str, str]]:
        """Return how many calls there were, of each kind."""
        return [
            (self.word(k), f"{getattr(self._report, k):,}") for k in ("arrived", "running", "outbound", "callbacks")
        ]

    def all(self) -> list[Sheet]:
        """Return all tables, in order."""
        report = self._report
        groups = [self._groups(key, getattr(report, key)) for key in TABLES]
        return [
            self._figures("judged", report.judged), self._figures("field", report.field), self._levels(),
            self._endings(), *groups, self._arrivals(), self._subjects(),
        ]  # fmt: skip

    def figure_words(self, figure: Figure) -> dict[str, str]:
        """Return a figure's name, its formula, and why it is not known ("": it is)."""
        named = FIGURES[figure.key]
        missing = "" if figure.unknown is None else self.say(UNKNOWN[figure.unknown])
        return {"name": self.say(named.name), "formula": self.say(named.formula), "why_unknown": missing}

    def level_words(self, level: Level) -> dict[str, str]:
        """Return a service level's name, with its clock's, and its formula."""
        named = DEFINITIONS[level.definition]
        name = f"{self.say(named.name)}, {self.say(CLOCKS[level.clock])}"
        return {"name": name, "formula": self.say(named.formula)}

    def _figures(self, key: str, figures: list[Figure]) -> Sheet:
        columns = tuple(self.word(k) for k in ("figure", "value", "of", "target", "formula"))
        return Sheet(key, self.word(key), columns, [self._figure(figure) for figure in figures])

    def _figure(self, figure: Figure) -> tuple[Cell, ...]:
        named = FIGURES[figure.key]
        value = _value(figure.value, figure.unit)
        if figure.unknown is not None:
            value = Cell(self.say(UNKNOWN[figure.unknown]))
        counted = "" if figure.part is None or figure.whole is None else f"{figure.part:,.0f} / {figure.whole:,.0f}"
        return (
            Cell(self.say(named.name)),
            value,
            Cell(counted),
            Cell(self._target(figure)),
            Cell(self.say(named.formula)),
        )

    def _target(self, figure: Figure) -> str:
        if figure.target is None:
            return ""
        kept = "" if figure.kept is None else f" {self.word('kept' if figure.kept else 'missed')}"
        return f"{'≤' if figure.at_most else '≥'} {figure.target:.0%}{kept}"

    def _levels(self) -> Sheet:
        columns = tuple(self.word(k) for k in ("clock", "definition", "value", "of", "formula"))
        rows = [
            (
                Cell(self.say(CLOCKS[one.clock])), Cell(self.say(DEFINITIONS[one.definition].name)),
                _share(one.value), Cell(f"{one.part:,.10g} / {one.whole:,.10g}"),
                Cell(self.say(DEFINITIONS[one.definition].formula)),
            )
            for one in self._report.levels
        ]  # fmt: skip
        return Sheet("levels", self.word("levels"), columns, rows)

    def _endings(self) -> Sheet:
        total = sum(self._report.endings.values())
        rows = [
            (Cell(self.say(ENDINGS[each])), _count(n), _share(n / total if total else None))
            for each, n in self._report.endings.items()
        ]
        columns = (self.word("endings"), self.word("calls"), self.word("share"))
        return Sheet("endings", self.word("endings"), columns, rows)

    def _groups(self, key: str, groups: list[GroupRow]) -> Sheet:
        title, names = TABLES[key]
        rows = [(Cell(group.name), *(_of(group, name) for name in names)) for group in groups]
        columns = (self.word("name"), *(self.say(COLUMNS[name]) for name in names))
        return Sheet(key, self.say(title), columns, rows)

    def _arrivals(self) -> Sheet:
        columns = (self.word("name"), *(f"{hour:02d}" for hour in range(24)))
        rows = [
            (Cell(self.say(WEEKDAYS[index])), *(_count(n) for n in hours))
            for index, hours in enumerate(self._report.arrivals)
            if any(hours)
        ]
        return Sheet("arrivals", self.word("arrivals"), columns, rows)

    def _subjects(self) -> Sheet:
        rows = [(Cell(subject), _count(times)) for subject, times in self._report.subjects]
        return Sheet("subjects", self.word("subjects"), (self.word("subject"), self.word("calls")), rows)


def _of(group: GroupRow, name: str) -> Cell:
    value = getattr(group, name)
    if name in _SHARES:
        return _share(value)
    if name.endswith("_s"):
        return _value(value, "seconds")
    return _count(value)


def _value(value: float | None, unit: str) -> Cell:
    if value is None:
        return Cell("")
    if unit == "share":
        return _share(value)
    if unit == "seconds":
        return Cell(f"{value:.1f} s" if value < 60 else duration(value), value)
    return _count(value)


def _share(value: float | None) -> Cell:
    return Cell("") if value is None else Cell(f"{value:.1%}", value, share=True)


def _count(value: float) -> Cell:
    return Cell(f"{value:,.0f}", value)
