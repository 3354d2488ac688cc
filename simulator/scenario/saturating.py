"""Scenarios with ``saturate: true`` may do more, and may do it to this machine only."""

from simulator.scenario.model import Scenario
from simulator.sip.transport import is_loopback


def check_target(scenario: Scenario, host: str) -> None:
    """Raise ``ValueError`` when a scenario that may saturate is to call another address than this machine's loopback.

    ``--allow-remote`` does not matter: no machine may be saturated by a mistyped address.
    """
    if scenario.saturate and not is_loopback(host):
        raise ValueError(
            "saturate: true is for targets on this machine (127.0.0.1, ::1, localhost) only, whatever is allowed: "
            f"{host} is none of them: leave saturate out of the scenario"
        )
