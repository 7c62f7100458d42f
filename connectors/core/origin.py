"""Where a source lives: one origin and a base path, and nothing is sent anywhere else."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit, urlunsplit

from itsm.errors import ConfigError, FatalSourceError

_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a source, and the path its API starts from ("" or "/path")."""

    source: str
    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, source: str, base_url: str, *, allow_http: bool) -> "Origin":
        """The origin of a base URL.

        Raises:
            ConfigError: it is not an absolute http(s) URL, has more than a path, or would send
                passwords in the clear.
        """
        parts = _split(base_url)
        if parts is None or parts.scheme not in _PORTS or not parts.hostname:
            raise ConfigError(
                f"sources.{source}: url: write it as https://HOST or https://HOST/PATH"
            )
        if parts.query or parts.fragment or "@" in parts.netloc:
            raise ConfigError(
                f"sources.{source}: url: leave out user, password and whatever follows the path"
            )
        if parts.scheme == "http" and not (allow_http or is_loopback(parts.hostname)):
            raise ConfigError(
                f"sources.{source}: url: http:// would send passwords in the clear; write "
                "https://, or set http.allow_http"
            )
        port = parts.port or _PORTS[parts.scheme]
        return cls(source, parts.scheme, parts.hostname, port, parts.path.rstrip("/"))

    @property
    def netloc(self) -> str:
        """Host and, unless it goes without saying, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def url(self, path_or_url: str) -> str:
        """The URL of a path below the base path, or an absolute URL if it is of this origin.

        Raises:
            FatalSourceError: it leads elsewhere.
        """
        if not _SCHEME.match(path_or_url):
            path, mark, query = path_or_url.partition("?")
            return f"{self.scheme}://{self.netloc}{self.path}/{path.lstrip('/')}{mark}{query}"
        parts = _split(path_or_url)
        if parts is None or not self._is_own(parts):
            raise self._foreign(parts)
        return urlunsplit((self.scheme, self.netloc, parts.path, parts.query, ""))

    def redirected(self, url: str, location: str) -> str:
        """The URL a redirect of this origin leads to.

        Raises:
            FatalSourceError: it leads elsewhere.
        """
        if _SCHEME.match(location):
            absolute = location if "://" in location else f"{self.scheme}:{location}"
            return self.url(absolute)
        if not location.startswith("/"):
            location = urlsplit(url).path.rpartition("/")[0] + "/" + location
        return self.url(f"{self.scheme}://{self.netloc}{location}")

    def rebased(self, link: str) -> str:
        """The URL on this origin that a link means, though it may name a host we cannot see.

        Systems behind a proxy give links with their inner name. Path and query are kept; the base
        path is put before them if they lack it.
        """
        parts = _split(link) if _SCHEME.match(link) else urlsplit(link)
        if parts is None:
            raise FatalSourceError(self.source, "gave a link that is not a URL")
        path = "/" + parts.path.lstrip("/")
        if self.path and path != self.path and not path.startswith(self.path + "/"):
            path = self.path + path
        return urlunsplit((self.scheme, self.netloc, path, parts.query, ""))

    def _is_own(self, parts: SplitResult) -> bool:
        return (
            parts.scheme == self.scheme
            and parts.hostname == self.host
            and (parts.port or _PORTS[parts.scheme]) == self.port
            and "@" not in parts.netloc
        )

    def _foreign(self, parts: SplitResult | None) -> FatalSourceError:
        to = f"{parts.scheme}://{parts.hostname}" if parts and parts.hostname else "no known place"
        return FatalSourceError(
            self.source,
            f"leads to {to}, and not to {self.scheme}://{self.netloc}: refused, since the "
            "credentials would go there; if that is where it lives now, change the url",
        )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split(url: str) -> SplitResult | None:
    """The parts of an absolute URL, scheme and host in lower case; None if it is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme else None
