"""Words of the settings: how a mail server is spoken to, and what listens at a webhook."""

from enum import StrEnum


class Security(StrEnum):
    """How the connection is kept from others."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"
    """Only for a server on this machine, or on a network one trusts."""


class ChatKind(StrEnum):
    """What listens at a webhook."""

    SLACK = "slack"
    TEAMS = "teams"
    WEBHOOK = "webhook"
    """Anything that takes {"title": ..., "message": ..., "type": "info"} as JSON."""
