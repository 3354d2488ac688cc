"""Several turns of several systems: medians, spread, ratios, and which goals were kept. Pure."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.compare_systems import APP_QUEUE, HOTLINE

Turn = Mapping[str, float | None]
"""Figures of one turn of one system; None where there is nothing to measure."""
Turns = Mapping[str, Sequence[Turn]]
"""The turns of each system, the first ones of all having been in the first round."""
Goal = tuple[str, str, float]
"""A figure, how it is judged, and its bound. Of all rounds' medians: ``ratio_least`` and ``ratio_most`` (ours over
``app_queue``'s), ``most`` (ours alone). ``below_in_every_round``: ours is less than its bound times ``app_queue``'s."""

_WORDS: Mapping[bool | None, str] = {True: "kept", False: "missed", None: "not measured"}


def middle(turns: Sequence[Turn], name: str) -> float | None:
    """Return a figure's median over the turns that have it, None when none has."""
    values = known(turns, name)
    return median(values) if values else None


def known(turns: Sequence[Turn], name: str) -> list[float]:
    """Return a figure of the turns that have it."""
    return [value for turn in turns if (value := turn.get(name)) is not None]


def ratio(turns: Turns, name: str, against: str = APP_QUEUE) -> float | None:
    """Return the median of ours over another's, None when it cannot be known."""
    ours, theirs = middle(turns.get(HOTLINE, ()), name), middle(turns.get(against, ()), name)
    return ours / theirs if ours is not None and theirs else None


def kept(turns: Turns, goal: Goal) -> bool | None:
    """Tell whether a goal was kept; None when it was not measured. No goal is kept by a turn that was cut off: more of
    it might have missed."""
    found = _judged(turns, goal)
    judged_by = (HOTLINE,) if goal[1] == "most" else (HOTLINE, APP_QUEUE)
    cut = any(turn.get("cut_off") for system in judged_by for turn in turns.get(system, ()))
    return None if found and cut else found


def _judged(turns: Turns, goal: Goal) -> bool | None:
    name, how, bound = goal
    if how == "most":
        value = middle(turns.get(HOTLINE, ()), name)
        return None if value is None else value <= bound
    if how == "below_in_every_round":
        pairs = zip(turns.get(HOTLINE, ()), turns.get(APP_QUEUE, ()), strict=False)  # somebody may have ended it
        found = [(ours.get(name), theirs.get(name)) for ours, theirs in pairs]
        both = [(ours, theirs) for ours, theirs in found if ours is not None and theirs is not None]
        return all(ours < bound * theirs for ours, theirs in both) if both else None
    value = ratio(turns, name)
    if value is None:
        return None
    return value >= bound if how == "ratio_least" else value <= bound


def as_dict(turns: Turns, goals: Sequence[Goal]) -> dict[str, Any]:
    """Return everything for JSON: medians, least and most, ratios, goals, and each turn."""
    names = figures_of(turns)
    return {
        **{system: {name: _rounded(middle(own, name)) for name in names} for system, own in turns.items()},
        "spread": {
            system: {name: [_rounded(min(v)), _rounded(max(v))] for name in names if (v := known(own, name))}
            for system, own in turns.items()
        },
        "ratios_to_app_queue": {name: _rounded(ratio(turns, name)) for name in names if APP_QUEUE in turns},
        "goals": [
            {"figure": name, "judged": how, "bound": bound, "kept": kept(turns, (name, how, bound))}
            for name, how, bound in goals
        ],
        "turns": {system: [dict(turn) for turn in own] for system, own in turns.items()},
    }  # fmt: skip


def lines(title: str, turns: Turns, goals: Sequence[Goal]) -> list[str]:
    """Return a table for people: each figure's median with (least-most), and ours over ``app_queue``'s."""
    rounds = max((len(own) for own in turns.values()), default=0)
    told = [f"{title}; rounds: {rounds}" + (", interleaved" if len(turns) > 1 else "")]
    told.append(f"{'':<24}" + "".join(f"{system:>28}" for system in turns) + f"{'ratio':>8}")
    for name in figures_of(turns):
        share = ratio(turns, name)
        cells = "".join(f"{_cell(known(own, name)):>28}" for own in turns.values())
        told.append(f"{name:<24}{cells}{'-' if share is None else f'{share:.2f}':>8}")
    return told + [f"goal: {_said(goal)}: {_WORDS[kept(turns, goal)]}" for goal in goals]


GoalRow = dict[str, Any]
"""One goal: where it was measured, its figure, both values, their ratio, how it is judged, and whether it was kept."""


def goal_rows(where: str, turns: Turns, goals: Sequence[Goal]) -> list[GoalRow]:
    """Return the goals of one part, each with what was measured (medians)."""
    return [
        {
            "of": where, "figure": name, "hotline": _rounded(middle(turns.get(HOTLINE, ()), name)),
            "app_queue": _rounded(middle(turns.get(APP_QUEUE, ()), name)), "ratio": _rounded(ratio(turns, name)),
            "goal": _said((name, how, bound)), "judged": how, "bound": bound,
            "kept": kept(turns, (name, how, bound)),
        }
        for name, how, bound in goals
    ]  # fmt: skip


def goal_lines(rows: Sequence[GoalRow]) -> list[str]:
    """Return one table of all goals, for people."""
    told = ["", f"{'all goals':<44}{'ours':>12}{'app_queue':>12}{'ratio':>8}  goal"]
    for row in rows:
        cells = "".join(
            f"{'-' if row[key] is None else format(row[key], '.2f'):>{width}}"
            for key, width in ((HOTLINE, 12), (APP_QUEUE, 12), ("ratio", 8))
        )
        told.append(f"{row['of'] + ': ' + row['figure']:<44}{cells}  {_WORDS[row['kept']]}: {row['goal']}")
    return told


def figures_of(turns: Turns) -> list[str]:
    """Return the figures' names, in the order in which they are told."""
    return list(dict.fromkeys(name for own in turns.values() for turn in own for name in turn))


def _said(goal: Goal) -> str:
    name, how, bound = goal
    match how:
        case "most":
            return f"{name} at most {bound:g}"
        case "below_in_every_round":
            return f"{name} below {'' if bound == 1 else f'{bound:g} of '}app_queue's in every round"
        case _:
            return f"{name} {'at least' if how == 'ratio_least' else 'at most'} {bound:g} of app_queue's"


def _cell(values: Sequence[float]) -> str:
    if not values:
        return "-"
    if len(values) == 1:
        return f"{values[0]:.2f}"
    return f"{median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
