"""The part of the section `review` that says who is let in, and where people reach the pages."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from itsm.access import AppRole
from review_app.identity.config import AccessConfig, OidcConfig

_FROZEN = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
_Claim = Annotated[str, Field(min_length=1, max_length=100)]


class OidcSettings(BaseModel):
    """The OpenID provider that vouches for people."""

    model_config = _FROZEN

    issuer: str = Field(description="Its address, exactly as its tokens name it.")
    client_id: str = Field(min_length=1, description="What it calls us.")
    client_secret: SecretStr = Field(
        SecretStr(""), description="What we prove that with; none for a public client."
    )
    title: str = Field(
        "your company account", max_length=60, description="What the log-in page calls it."
    )
    scopes: tuple[str, ...] = Field(("openid", "profile"), description="What is asked for.")
    name_claim: _Claim = Field("preferred_username", description="Where the short name stands.")
    display_claim: _Claim = Field("name", description="Where the name to show stands.")
    groups_claim: _Claim = Field("groups", description="Where the groups stand.")
    roles: dict[str, tuple[AppRole, ...]] = Field(
        default_factory=dict, description="The roles that the members of each group have."
    )
    services: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="The services that the members of each group see, and no others.",
    )
    ends_there: bool = Field(True, description="Logging out offers to log out there, too.")

    @field_validator("issuer")
    @classmethod
    def _safe(cls, issuer: str) -> str:
        parts = urlsplit(issuer)
        is_here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
        if not (parts.scheme == "https" or is_here) or not parts.hostname:
            raise ValueError("an issuer begins with https://")
        return issuer

    @field_validator("scopes")
    @classmethod
    def _openid(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in scopes:
            raise ValueError("openid is among the scopes of every log-in; add it")
        return scopes

    def config(self) -> OidcConfig:
        """What the review pages are handed."""
        given = self.model_dump(exclude={"client_secret", "roles", "services"})
        return OidcConfig(
            **given,
            client_secret=self.client_secret.get_secret_value(),
            roles={group: frozenset(roles) for group, roles in self.roles.items()},
            services={group: frozenset(named) for group, named in self.services.items()},
        )


class AccessSettings(BaseModel):
    """Who is let in to the review pages, and where they are reached."""

    model_config = _FROZEN

    address: str = Field(
        "",
        description="Where people reach the pages, as in https://csi.example.com; without it they "
        "are there for this machine only.",
    )
    certificate: Path | None = Field(
        None, description="The TLS certificate (PEM), where no proxy stands before the pages."
    )
    key: Path | None = Field(None, description="Its private key (PEM).")
    trusted_proxies: tuple[str, ...] = Field(
        (), description="The proxies, by address or network, that tell where a request comes from."
    )
    idle_minutes: float = Field(
        60, ge=1, le=1_440, description="A session ends so long after it was used last."
    )
    longest_hours: float = Field(
        12, ge=0.1, le=168, description="A session ends so long after its log-in in any case."
    )
    local_accounts: bool = Field(True, description="Whether passwords kept here open anything.")
    keep_logins_days: int = Field(
        400, ge=1, le=3_650, description="So long notes on log-ins are kept."
    )
    oidc: OidcSettings | None = Field(
        None, description="The OpenID provider; without it there are local accounts only."
    )

    @field_validator("address")
    @classmethod
    def _plain(cls, address: str) -> str:
        parts = urlsplit(address)
        is_plain = parts.scheme == "https" and parts.hostname and "@" not in parts.netloc
        if address and (not is_plain or parts.path.strip("/") or parts.query or parts.fragment):
            raise ValueError("an address is https://NAME or https://NAME:PORT, with nothing after")
        return address.rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            try:
                ip_network(one)
            except ValueError:
                raise ValueError(f"{one}: no address or network such as 10.0.0.0/24") from None
        return given

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key come together; set both, or neither")
        if self.address and self.certificate is None and not self.trusted_proxies:
            raise ValueError(
                "address: set certificate and key too, or trusted_proxies to the proxy that does "
                "TLS before the pages"
            )
        if self.oidc is None and not self.local_accounts:
            raise ValueError("local_accounts: without them and without oidc nobody could log in")
        return self

    def access(self) -> AccessConfig:
        """What the review pages are handed."""
        return AccessConfig(
            address=self.address,
            idle_s=self.idle_minutes * 60,
            longest_s=self.longest_hours * 3600,
            trusted_proxies=tuple(ip_network(one) for one in self.trusted_proxies),
            oidc=self.oidc.config() if self.oidc else None,
            local=self.local_accounts,
            kept_days=self.keep_logins_days,
        )
