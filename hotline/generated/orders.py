"""What becomes of tickets: some are dispatched and go their way through a department; texts are answered."""

import random
from collections.abc import Iterable, Sequence

from calls import timeline as t
from hotline.generated import profile
from tickets import Channel, LivedStep, OrderFacts, OrderLife, TicketKind, TicketStep, Wish

_HOUR, _DAY = 3600.0, 86400.0
_DISPATCHED = 0.055  # of answered calls' tickets; nearly all messages are
_TEXTS, _ABOUT_US = 0.012, 0.003  # for each call
_USUAL_DAYS = {TicketKind.ENQUIRY: 3.5, TicketKind.COMPLAINT: 12.0, TicketKind.REPORT: 25.0,
               TicketKind.SUGGESTION: 12.0, TicketKind.REQUEST: 3.5}  # fmt: skip
_KINDS = {TicketKind.COMPLAINT: 52.0, TicketKind.REQUEST: 28.0, TicketKind.ENQUIRY: 12.0, TicketKind.REPORT: 4.0,
          TicketKind.SUGGESTION: 4.0}  # fmt: skip
_CATEGORIES = {"urban_management": "01", "transport": "02", "water": "03", "social_insurance": "04", "health": "05",
               "public_security": "06", "tax": "07", "housing_fund": "0403"}  # fmt: skip
_ABOUT_SERVICE = "08"
_SAYS = {1: 62.0, 2: 30.0, 3: 5.5, 4: 2.0, 5: 0.5}  # at the follow-up
_NOT_SATISFIED = 4


class Work:
    """Decides what becomes of tickets, by chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def of_calls(self, calls: Iterable[Sequence[t.Event]]) -> dict[str, OrderLife]:
        """Return the lives of those calls' tickets that are more than settled in the talk, by call."""
        found = {}
        for events in calls:
            share = _share(events)
            if share and self._chance.random() < share:
                found[events[0].call] = self._dispatched(events)
        return {str(call): life for call, life in found.items()}

    def others(self, start: float, usual: float) -> list[OrderLife]:
        """Return the tickets that come otherwise on a day: text messages, and complaints about the hotline itself."""
        texts = int(usual * _TEXTS + self._chance.random())
        return [
            *(self._text(start) for _ in range(texts)),
            *(self._about_us(start) for _ in range(int(usual * _ABOUT_US + self._chance.random()))),
        ]

    def _dispatched(self, events: Sequence[t.Event]) -> OrderLife:
        queue = next((event.queue for event in events if isinstance(event, t.Queued)), "general")
        department = profile.one_of(self._chance, profile.DEPARTMENTS[queue])
        kind = self._chance.choices(list(_KINDS), list(_KINDS.values()))[0]
        facts = OrderFacts(kind=kind, category=_CATEGORIES[department], content="来电人反映的情况")
        ended = next(event.at for event in events if isinstance(event, t.CallEnded))
        return OrderLife(facts, self._way(ended, kind, department))

    def _way(self, at: float, kind: TicketKind, department: str) -> list[LivedStep]:
        """Return a ticket's way through a department; some stop on it."""
        chance, steps = self._chance, list[LivedStep]()
        at += chance.uniform(120, 2 * _HOUR) if chance.random() < 0.94 else chance.uniform(1, 2) * _DAY
        steps.append(_step(at, TicketStep.DISPATCH, department=department))
        if chance.random() < 0.04:
            at += chance.uniform(1, 8) * _HOUR
            steps.append(_step(at, TicketStep.RETURN, "不属本单位职责", by=department))
            at += chance.uniform(0.5, 4) * _HOUR
            steps.append(_step(at, TicketStep.DISPATCH, department=department))
        if chance.random() < 0.006:
            return steps
        at += chance.uniform(0.5, 20) * _HOUR if chance.random() < 0.96 else chance.uniform(2, 4) * _DAY
        steps.append(_step(at, TicketStep.ACCEPT, by=department))
        if chance.random() < 0.008:
            return steps
        at += _USUAL_DAYS[kind] * _DAY * (chance.uniform(0.1, 1) if chance.random() < 0.98 else 2.5)
        steps.append(_step(at, TicketStep.ANSWER, "已办理", by=department))
        return steps + self._told(at, department)

    def _told(self, at: float, department: str) -> list[LivedStep]:
        """Return what follows an answer: the caller is told and asked; who is not satisfied has it taken up again."""
        chance, steps = self._chance, list[LivedStep]()
        if chance.random() < 0.007:
            return steps
        at += chance.uniform(1, 30) * _HOUR
        says = chance.choices(list(_SAYS), list(_SAYS.values()))[0]
        steps.append(_step(at, TicketStep.FOLLOW_UP, satisfaction=says))
        if says >= _NOT_SATISFIED:
            steps.append(_step(at, TicketStep.REOPEN, f"the caller is not satisfied ({says} of 5)"))
            steps.append(_step(at + _HOUR, TicketStep.DISPATCH, department=department))
            steps.append(_step(at + 5 * _HOUR, TicketStep.ACCEPT, by=department))
            at += chance.uniform(1, 4) * _DAY
            steps.append(_step(at, TicketStep.ANSWER, "已重新办理", by=department))
            at += _HOUR
            steps.append(_step(at, TicketStep.FOLLOW_UP, satisfaction=2))
        if chance.random() < 0.99:
            steps.append(_step(at + chance.uniform(0.2, 3) * _HOUR, TicketStep.CLOSE))
        return steps

    def _text(self, start: float) -> OrderLife:
        chance = self._chance
        at = start + chance.uniform(7, 20) * _HOUR
        facts = OrderFacts(TicketKind.ENQUIRY, "办事指南咨询", "短信内容", f"13{chance.randrange(10**9):09d}",
                           channel=Channel.TEXT)  # fmt: skip
        if chance.random() < 0.003:
            return OrderLife(facts, (), at)
        answered = at + (chance.uniform(60, 3 * _HOUR) if chance.random() < 0.99 else _DAY)
        answer = _step(answered, TicketStep.ANSWER, "已回复短信")
        return OrderLife(facts, [answer, *self._told(answered, "public_security")], at)

    def _about_us(self, start: float) -> OrderLife:
        chance = self._chance
        at = start + chance.uniform(8, 20) * _HOUR
        facts = OrderFacts(TicketKind.COMPLAINT, "坐席服务态度", "来电人投诉本热线", category=_ABOUT_SERVICE)
        answered = at + chance.uniform(1, 6) * _DAY
        answer = _step(answered, TicketStep.ANSWER, "已核实并致歉")
        return OrderLife(facts, [answer, *self._told(answered, "public_security")], at)


def _share(events: Sequence[t.Event]) -> float:
    """Return how many of such calls' tickets are dispatched."""
    if any(isinstance(event, t.MessageLeft) for event in events):
        return 0.97
    return _DISPATCHED if any(isinstance(event, t.Connected) for event in events) else 0.0


def _step(
    at: float, step: TicketStep, note: str = "", *, department: str = "", satisfaction: int | None = None,
    by: str = "2001",
) -> LivedStep:  # fmt: skip
    return LivedStep(at, Wish(step, note, department, satisfaction), by)
