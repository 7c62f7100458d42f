"""The sections `artefacts`, `delivery` and `subscriptions`: where packs lie, and who gets them."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from itsm.clocks import zone_of
from itsm.errors import ConfigError
from itsm.subscriptions import Channel, Rhythm, mail_address
from reports.deliver.kinds import ChatKind, Security

_FROZEN = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: tuple[str, ...] = get_args(Day)


def _address(text: str) -> str:
    try:
        return mail_address(text)
    except ConfigError as error:
        raise ValueError(str(error)) from None


def _zone(text: str) -> str:
    try:
        zone_of(text)
    except ConfigError as error:
        raise ValueError(str(error)) from None
    return text


MailAddress = Annotated[str, AfterValidator(_address)]
Zone = Annotated[str, AfterValidator(_zone)]
Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$")]
"""A name that can stand in an environment variable."""


class ArtefactSettings(BaseModel):
    """Where the files of packs are archived."""

    model_config = _FROZEN

    address: str = Field(
        "",
        description="A folder, or an address that fsspec knows, such as s3://bucket/csi; without "
        "it the folder artefacts beside the database.",
    )


class MailOAuth(BaseModel):
    """A token in the place of the password, as Microsoft 365 and Google want it (XOAUTH2)."""

    model_config = _FROZEN

    token_url: str = Field(
        pattern=r"^https?://[^\s?#]+$",
        description="Where tokens are given, such as "
        "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token.",
    )
    client_id: str = Field(min_length=1, description="Of the app that may send.")
    client_secret: SecretStr = Field(
        SecretStr(""), description="CSI_DELIVERY__MAIL__OAUTH__CLIENT_SECRET."
    )
    refresh_token: SecretStr = Field(
        SecretStr(""),
        description="CSI_DELIVERY__MAIL__OAUTH__REFRESH_TOKEN, where the app acts for a person; "
        "without it the app asks for itself.",
    )
    scope: str = Field(
        "", description="What the token is for, such as https://outlook.office365.com/.default."
    )


class MailSettings(BaseModel):
    """The mail server and whom mails come from."""

    model_config = _FROZEN

    host: str = Field(min_length=1, description="The mail server; its certificate must name it.")
    port: int = Field(587, ge=1, le=65535, description="587 for starttls, 465 for tls.")
    security: Security = Field(
        Security.STARTTLS, description="starttls, tls, or none for a server on this machine."
    )
    trusts_network: bool = Field(
        False, description="Whether security may be none with a server on another machine."
    )
    username: str = Field("", description="Whom to log in as; without it nobody logs in.")
    password: SecretStr = Field(SecretStr(""), description="CSI_DELIVERY__MAIL__PASSWORD.")
    oauth: MailOAuth | None = Field(
        None, description="Log in with a token; username is then the mailbox."
    )
    ca_file: Path | None = Field(None, description="PEM of a certificate authority of your own.")
    sender: MailAddress = Field(description="The address mails come from.")
    sender_name: str = Field("CSI pipeline", max_length=80, description="The name beside it.")
    reply_to: MailAddress | Literal[""] = Field("", description="Where answers go, if elsewhere.")
    bounces_to: MailAddress | Literal[""] = Field(
        "", description="Where the servers on the way send back what cannot be delivered."
    )
    bounces_folder: Path | None = Field(
        None,
        description="Where the mailbox of bounces_to is kept, as a Maildir or as files: what came "
        "back is noted as refused. Nothing in it is changed.",
    )
    unsubscribe: str = Field(
        "",
        description="An address that takes mails to end a subscription, or a page; {subscription} "
        "in it becomes its id.",
    )
    timeout_s: float = Field(60.0, gt=0, le=600, description="How long an answer may take.")
    max_bytes: int = Field(
        10_000_000,
        ge=10_000,
        le=100_000_000,
        description="Larger attachments stay in the archive, and the mail has a link to them.",
    )

    @field_validator("unsubscribe")
    @classmethod
    def _one_place(cls, place: str) -> str:
        if not place or place.startswith("https://"):
            if not place.isascii() or any(sign in place for sign in "<> \t\r\n"):
                raise ValueError("a page has no space, bracket or accent in its address")
            return place
        return _address(place)

    @model_validator(mode="after")
    def _has_one_way_in(self) -> Self:
        if self.oauth is not None and not self.username:
            raise ValueError("oauth needs username: the mailbox that mails are sent from")
        if self.oauth is not None and self.password.get_secret_value():
            raise ValueError("give a password or oauth, not both")
        return self

    @model_validator(mode="after")
    def _is_kept_from_others(self) -> Self:
        if self.security is not Security.NONE:
            return self
        if self.username:
            raise ValueError("with security none a password would be read by others")
        if not (self.trusts_network or _is_this_machine(self.host)):
            raise ValueError(
                "security none is for a server on this machine; set trusts_network = true if "
                "nobody on the way to it can read along"
            )
        return self


class ChatSettings(BaseModel):
    """A webhook of a chat."""

    model_config = _FROZEN

    kind: ChatKind = Field(description="slack, teams, or webhook for anything that takes JSON.")
    url: SecretStr = Field(description="Its address: CSI_DELIVERY__CHATS__NAME__URL.")


class DeliverySettings(BaseModel):
    """How packs go out."""

    model_config = _FROZEN

    is_on: bool = Field(
        False, description="Whether the scheduled flow sends; csi deliver sends when it is called."
    )
    release: Literal["person", "timer"] = Field(
        "person", description="Who lets a pack out: a person, or a timer if nobody holds it back."
    )
    release_after_h: float = Field(
        4.0, ge=0, le=24 * 14, description="The timer's hours after a pack was made."
    )
    archive_url: str = Field(
        "",
        description="Where a pack can be opened, with {pack} for its id, such as the review app's "
        "https://csi.example.com/packs/{pack}.",
    )
    try_for_h: float = Field(
        48.0, gt=0, le=24 * 14, description="A deferred delivery is tried again for so many hours."
    )
    max_age_days: int = Field(
        14, ge=1, le=366, description="A pack that fell due longer ago is not sent by itself."
    )
    mail: MailSettings | None = Field(None, description="Without it no mail is sent.")
    chats: dict[Name, ChatSettings] = Field(
        default_factory=dict, description="Webhooks of chats, by name."
    )
    folders: dict[Name, str] = Field(
        default_factory=dict,
        description="Folders, shares or object stores packs are put into, by name.",
    )

    @field_validator("archive_url")
    @classmethod
    def _names_a_pack(cls, address: str) -> str:
        if address and ("{pack}" not in address or not address.startswith(("https://", "http://"))):
            raise ValueError("an address begins with https:// and has {pack} in it")
        return address


class SubscriptionSettings(BaseModel):
    """Who gets an edition of the pack; the store takes it over once, and again when it changes."""

    model_config = _FROZEN

    name: str = Field(min_length=1, max_length=80, description="The person or list.")
    channel: Channel | None = Field(
        None, description="mail, chat or folder; without it the edition's own."
    )
    address: str = Field(
        min_length=1,
        max_length=254,
        description="A mail address, or the name of a chat or folder of [delivery].",
    )
    edition: str = Field("executive", description="Which edition; csi pack --help lists them.")
    rhythm: Rhythm = Field(Rhythm.WEEK, description="Packs of each week, month or quarter.")
    services: tuple[str, ...] = Field((), description="A pack for each of these services.")
    vendor: str = Field("", description="The vendor the edition is about.")
    team: str = Field("", description="The team the edition is about.")
    language: str = Field("en", description="en or de.")
    zone: Zone | None = Field(None, description="IANA zone of day and hour; else that of weeks.")
    formats: tuple[str, ...] = Field(
        (),
        description="What is sent, of pdf html mail workbook slides json; else the edition's own.",
    )
    day: Day = Field("tuesday", description="The day packs are sent from.")
    hour: int = Field(8, ge=0, le=23, description="The hour of that day.")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
