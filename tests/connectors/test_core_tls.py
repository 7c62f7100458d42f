from ipaddress import ip_address
from pathlib import Path

import pytest

from connectors.core.auth import NoAuth
from connectors.core.client import HttpClient
from connectors.core.settings import HttpSettings
from itsm.errors import FatalSourceError
from simulator.web import WebServer
from tests.connectors.scripted_server import rows


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate of our own for 127.0.0.1."""
    pytest.importorskip("cryptography", reason="cryptography is not there to make a certificate")
    from cryptography.x509 import IPAddress

    from tests.certificates import own_certificate

    path = tmp_path_factory.mktemp("tls") / "ours.pem"
    return own_certificate(path, IPAddress(ip_address("127.0.0.1")))


def _ask(url: str, ca_bundle: Path | None) -> object:
    settings = HttpSettings(ca_bundle=ca_bundle, tries=1)
    return HttpClient("ours", url, NoAuth(), settings=settings).json("/api").value


def test_a_certificate_that_nobody_vouches_for_is_refused_with_a_remedy(certificate: Path) -> None:
    with (
        WebServer(lambda _request: rows("a"), certificate=certificate) as server,
        pytest.raises(FatalSourceError, match=r"not trusted.*http\.ca_bundle"),
    ):
        _ask(server.url, None)


def test_ones_own_authority_can_be_configured(certificate: Path) -> None:
    with WebServer(lambda _request: rows("a"), certificate=certificate) as server:
        assert _ask(server.url, certificate) == {"result": ["a"]}


def test_a_certificate_of_another_host_is_refused(certificate: Path) -> None:
    with WebServer(lambda _request: rows("a"), certificate=certificate) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        with pytest.raises(FatalSourceError, match="not trusted"):
            _ask(url, certificate)
