"""Settings of turning callers away when more comes than can be carried."""

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from hotline.settings_groups import Group, split_at_commas

_Dialled = Annotated[str, Field(pattern=r"^\+?[0-9]{1,15}$")]


class OverloadSettings(Group):
    """New callers who are turned away (SIP 503) when the machine cannot keep up; those who are inside never are."""

    turn_away: bool = Field(True, description="whether callers are turned away for lateness at all")
    late_s: float = Field(
        0.3, ge=0.05, le=30,
        description="so many seconds late (event loop, or Asterisk's manager) for most of the last five seconds, and "
        "the first new callers are turned away",
    )  # fmt: skip
    late_all_s: float = Field(
        1.5, ge=0.1, le=60, description="so many seconds late, and all new callers are; in between a growing share"
    )
    most_calls: int = Field(
        800, ge=0, le=100_000, description="calls at a time; who comes then is turned away. 0: any number"
    )
    say: bool = Field(
        True,
        description="whether those who are turned away hear why (all_lines_busy in prompts.yaml, before the answer: it "
        "costs them nothing); not when half of the callers or more are turned away, for it costs Asterisk something",
    )
    never: Annotated[list[_Dialled], NoDecode, BeforeValidator(split_at_commas)] = Field(
        [], description="numbers dialled whose callers are never turned away, such as a line for emergencies"
    )

    @model_validator(mode="after")
    def _all_after_the_first(self) -> "OverloadSettings":
        if self.late_all_s <= self.late_s:
            raise ValueError(
                f"late_all_s ({self.late_all_s:g}) must be more than late_s ({self.late_s:g}): the share of those who "
                "are turned away grows between them"
            )
        return self
