"""A report's tables of what is to be looked after: repeated matters, overdue work orders."""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from hotline.cli.report_cells import Cell, Sheet, count_cell
from tickets.reporting import Concerns

_DAY_S = 86400.0


def concern_sheets(found: Concerns, zone: tzinfo, word: Callable[[str], str]) -> list[Sheet]:
    """Return them; ``word`` says names, kinds and states in the report's language."""

    def moment(at: float) -> Cell:
        return Cell(f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}")

    def department(name: str) -> Cell:
        return Cell(name or word("no_department"))

    def sheet(key: str, names: tuple[str, ...], rows: Sequence[tuple[Cell, ...]]) -> Sheet:
        return Sheet(key, word(key), tuple(word(name) for name in names), rows)

    matters = [
        (Cell(one.caller), Cell(one.subject), count_cell(one.times), moment(one.last_at), Cell(one.number))
        for one in found.repeated_matters
    ]
    late = [
        (Cell(one.number), Cell(word(f"kind_{one.kind}")), Cell(one.subject), department(one.department),
         Cell(word(f"state_{one.state}")), moment(one.due_at), Cell(f"{one.late_s / _DAY_S:.1f}", one.late_s / _DAY_S))
        for one in found.overdue_orders
    ]  # fmt: skip
    theirs = [(department(name), count_cell(count)) for name, count in found.overdue_by_department]
    return [
        sheet("repeated", ("caller", "subject", "times", "last", "ticket"), matters),
        sheet("overdue", ("ticket", "kind", "subject", "department", "state", "due", "late_days"), late),
        sheet("overdue_by_department", ("department", "overdue_now"), theirs),
    ]
