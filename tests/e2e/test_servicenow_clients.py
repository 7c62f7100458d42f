"""The practice server, as two clients see it that other people wrote: pysnow and pysnc."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from simulator.practice_server import Access
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from tests.e2e.foreign_clients import interpreter, told_by

pytestmark = pytest.mark.e2e

SETTINGS = EstateSettings(n_incidents=800, n_weeks=8, seed=4)


def _certificate(path: Path) -> Path:
    """A key and a certificate for this machine, which nobody has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "practice server")])
    now = datetime.now(UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    secret = key.private_bytes(
        form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(form))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def plain(folder: Path) -> Iterator[ServiceNowServer]:
    with ServiceNowServer(SETTINGS, directory=folder) as server:
        yield server
        assert server.errors == []


@pytest.fixture
def secure(folder: Path) -> Iterator[ServiceNowServer]:
    access = Access(certificate=_certificate(folder / "server.pem"))
    with ServiceNowServer(SETTINGS, directory=folder, access=access) as server:
        yield server
        assert server.errors == []


def _given(server: ServiceNowServer) -> dict[str, str]:
    return {
        "url": server.url,
        "host": server.url.partition("://")[2],
        "user": server.user,
        "password": server.password,
        "client_id": server.client_id,
        "client_secret": server.client_secret,
    }


def _n_inactive(server: ServiceNowServer) -> int:
    cells = (row["active"] for row in server.truth("incident"))
    return sum(isinstance(cell, dict) and cell["value"] == "false" for cell in cells)


def test_the_command_serves_until_it_is_interrupted() -> None:
    call = "from flows.cli import main; main()"
    asked = ["simulate", "servicenow", "--port", "0", "--incidents", "300", "--fault", "clock_skew"]
    command = [sys.executable, "-c", call, *asked]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        told = dict(process.stdout.readline().split()[1].split("=") for _ in range(4))
        start = "CSI_SOURCES__SERVICENOW__"
        user, password = told[f"{start}USER"], told[f"{start}PASSWORD"]
        url = f"{told[f'{start}URL']}/api/now/table/incident?sysparm_limit=1"
        answer = requests.get(url, auth=(user, password), timeout=30)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    assert told[f"{start}KIND"] == "servicenow"
    assert answer.headers["X-Total-Count"] == "300"
    ahead = parsedate_to_datetime(answer.headers["Date"]) - datetime.now(UTC)
    assert ahead > timedelta(seconds=60)


def test_an_unknown_fault_is_a_wrong_setting() -> None:
    call = "from flows.cli import main; main()"
    command = [sys.executable, "-c", call, "simulate", "servicenow", "--fault", "nonsense"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "no fault is called 'nonsense'" in done.stderr


def test_pysnow_reads_pages_and_writes(plain: ServiceNowServer, tmp_path: Path) -> None:
    python = interpreter(tmp_path / "pysnow", "pysnow==0.7.17")
    told = told_by(python, "with_pysnow.py", _given(plain))
    n = _n_inactive(plain)
    assert n > 300
    for way in ("basic", "oauth"):
        assert told[way] == {
            "total": n,
            "pages": -(-n // 100),
            "seen": n,
            "one": "INC0000007",
            "missing": None,
            "made": "made by pysnow",
            "changed": ["restart", "1"],
            "gone": {"status": "record deleted"},
            "after": None,
        }
    assert told["refused"] == "HTTPError"
    assert len(list(plain.truth("sys_audit_delete"))) == 2


def test_pysnc_reads_pages_and_writes_over_tls(secure: ServiceNowServer, tmp_path: Path) -> None:
    python = interpreter(tmp_path / "pysnc", "pysnc[oauth]==1.2.1")
    given = {**_given(secure), "certificate": str(tmp_path / "server.pem")}
    told = told_by(python, "with_pysnc.py", given)
    n = _n_inactive(secure)
    (seventh,) = (
        row
        for row in secure.truth("incident")
        if row["number"] == {"value": "INC0000007", "display_value": "INC0000007"}
    )
    state = seventh["state"]
    assert isinstance(state, dict)
    for way in ("basic", "oauth"):
        assert told[way] == {
            "total": n,
            "seen": n,
            "batched": n,
            "one": ["INC0000007", state["display_value"], state["value"]],
            "made": "made by pysnc",
            "changed": ["restart", "1"],
            "gone": True,
            "after": False,
        }
    assert told["refused"] == "AuthenticationException"
    assert any(logged.target.endswith("/api/now/v1/batch") for logged in secure.requests)
    assert len(list(secure.truth("sys_audit_delete"))) == 2
