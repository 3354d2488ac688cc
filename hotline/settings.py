"""Settings: environment ``HOTLINE_*`` over one file ``hotline.toml`` over the defaults below.

Groups are nested with ``__`` in the environment (``HOTLINE_SIP__PORT``) and are tables in the file (``[sip]``). What
people, queues and departments there are, how long phones ring and how long wrap-up lasts is not here: that is
``dialplans/directory.yaml``. ``hotline.settings_file`` loads, and words mistakes.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from hotline.overload_settings import OverloadSettings
from hotline.parking_settings import ParkingSettings
from hotline.recording_settings import RecordingSettings
from hotline.report_settings import ReportSettings
from hotline.retention_settings import RetentionSettings
from hotline.settings_groups import (
    AgentSettings,
    AgiSettings,
    AmiSettings,
    AsteriskSettings,
    CallSettings,
    FileSettings,
    HttpSettings,
    LogSettings,
    LookUpSettings,
    OutboundSettings,
    ServiceLineSettings,
    SipSettings,
    StoreSettings,
    SupervisionSettings,
    known_zone,
)
from hotline.ticket_settings import TicketSettings
from hotline.webhook_settings import WebhookSettings

ENV_PREFIX = "HOTLINE_"
CONFIG_VARIABLE = "HOTLINE_CONFIG"  # names the file; not a setting itself
QUIET_VARIABLE = "HOTLINE_QUIET"  # set by those who start the service for themselves: no log on the terminal
DEFAULT_FILE = "hotline.toml"


class Settings(BaseSettings):
    """All settings of the service. Frozen; make one with ``hotline.settings_file.load_settings``."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter="__", env_ignore_empty=True, extra="forbid", frozen=True
    )

    state_dir: Path = Field(
        Path("var"),
        description="folder for everything made at run time: secrets, configuration, logs, recordings, the store",
    )
    dialled_number: str = Field(
        "12345", pattern=r"^[0-9]{1,15}$", description="the hotline's number, which seats can dial too"
    )
    language: Literal["zh", "en"] = Field("zh", description="language of callers who have not chosen one")
    time_zone: Annotated[str, AfterValidator(known_zone)] = Field(
        "Asia/Shanghai", description="time zone of opening hours, ticket numbers and spoken times"
    )
    asterisk: AsteriskSettings = AsteriskSettings.model_validate({})
    sip: SipSettings = SipSettings.model_validate({})
    ami: AmiSettings = AmiSettings.model_validate({})
    agi: AgiSettings = AgiSettings.model_validate({})
    http: HttpSettings = HttpSettings.model_validate({})
    store: StoreSettings = StoreSettings.model_validate({})
    files: FileSettings = FileSettings.model_validate({})
    calls: CallSettings = CallSettings.model_validate({})
    overload: OverloadSettings = OverloadSettings.model_validate({})
    agents: AgentSettings = AgentSettings.model_validate({})
    outbound: OutboundSettings = OutboundSettings.model_validate({})
    parking: ParkingSettings = ParkingSettings.model_validate({})
    service_line: ServiceLineSettings = ServiceLineSettings.model_validate({})
    supervision: SupervisionSettings = SupervisionSettings.model_validate({})
    lookups: LookUpSettings = LookUpSettings.model_validate({})
    recordings: RecordingSettings = RecordingSettings.model_validate({})
    tickets: TicketSettings = TicketSettings.model_validate({})
    webhooks: WebhookSettings = WebhookSettings.model_validate({})
    report: ReportSettings = ReportSettings.model_validate({})
    retention: RetentionSettings = RetentionSettings.model_validate({})
    log: LogSettings = LogSettings.model_validate({})

    @model_validator(mode="after")
    def _external_needs_secret(self) -> "Settings":
        if self.asterisk.mode == "external" and self.ami.secret is None:
            raise ValueError("asterisk.mode is 'external': set ami.secret (or HOTLINE_AMI__SECRET) to its manager's")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over file over defaults; the file is what ``toml_file`` names."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    # -- where things are, once the empty ones are filled in --------------------------------------------------------

    @property
    def store_url(self) -> str:
        """The ticket store's SQLAlchemy async URL."""
        if self.store.url is not None:
            return self.store.url.get_secret_value()
        return f"sqlite+aiosqlite:///{self.state_dir.absolute() / 'hotline.db'}"

    @property
    def directory_file(self) -> Path:
        """The file of people, queues, departments and seats."""
        return self.files.directory or self.files.dialplans / "directory.yaml"

    @property
    def umask(self) -> int:
        """The process's umask: what callers say and who they are is for this user only, and for the group of an
        Asterisk that is not ours."""
        return 0o077 if self.asterisk.mode == "managed" else 0o007

    @property
    def recordings_dir(self) -> Path:
        """The folder of recordings and voicemails."""
        return self.files.recordings or self.state_dir / "recordings"

    @property
    def prompts_dir(self) -> Path:
        """The folder of spoken prompts."""
        return self.files.prompts or self.state_dir / "prompts"

    @property
    def log_file(self) -> Path:
        """The service's own log, one JSON object a line."""
        return self.state_dir / "log" / "hotline.log"

    @property
    def control_file(self) -> Path:
        """Where the running service writes its control address and token; absent when it is not running."""
        return self.state_dir / "control.json"

    @property
    def asterisk_file(self) -> Path:
        """Where the supervisor writes the process id of the Asterisk it started."""
        return self.state_dir / "asterisk.json"

    @property
    def secrets_file(self) -> Path:
        """Random secrets of this installation: the manager account and the seats' SIP passwords."""
        return self.state_dir / "secrets.json"

    @property
    def pins_file(self) -> Path:
        """Agents' PINs that the directory does not name."""
        return self.state_dir / "pins"

    @property
    def webhook_secrets_file(self) -> Path:
        """The secrets by which other systems know that a message is ours."""
        return self.state_dir / "webhook-secrets.json"

    @property
    def api_tokens_file(self) -> Path:
        """The tokens of the REST API, each with its role."""
        return self.state_dir / "api-tokens.json"

    @property
    def audit_file(self) -> Path:
        """Who listened to whom, and when."""
        return self.state_dir / "audit.jsonl"

    @property
    def service_pin_file(self) -> Path:
        """The PIN of the service line."""
        return self.state_dir / "service_pin"

    @property
    def flow_pins_file(self) -> Path:
        """Hashes of the PINs that flows ask for."""
        return self.state_dir / "flow_pins.json"

    @property
    def spool_file(self) -> Path:
        """Where the journal puts events aside while the store is away."""
        return self.state_dir / "spool.jsonl"
