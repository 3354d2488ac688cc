"""Erlang A (M/M/N+M): how a line of callers who give up after a while is served by so many seats. Pure.

Of those who find all seats busy and k callers before them, the wait until it is their turn is a sum of exponential
times with rates Nμ, Nμ + θ, … Nμ + kθ. ``exp(-θ · wait)`` then has the distribution Beta(Nμ/θ, k + 1), and the share
answered within T is the part of its mean above ``exp(-θT)``: no integral has to be approximated.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

LONGEST_PATIENCE_S = 3600.0  # who never saw anybody give up takes this; it is Erlang C, nearly
_MOST_SEATS = 5_000
_NEGLIGIBLE = 1e-12


@dataclass(frozen=True, slots=True)
class Aim:
    """What is to be kept: the ``target`` share of the answered within ``within_s`` seconds, and ``connect`` of all
    answered. ``shrinkage``: the share of people's time on duty that is breaks, training, absence."""

    target: float
    within_s: float
    connect: float = 0.95
    shrinkage: float = 0.0
    least: int = 1  # seats, at any hour


@dataclass(frozen=True, slots=True)
class Served:
    """What comes of it; shares 0 to 1."""

    service_level: float  # answered within the threshold / answered
    abandonment: float
    occupancy: float


def erlang_a(calls_per_s: float, handling_s: float, patience_s: float, seats: int, within_s: float) -> Served:
    """Return how so many seats serve; with no calls everybody is served at once. Raises ``ValueError`` for times that
    are not positive, or no seat."""
    if handling_s <= 0 or patience_s <= 0 or seats < 1 or calls_per_s < 0:
        raise ValueError("handling time and patience must be positive, and there must be a seat")
    if calls_per_s == 0:
        return Served(1.0, 0.0, 0.0)
    serve, leave = 1 / handling_s, 1 / patience_s
    there = _balance(calls_per_s, serve, leave, seats)
    waiting = there[seats:]  # all seats busy, so many wait
    ahead = np.arange(len(waiting))
    first, last = seats * serve / leave, ahead + 1.0
    answered = first / (first + last)
    in_time = answered * (1 - betainc(first + 1, last, math.exp(-leave * within_s)))
    at_once = there[:seats].sum()
    all_answered = float(at_once + (waiting * answered).sum())
    busy = float((there[:seats] * np.arange(seats)).sum() + seats * waiting.sum())
    return Served(float(at_once + (waiting * in_time).sum()) / all_answered, 1 - all_answered, busy / seats)


def seats_needed(
    calls_per_s: float, handling_s: float, patience_s: float, *, aim: Aim
) -> int:  # fmt: skip
    """Return the fewest seats that keep the aim. Raises ``ValueError`` where no number of seats does."""
    if not 0 < aim.target < 1 or not 0 < aim.connect < 1:
        raise ValueError("targets must be between 0 and 1")

    def enough(seats: int) -> bool:
        served = erlang_a(calls_per_s, handling_s, patience_s, seats, aim.within_s)
        return served.service_level >= aim.target and served.abandonment <= 1 - aim.connect

    seats = max(aim.least, math.ceil(calls_per_s * handling_s * aim.target))
    while seats > aim.least and enough(seats):
        seats -= 1
    while not enough(seats):
        seats += 1
        if seats > _MOST_SEATS:
            raise ValueError(f"not even {_MOST_SEATS} seats reach that")
    return seats


def _balance(arrive: float, serve: float, leave: float, seats: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return how likely it is that so many are there, busy or waiting: the balance of births and deaths."""
    weights, weight, n = [1.0], 1.0, 0
    while n <= seats or weight > _NEGLIGIBLE * max(weights[seats:]):
        n += 1
        weight *= arrive / (min(n, seats) * serve + max(0, n - seats) * leave)
        weights.append(weight)
        if weight > 1e200:  # so that nothing overflows
            weights, weight = [one * 1e-200 for one in weights], weight * 1e-200
    found = np.array(weights)
    shares: np.ndarray[tuple[int], np.dtype[np.float64]] = found / found.sum()
    return shares
