"""Settings of recordings: the table ``[recordings]``."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


class RecordingSettings(BaseModel):
    """How talks are recorded and kept. Which queues' talks are recorded is said in the directory (``record``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    compression: Literal["off", "opus", "mp3"] = Field(
        "off",
        description="form in which recordings are kept. off: WAV, 32 kB a second; opus: a sixth of it; mp3: "
        "for players that know no Opus",
    )
    storage: str = Field(
        "",
        description="where finished recordings are kept: a folder, or what fsspec reaches, like s3://bucket/prefix "
        "(install the package's extra s3); empty: files.recordings. While a talk lasts it is always written there",
    )
    storage_endpoint: str = Field(
        "", description="URL of a store that speaks S3 but is not Amazon's, like https://minio.example:9000"
    )
    storage_key: str = Field("", description="its access key; empty: as the AWS environment says")
    storage_secret: Annotated[SecretStr | None, BeforeValidator(_none_if_empty)] = Field(
        None, description="its secret key; better given in the environment than in the file"
    )
    keys_file: Annotated[Path | None, BeforeValidator(_none_if_empty)] = Field(
        None,
        description="file of the keys that recordings are encrypted with, made by `hotline recordings new-key`; keep "
        "it on another disk than the recordings, and a copy of it. Empty: they are not encrypted",
    )
    workers: int = Field(2, ge=1, le=16, description="how many recordings are finished at a time, after their calls")
    keep_talks_days: int = Field(
        0,
        ge=0,
        le=36_500,
        description="days after which recorded talks are deleted, but for those of calls on legal hold; 0: never",
    )
    keep_messages_days: int = Field(0, ge=0, le=36_500, description="the same for messages that callers left")
    warn_free_mb: int = Field(
        5000, ge=0, description="megabytes free on the disk of files.recordings below which a warning is logged"
    )
    keep_free_mb: int = Field(
        500, ge=0, description="megabytes that are kept free: with less, `when_full` says what becomes of new talks"
    )
    when_full: Literal["refuse", "record"] = Field(
        "refuse",
        description="what becomes of talks that begin when the disk is full. refuse: they are not recorded, with an "
        "alarm; record: they are, as long as it goes. Calls go on in either case",
    )
    messages_when_full: Literal["take", "refuse"] = Field(
        "take",
        description="what becomes of messages then. take: they are recorded, as long as it goes; refuse: callers hear "
        "that no message can be taken now",
    )
    announce: bool = Field(
        False,
        description="whether callers are told that the call is recorded (the prompt recording_notice), before they "
        "come into a queue whose talks are recorded",
    )
