"""Headers that a system wants with every request, beside those that say who asks."""

from collections.abc import Mapping
from dataclasses import dataclass

from requests import PreparedRequest

from connectors.core.auth import Auth


@dataclass(frozen=True, slots=True)
class WithHeaders:
    """Credentials, and headers that hold no secret."""

    auth: Auth
    headers: Mapping[str, str]

    @property
    def account(self) -> str:
        """One word for who asks."""
        return self.auth.account

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be told."""
        return self.auth.secrets

    def prepare(self, request: PreparedRequest) -> None:
        """Put the headers and the credentials on a request."""
        request.headers.update(self.headers)
        self.auth.prepare(request)

    def renew(self) -> bool:
        """Get new credentials, if there are any to get."""
        return self.auth.renew()
