"""When people call, about what, and how their calls go. Shares follow what real hotlines tell (docs/supervisors.md)."""

import random
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo

HOURS = (0.9, 0.6, 0.4, 0.4, 0.5, 0.8, 1.7, 3.4, 7.2, 9.1, 8.7, 7.0,
         4.8, 5.6, 7.4, 7.6, 7.1, 5.9, 4.9, 4.5, 4.1, 3.4, 2.5, 1.5)  # fmt: skip
"""How many of a hundred callers call in each hour of day."""
WEEKDAYS = (1.15, 1.08, 1.05, 1.03, 1.05, 0.84, 0.8)
PEAK = 1.9  # one day of the month, as when a storm comes

QUEUES = {"general": 78.0, "social_insurance": 8.0, "housing": 6.0, "priority": 5.0, "english": 3.0}
NEEDS = {
    "general": {"general": 1, "lang.zh": 3}, "english": {"general": 1, "lang.en": 3},
    "social_insurance": {"social_insurance": 2, "lang.zh": 3}, "housing": {"housing": 2, "lang.zh": 3},
    "priority": {"general": 3, "lang.zh": 3},
}  # fmt: skip
SUBJECTS = {
    "general": ("城管执法", "噪声扰民", "供水供电", "物业管理", "交通出行", "户籍办理", "疫苗接种", "市容环境"),
    "english": ("Residence permit", "Driving licence", "Tax"),
    "social_insurance": ("养老保险", "医保报销", "失业保险"),
    "housing": ("公积金提取", "公租房申请"),
    "priority": ("养老服务", "残疾人补贴", "供水供电"),
}
DEPARTMENTS = {
    "general": ("urban_management", "public_security", "transport", "water", "health"),
    "english": ("public_security", "tax"), "social_insurance": ("social_insurance",),
    "housing": ("housing_fund",), "priority": ("health", "water"),
}  # fmt: skip
ENDS = {"person": 78.0, "self": 13.5, "hung_up": 5.0, "message": 2.4, "passed_on": 1.0, "failed": 0.1}
"""What callers want in the menu, of a hundred; ``hung_up`` gives up there."""
HANDLING_S = 190.0  # talk and wrap-up, mean
THREE_WAY = 0.11  # of talks


def arrivals(first: date, last: date, calls: int, zone: tzinfo, chance: random.Random) -> list[list[float]]:
    """Return each day's arrivals (epoch seconds, sorted): exactly so many calls in all."""
    days = [first + timedelta(days=index) for index in range((last - first).days + 1)]
    peak = chance.randrange(len(days))
    weights = [
        WEEKDAYS[day.weekday()] * (PEAK if index == peak else 1.0) * chance.uniform(0.94, 1.06)
        for index, day in enumerate(days)
    ]
    found: list[list[float]] = [[] for _ in days]
    chosen = chance.choices(range(len(days)), weights, k=calls)
    hours = chance.choices(range(24), HOURS, k=calls)
    starts = [datetime.combine(day, time(), zone).timestamp() for day in days]
    for day, hour in zip(chosen, hours, strict=True):
        found[day].append(round(starts[day] + hour * 3600 + chance.uniform(0, 3599.9), 3))
    return [sorted(day) for day in found]


def pick(chance: random.Random, shares: dict[str, float]) -> str:
    """Return one of the names, by their shares."""
    return chance.choices(list(shares), list(shares.values()))[0]


def one_of(chance: random.Random, names: Sequence[str]) -> str:
    """Return one of the names, the first ones more often."""
    return names[int(len(names) * chance.random() ** 1.6)]
