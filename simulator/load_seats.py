"""The seats of a load run: registered, logged in, taking calls, ending their wrap-up."""

from collections.abc import Sequence

from simulator.agent import UserAgent
from simulator.load_profile import MAX_SEATS, SEAT_TONES, LoadProfile, SeatPlan
from simulator.seating import Seat, Seating
from simulator.softphone import Behaviour, Reaction, Softphone

KEPT_S = 1.0


class LoadSeats(Seating):
    """All seats of a run."""

    def __init__(self, agent: UserAgent, profile: LoadProfile, plans: Sequence[SeatPlan]) -> None:
        if len(plans) > MAX_SEATS:
            raise ValueError(f"{len(plans)} seats: at most {MAX_SEATS} are allowed")
        super().__init__(agent, profile.codes, profile.seed)
        behaviour = Behaviour(Reaction.ANSWER, answer_after=profile.pick_up)
        self.seat(
            [
                Seat(plan, _phone(agent, plan, SEAT_TONES[place % len(SEAT_TONES)], behaviour, profile.seed),
                     profile.wrap_up)
                for place, plan in enumerate(plans)
            ]
        )  # fmt: skip


def _phone(agent: UserAgent, plan: SeatPlan, tone: int, behaviour: Behaviour, seed: int) -> Softphone:
    return Softphone(agent, plan.account, plan.secret, tone=tone, behaviour=behaviour, keep_s=KEPT_S, seed=seed)
