"""A report as tables of words and numbers, the same for terminal, page and workbook."""

from collections.abc import Mapping
from datetime import tzinfo
from zoneinfo import ZoneInfo

from hotline.cli.report_cells import Cell, Sheet, count_cell, share_cell, value_cell
from hotline.cli.report_concerns import concern_sheets
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
from tickets.reporting import Definition, Figure, GroupRow, Level, Report

_SHARES = frozenset({"connect_rate", "service_level", "satisfaction", "abandonment", "occupancy"})


class Sheets:
    """Writes a report's tables in a language."""

    def __init__(self, report: Report, language: Language, categories: Mapping[str, Said] | None = None) -> None:
        """``categories`` names the categories of tickets, by code."""
        self._report, self._language = report, language
        self._zone: tzinfo = ZoneInfo(report.time_zone)
        self._categories = categories or {}

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
        """Return how many calls there were, of each kind, and how much there is to be looked after."""
        calls = ((k, getattr(self._report, k)) for k in ("arrived", "running", "outbound", "callbacks"))
        found = self._report.concerns
        heed = (("matters", found.repeated), ("overdue_now", found.overdue), ("urgent_now", found.urgent))
        return [(self.word(k), f"{n:,}") for k, n in (*calls, *heed)]

    def all(self) -> list[Sheet]:
        """Return all tables, in order."""
        report = self._report
        groups = [self._groups(key, getattr(report, key)) for key in TABLES]
        return [
            self._figures("judged", report.judged), self._figures("field", report.field), self._levels(),
            self._endings(), *groups, self._arrivals(), self._subjects(), self._by_category(),
            *concern_sheets(report.concerns, self._zone, self.word),
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

    def definitions(self) -> list[str]:
        """Return the definitions of the service level in their order, each with its formula."""
        named = (DEFINITIONS[each] for each in Definition)
        return [f"{self.say(one.name)}: {self.say(one.formula)}" for one in named]

    def _figures(self, key: str, figures: list[Figure]) -> Sheet:
        columns = tuple(self.word(k) for k in ("figure", "value", "of", "target", "formula"))
        return Sheet(key, self.word(key), columns, [self._figure(figure) for figure in figures])

    def _figure(self, figure: Figure) -> tuple[Cell, ...]:
        named = FIGURES[figure.key]
        value = value_cell(figure.value, figure.unit)
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
                share_cell(one.value), Cell(f"{one.part:,.10g} / {one.whole:,.10g}"),
                Cell(self.say(DEFINITIONS[one.definition].formula)),
            )
            for one in self._report.levels
        ]  # fmt: skip
        return Sheet("levels", self.word("levels"), columns, rows)

    def _endings(self) -> Sheet:
        total = sum(self._report.endings.values())
        rows = [
            (Cell(self.say(ENDINGS[each])), count_cell(n), share_cell(n / total if total else None))
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
            (Cell(self.say(WEEKDAYS[index])), *(count_cell(n) for n in hours))
            for index, hours in enumerate(self._report.arrivals)
            if any(hours)
        ]
        return Sheet("arrivals", self.word("arrivals"), columns, rows)

    def _subjects(self) -> Sheet:
        rows = [(Cell(subject), count_cell(times)) for subject, times in self._report.subjects]
        return Sheet("subjects", self.word("subjects"), (self.word("subject"), self.word("calls")), rows)

    def category(self, code: str) -> str:
        """Return a category's name with its code; a code that the tree has no more stands alone."""
        if not code:
            return self.word("no_category")
        return f"{code} {self.say(self._categories[code])}" if code in self._categories else code

    def _by_category(self) -> Sheet:
        total = sum(one.tickets for one in self._report.categories)
        rows = [
            (
                Cell(self.category(one.category)),
                count_cell(one.tickets),
                share_cell(one.tickets / total),
                count_cell(one.callers),
            )
            for one in self._report.categories
        ]
        columns = tuple(self.word(k) for k in ("category", "tickets", "share", "callers"))
        return Sheet("categories", self.word("categories"), columns, rows)


def _of(group: GroupRow, name: str) -> Cell:
    value = getattr(group, name)
    if name in _SHARES:
        return share_cell(value)
    if name.endswith("_s"):
        return value_cell(value, "seconds")
    return count_cell(value)
