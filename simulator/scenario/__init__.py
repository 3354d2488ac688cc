"""Scenarios: callers and agents of several kinds, as a YAML file describes them, lived over SIP.

``written``, ``steps``, ``arriving``, ``limits``, ``model``  what can be written (pydantic); ``reading`` reads it,
``wording`` tells mistakes
``run``       lives a scenario: ``life`` one caller, ``crew`` the agents, ``plateaus`` arrivals until failure
``processes`` lives it in several: ``process`` carries a ``part``, ``company`` finds agents in any, ``post`` is between
``saturating`` scenarios that may do more than others, to this machine only
``record``    what became of one caller; ``agents_met``, ``sound`` find it out
"""

from simulator.scenario.model import Scenario
from simulator.scenario.post import Whither
from simulator.scenario.processes import run_in_processes
from simulator.scenario.reading import (
    Read,
    ScenarioMistakes,
    read_accounts,
    read_scenario,
    scenario_schema,
    with_changes,
)
from simulator.scenario.record import CallRecord, Went
from simulator.scenario.run import Run, run_scenario

__all__ = [
    "CallRecord", "Read", "Run", "Scenario", "ScenarioMistakes", "Went", "Whither", "read_accounts", "read_scenario",
    "run_in_processes", "run_scenario", "scenario_schema", "with_changes",
]  # fmt: skip
