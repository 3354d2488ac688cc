"""What a run must keep. Each name is a figure of ``simulator.measures.figures``; the verdict compares the two."""

from typing import Annotated

from pydantic import Field

from simulator.scenario.written import Strict

Count = Annotated[int, Field(ge=0)] | None
Part = Annotated[float, Field(ge=0, le=1)] | None
Seconds = Annotated[float, Field(ge=0)] | None
Milliseconds = Annotated[float, Field(ge=0)] | None

OF_THE_RUN = ("doubled", "simulator_late_p99_ms")
"""Figures of a whole run that no kind of callers has."""


class LimitsOf(Strict):
    """Limits of a run, or of one kind of caller. What is left out does not matter."""

    failed: Count = Field(None, description="Calls that did not go as their steps say.")
    failed_share: Part = None
    abandoned: Count = Field(None, description="Callers whose patience was over.")
    abandoned_share: Part = None
    misrouted: Count = Field(None, description="Reached an agent of the wrong kind, or two at once.")
    overtaken: Count = Field(None, description="Callers after whom another of their kind asked, and was offered first.")
    one_way: Count = Field(
        None, description="Talks in which one side heard nothing of the other, at first or for a while."
    )
    gaps: Count = Field(None, description="Talks in which no audio came to one side for half a second or more.")
    doubled: Count = Field(None, description="Offers to a seat that was in a call.")
    wait_p50_s: Seconds = Field(None, description="From the last digit to the agent's voice.")
    wait_p95_s: Seconds = None
    wait_p99_s: Seconds = None
    request_delay_p95_s: Seconds = Field(None, description="RFC 6076: from INVITE to ringing or answer.")
    post_dial_delay_p95_s: Seconds = Field(None, description="From INVITE to ringing, answer or the first audio.")
    first_prompt_p95_s: Seconds = Field(None, description="From the answer to the first sound.")
    reaction_p95_s: Seconds = Field(None, description="From a digit to the recording or tone that the next step hears.")
    free_to_ring_p95_s: Seconds = Field(
        None, description="From an agent's being free to the next ring, while one waits."
    )
    connect_p95_s: Seconds = Field(None, description="From the agent's answer to the caller hearing it.")
    transfer_clip_p95_s: Seconds = Field(
        None, description="The same for whoever a caller is transferred to: so much of their first words is lost."
    )
    loss_share: Part = Field(None, description="RTP packets that callers and agents missed.")
    jitter_p95_ms: Milliseconds = None
    mos_p5_least: Annotated[float, Field(ge=1, le=4.5)] | None = Field(
        None, description="At least: MOS that 95 % reach."
    )
    simulator_late_p99_ms: Milliseconds = Field(None, description="The simulator's own lateness.")
