"""A staffing plan as tables of words and numbers, the same for terminal and workbook."""

from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from hotline.cli.report_cells import Cell, Sheet, count_cell, share_cell, value_cell
from hotline.cli.report_words import WEEKDAYS, Language, Said

if TYPE_CHECKING:
    from tickets.staffing import StaffingPlan
    from tickets.staffing.plan import Slot

_WORDS = {
    "title": Said("来电预测与排班", "Forecast and seats"), "all": Said("全部队列", "all queues"),
    "history": Said("依据", "history"), "days": Said("天", "days"),
    "handling": Said("平均处理时长", "handling time (AHT)"), "patience": Said("平均耐心", "patience, mean"),
    "very_patient": Said("无人放弃，按很有耐心计", "nobody gave up: taken to be very patient"),
    "aim": Said("目标", "aim"), "answered": Said("秒内接听，接通", "s to answer; connected"),
    "shrinkage": Said("损耗", "shrinkage"),
    "error": Said("回测误差（上周）", "error of the last week, had it been forecast"),
    "by_day": Said("每日", "By day"), "day": Said("日期", "day"), "calls": Said("来电", "calls"),
    "peak": Said("最忙时段", "busiest"), "most_seats": Said("最多坐席", "most seats"),
    "seat_hours": Said("坐席小时", "seat hours"), "people_hours": Said("在岗小时", "hours on duty"),
    "grid": Said("每半小时：来电 / 坐席（Erlang A）", "Each half-hour: calls / seats (Erlang A)"),
    "slots": Said("每半小时", "Half-hours"), "time": Said("时段", "time"), "seats": Said("坐席", "seats"),
    "people": Said("在岗人数", "people on duty"), "level": Said("接听及时率", "answered in time / answered"),
    "abandonment": Said("放弃率", "abandonment"), "occupancy": Said("占用率", "occupancy"),
}  # fmt: skip


class ForecastSheets:
    """Writes a plan's tables in a language."""

    def __init__(self, plan: "StaffingPlan", language: Language, queue: str | None) -> None:
        self._plan, self._language, self._queue = plan, language, queue

    def _say(self, key: str) -> str:
        return _WORDS[key].to(self._language)

    def title(self) -> str:
        """Return what stands above all."""
        return f"{self._say('title')} · {self._plan.first} – {self._plan.last} · {self._queue or self._say('all')}"

    def facts(self) -> list[tuple[str, str]]:
        """Return what it is computed from."""
        plan = self._plan
        patience = f"{plan.patience_s:.0f} s" if plan.patience_known else self._say("very_patient")
        return [
            (self._say("history"), f"{plan.history_first}, {plan.history_days} {self._say('days')}"),
            (self._say("handling"), f"{plan.handling_s:.0f} s"), (self._say("patience"), patience),
            (self._say("aim"), f"{plan.target:.0%} {plan.within_s:g} {self._say('answered')} {plan.connect:.0%}"),
            (self._say("shrinkage"), f"{plan.shrinkage:.0%}"),
            (self._say("error"), "" if plan.past_error is None else f"{plan.past_error:.1%}"),
        ]  # fmt: skip

    def all(self) -> list[Sheet]:
        """Return all tables, in order."""
        return [self.days(), self.grid(), self._slots()]

    def days(self) -> Sheet:
        """Return a row for each day."""
        rows = []
        for day, slots in self._by_day():
            busiest = max(slots, key=lambda slot: slot.calls)
            rows.append((
                Cell(day), count_cell(sum(slot.calls for slot in slots)), Cell(busiest.time),
                count_cell(max(slot.seats for slot in slots)), value_cell(sum(s.seats for s in slots) / 2, "calls"),
                value_cell(sum(slot.people for slot in slots) / 2, "calls"),
            ))  # fmt: skip
        names = ("day", "calls", "peak", "most_seats", "seat_hours", "people_hours")
        return Sheet("by_day", self._say("by_day"), tuple(self._say(name) for name in names), rows)

    def grid(self) -> Sheet:
        """Return a row for each half-hour, a column for each day."""
        days = self._by_day()
        rows = [
            (Cell(first.time), *(Cell(f"{slots[place].calls:.0f} / {slots[place].seats}") for _, slots in days))
            for place, first in enumerate(days[0][1])
        ]
        return Sheet("grid", self._say("grid"), (self._say("time"), *(day for day, _ in days)), rows)

    def _slots(self) -> Sheet:
        rows = [
            (Cell(one.day), Cell(one.time), Cell(f"{one.calls:.1f}", one.calls), count_cell(one.seats),
             count_cell(one.people), share_cell(one.service_level), share_cell(one.abandonment),
             share_cell(one.occupancy))
            for one in self._plan.slots
        ]  # fmt: skip
        names = ("day", "time", "calls", "seats", "people", "level", "abandonment", "occupancy")
        return Sheet("slots", self._say("slots"), tuple(self._say(name) for name in names), rows)

    def _by_day(self) -> list[tuple[str, list["Slot"]]]:
        return [(self._day(day), list(slots)) for day, slots in groupby(self._plan.slots, lambda slot: slot.day)]

    def _day(self, day: str) -> str:
        return f"{day[5:]} {WEEKDAYS[date.fromisoformat(day).weekday()].to(self._language)}"
