"""The settings of a company: `csi.toml` and the environment, put together once, at the start."""

from collections.abc import Callable, Mapping, Set
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    ConfigDict,
    Discriminator,
    Field,
    SecretStr,
    Tag,
    ValidationError,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from checks.settings import CheckSettings
from connectors.bmc_helix.config import BmcHelixConfig
from connectors.cherwell.config import CherwellConfig
from connectors.files.config import FileSourceConfig
from connectors.freshservice.config import FreshserviceConfig
from connectors.glpi.config import GlpiConfig
from connectors.itop.config import ItopConfig
from connectors.jira.config import JiraConfig
from connectors.rt.config import RtConfig
from connectors.servicenow.config import ServiceNowConfig
from flows.catching_up_settings import CatchingUpSettings, PlanSettings
from flows.delivery_settings import ArtefactSettings, DeliverySettings, SubscriptionSettings
from flows.figure_settings import FigureSettings
from flows.operating_settings import BackupSettings, LateSettings, LogSettings, SweepSettings
from flows.people_settings import AuditSettings, ImprovementSettings, PersonSettings
from flows.privacy_settings import PrivacySettings, RetentionSettings
from flows.push_settings import PushRules
from flows.reference_settings import ServiceSettings, reference_file
from flows.review_settings import ReviewSettings
from flows.run_settings import CostSettings, MiningRunSettings
from flows.settings_errors import told_errors
from flows.vendor_settings import VendorSettings
from itsm.clocks import zone_of
from itsm.errors import ConfigError

_FROZEN = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class CherwellSettings(CherwellConfig):
    """A Cherwell CSM that is read over its REST API."""

    kind: Literal["cherwell"] = Field("cherwell", description="How the source is read.")


class FilesSettings(FileSourceConfig):
    """A source that is read from exports."""

    kind: Literal["files"] = Field("files", description="How the source is read.")


class FreshserviceSettings(FreshserviceConfig):
    """A Freshservice account that is read over its REST API."""

    kind: Literal["freshservice"] = Field("freshservice", description="How the source is read.")


class GlpiSettings(GlpiConfig):
    """A GLPI that is read over its REST API."""

    kind: Literal["glpi"] = Field("glpi", description="How the source is read.")


class BmcHelixSettings(BmcHelixConfig):
    """A BMC Helix ITSM that is read over the AR System's REST API."""

    kind: Literal["bmc_helix"] = Field("bmc_helix", description="How the source is read.")


class ItopSettings(ItopConfig):
    """An iTop that is read over REST/JSON."""

    kind: Literal["itop"] = Field("itop", description="How the source is read.")


class JiraSettings(JiraConfig):
    """A Jira Service Management site that is read over its API."""

    kind: Literal["jira"] = Field("jira", description="How the source is read.")


class RtSettings(RtConfig):
    """A Request Tracker that is read over REST 2."""

    kind: Literal["rt"] = Field("rt", description="How the source is read.")


class ServiceNowSettings(ServiceNowConfig):
    """A ServiceNow instance that is read over its API."""

    kind: Literal["servicenow"] = Field("servicenow", description="How the source is read.")


def _kind_of(given: object) -> str:
    """How a source is read; from files if it does not say."""
    kind = given.get("kind") if isinstance(given, Mapping) else getattr(given, "kind", None)
    return "files" if kind is None else str(kind)


SourceSettings = Annotated[
    Annotated[BmcHelixSettings, Tag("bmc_helix")]
    | Annotated[CherwellSettings, Tag("cherwell")]
    | Annotated[FilesSettings, Tag("files")]
    | Annotated[FreshserviceSettings, Tag("freshservice")]
    | Annotated[GlpiSettings, Tag("glpi")]
    | Annotated[ItopSettings, Tag("itop")]
    | Annotated[JiraSettings, Tag("jira")]
    | Annotated[RtSettings, Tag("rt")]
    | Annotated[ServiceNowSettings, Tag("servicenow")],
    Discriminator(
        _kind_of,
        custom_error_type="unknown_kind",
        custom_error_message="kind: there is no such connector; choose from "
        "bmc_helix, cherwell, files, freshservice, glpi, itop, jira, rt, servicenow",
    ),
]
"""The settings of a source, by its `kind`."""


class Settings(BaseSettings):
    """All settings of one installation.

    Values come from `csi.toml`; the environment wins, as in `CSI_DATABASE` or
    `CSI_SOURCES__SERVICENOW_PROD__TOKEN`.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        env_prefix="CSI_",
        env_nested_delimiter="__",
        defer_build=True,
    )

    organisation: str = Field("Our organisation", description="The name a pack carries.")
    zone: str = Field("UTC", description="IANA time zone of the reporting weeks.")
    database: SecretStr = Field(
        SecretStr("sqlite:///csi.sqlite"),
        description="Database URL: sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME.",
    )
    out: Path = Field(Path("out"), description="The folder packs and exports are written to.")
    cutoff_lag_h: Annotated[float, Field(ge=0, le=24 * 28)] = Field(
        24.0, description="Hours after the end of a week in which late updates still count."
    )
    sources: dict[str, SourceSettings] = Field(
        default_factory=dict, description="The sources, by name."
    )
    cost: CostSettings = CostSettings()
    figures: FigureSettings = FigureSettings()
    services: dict[str, ServiceSettings] = Field(
        default_factory=dict,
        description="What no tool holds of services, by name: owner, criticality, users.",
    )
    vendors: dict[str, VendorSettings] = Field(
        default_factory=dict,
        description="What was agreed with vendors, by name: clauses, fee, ladder, contingency.",
    )
    mining: MiningRunSettings = MiningRunSettings()
    checks: CheckSettings = CheckSettings()
    review: ReviewSettings = ReviewSettings()
    people: dict[str, PersonSettings] = Field(
        default_factory=dict,
        description="Who acts in the register, by the short name they act under.",
    )
    improvement: ImprovementSettings = ImprovementSettings()
    audit: AuditSettings = AuditSettings()
    push: PushRules = PushRules()
    artefacts: ArtefactSettings = ArtefactSettings()
    delivery: DeliverySettings = DeliverySettings()
    subscriptions: tuple[SubscriptionSettings, ...] = Field(
        (), description="Who gets which edition of the pack, where, in what form, and when."
    )
    privacy: PrivacySettings = PrivacySettings()
    retention: RetentionSettings = RetentionSettings()
    secrets_end: dict[str, date] = Field(
        default_factory=dict,
        description="The day on which a password, token or certificate ends, by a name of yours.",
    )
    backup: BackupSettings = BackupSettings()
    logs: LogSettings = LogSettings()
    late: LateSettings = LateSettings()
    sweep: SweepSettings = SweepSettings()
    catching_up: CatchingUpSettings = CatchingUpSettings()
    plan: PlanSettings = PlanSettings()

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            zone_of(name)
        except ConfigError as error:
            raise ValueError(str(error)) from None
        return name

    @property
    def cutoff_lag(self) -> timedelta:
        """How long late updates of a week still count."""
        return timedelta(hours=self.cutoff_lag_h)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before the file, and what a caller gives before both."""
        file = TomlConfigSettingsSource(settings_cls)
        given = set(init_settings().get("sources", ()))
        named = given | set(file().get("sources", ()))
        environment = _Environment(settings_cls, env_settings, named, may_add=not given)
        beside = settings_cls.model_config.get("toml_file")
        if not isinstance(beside, Path):
            return init_settings, environment, file
        return (
            init_settings,
            environment,
            file,
            TomlConfigSettingsSource(settings_cls, reference_file(beside)),
        )


class _Environment(PydanticBaseSettingsSource):
    """The environment, without the secrets of sources that this run does not have.

    Someone who has exported a password for one configuration can use another one all the same.
    """

    def __init__(
        self,
        settings_cls: type[BaseSettings],
        source: PydanticBaseSettingsSource,
        named: Set[str],
        *,
        may_add: bool,
    ) -> None:
        super().__init__(settings_cls)
        self._source = source
        self._named = named
        self._may_add = may_add

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The value of one field, as pydantic asks for it."""
        return self._source.get_field_value(field, field_name)

    def __call__(self) -> dict[str, Any]:
        """All values; a source that is named nowhere else must say its kind."""
        values = self._source()
        if isinstance(sources := values.get("sources"), dict):
            values["sources"] = {
                name: one
                for name, one in sources.items()
                if name in self._named or (self._may_add and "kind" in one)
            }
        return values


def load_settings(path: Path | None = None, given: Mapping[str, object] | None = None) -> Settings:
    """The settings from a file (None: from the environment alone) and what a caller gives.

    Raises:
        ConfigError: the file is missing or not TOML, or a value is not allowed; names the key.
    """
    if path is not None and not path.is_file():
        raise ConfigError(f"{path} does not exist; make it, or name another file with --config")
    make = _bound_to(path)
    try:
        return make(**(given or {}))
    except ValidationError as error:
        raise ConfigError(told_errors(error, path)) from None
    except ValueError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None


def _bound_to(path: Path | None) -> Callable[..., Settings]:
    """The settings class that reads one file."""

    class Bound(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    return Bound
