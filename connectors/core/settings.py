"""How a source is spoken to over HTTP: the settings all systems share."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

FROM_ENVIRONMENT = "environment"
"""The value of `proxy` that means: what HTTPS_PROXY and its like name."""


class HttpSettings(BaseModel):
    """Timeouts, retries, certificates and proxy of one source."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    connect_timeout_s: float = Field(
        default=10.0, gt=0, le=300, description="Seconds to wait for a connection."
    )
    read_timeout_s: float = Field(
        default=90.0, gt=0, le=3600, description="Seconds to wait for the next bytes of an answer."
    )
    tries: int = Field(
        default=4, ge=1, le=20, description="Times a request is made before it is given up."
    )
    first_wait_s: float = Field(
        default=1.0, gt=0, le=60, description="Seconds before the second try; later waits double."
    )
    max_wait_s: float = Field(
        default=900.0,
        ge=0,
        le=7200,
        description="Seconds one request may wait in all, rate limits included. A system that asks "
        "for more is left alone, and the run tries again later.",
    )
    max_answer_mb: int = Field(
        default=200, ge=1, le=4096, description="Longest answer that is read, in MB."
    )
    ca_bundle: Path | None = Field(
        default=None,
        description="File with the certificates of your own authority; left out, the usual ones.",
    )
    proxy: SecretStr | None = Field(
        default=None,
        description="URL of a proxy, or 'environment' for what HTTPS_PROXY names; left out, none.",
    )
    allow_http: bool = Field(
        default=False,
        description="Speak http:// with other machines, too; passwords are then readable on the "
        "way. This machine may always be spoken to without TLS.",
    )
