"""Erlang's formulas, computed from their definitions: what the router must agree with."""

import math


def waiting_share(load: float, seats: int) -> float:
    """Erlang C: the share of callers who find all seats taken, of M/M/N with nobody who gives up."""
    if load >= seats:
        return 1.0
    blocked = 1.0  # Erlang B, by its recursion
    for n in range(1, seats + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked / (1 - load / seats * (1 - blocked))


def erlang_c(calls_per_hour: float, seats: int, aht_s: float, within_s: float) -> tuple[float, float, float]:
    """Service level, ASA and occupancy of M/M/N."""
    load = calls_per_hour / 3600 * aht_s
    waits = waiting_share(load, seats)
    level = 1 - waits * math.exp(-(seats - load) * within_s / aht_s)
    return level, waits * aht_s / (seats - load), load / seats


def erlang_a(calls_per_hour: float, seats: int, aht_s: float, patience_s: float) -> tuple[float, float]:
    """Share of those who give up, and occupancy, of M/M/N+M: from the balance of births and deaths."""
    arrive, leave = calls_per_hour / 3600, 1 / patience_s
    chances = _standing(calls_per_hour, seats, aht_s, patience_s)
    waiting = sum(max(0, n - seats) * chance for n, chance in enumerate(chances))
    busy = sum(min(n, seats) * chance for n, chance in enumerate(chances))
    return leave * waiting / arrive, busy / seats


def erlang_a_waiting(calls_per_hour: float, seats: int, aht_s: float, patience_s: float) -> tuple[float, float]:
    """Share of those who find all seats taken, and mean time in line of all callers, of M/M/N+M."""
    chances = _standing(calls_per_hour, seats, aht_s, patience_s)
    waiting = sum(max(0, n - seats) * chance for n, chance in enumerate(chances))
    return sum(chances[seats:]), waiting / (calls_per_hour / 3600)


def _standing(calls_per_hour: float, seats: int, aht_s: float, patience_s: float) -> list[float]:
    """How likely it is that so many callers are there, talking or waiting."""
    arrive, serve, leave = calls_per_hour / 3600, 1 / aht_s, 1 / patience_s
    weights = [1.0]
    for n in range(1, seats + 2_000):
        death = min(n, seats) * serve + max(0, n - seats) * leave
        weights.append(weights[-1] * arrive / death)
    total = sum(weights)
    return [weight / total for weight in weights]
