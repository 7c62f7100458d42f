"""How people prove who they are, as a company has configured it; plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from urllib.parse import urlsplit

from itsm.access import AppRole, Braking

Network = IPv4Network | IPv6Network
MANY = Braking(n_free=30)
"""Many people share an address, and anybody can type a name: these bite late."""
FEW = Braking(n_free=5)
"""A person who mistypes their own password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcConfig:
    """The OpenID provider.

    Attributes:
        issuer: its address, as its tokens name it.
        client_id: what it calls us.
        client_secret: what we prove that with; "" for a public client, which PKCE protects.
        title: what the log-in page calls it.
        scopes: what is asked for.
        name_claim, display_claim, groups_claim: where a person's short name, name and groups stand.
        roles: what the members of each group may do.
        services: the services that the members of each group see, for service owners.
        ends_there: whether logging out offers to log out at the provider, too.
    """

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    title: str = "your company account"
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: str = "preferred_username"
    display_claim: str = "name"
    groups_claim: str = "groups"
    roles: Mapping[str, frozenset[AppRole]] = field(default_factory=dict)
    services: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ends_there: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessConfig:
    """Who is let in, and for how long.

    Attributes:
        address: where people reach the pages, as in https://csi.example.com; "": on this machine.
        idle_s: a session ends so long after it was used last.
        longest_s: a session ends so long after its log-in in any case.
        trusted_proxies: whose word on where a request comes from is taken.
        oidc: the OpenID provider; None: local accounts only.
        local: whether local accounts may log in.
        kept_days: so long notes on log-ins are kept.
        per_name, per_address, per_pair: the brakes on guessing.
    """

    address: str = ""
    idle_s: float = 3600.0
    longest_s: float = 12 * 3600.0
    trusted_proxies: tuple[Network, ...] = ()
    oidc: OidcConfig | None = None
    local: bool = True
    kept_days: int = 400
    per_name: Braking = MANY
    per_address: Braking = MANY
    per_pair: Braking = FEW

    @property
    def is_secure(self) -> bool:
        """Whether people reach the pages through TLS."""
        return urlsplit(self.address).scheme == "https"

    @property
    def host(self) -> str:
        """The Host header of our address, "" where the pages are for this machine only."""
        return urlsplit(self.address).netloc.lower()
