"""Servers that speak as the object stores of the clouds do, each in an environment of its own.

moto for Amazon S3, Azurite for Azure Blob Storage, gcp-storage-emulator for Google Cloud Storage;
all listen on this machine only. Clients find them by the variables that the clouds' own tools read.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.places import Place
from tests.e2e.foreign_clients import ENVIRONMENT, interpreter
from tests.e2e.prefect_desk import free_port

BUCKET = "csi-artefacts"
_STARTS_S = 90
_AZURE_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
"""Not a secret: the emulator's account has the same one everywhere."""


@dataclass(frozen=True)
class Cloud:
    """How a cloud's store is had here: what serves it, and what its clients are told."""

    name: str
    protocol: str
    command: Callable[[Path, int], Sequence[str | Path]]
    told: Callable[[int], Mapping[str, str]]


@dataclass(frozen=True)
class CloudStore:
    """A store that is being served, with one bucket in it."""

    cloud: Cloud
    port: int
    log: Path

    @property
    def address(self) -> str:
        """What `artefacts.address` says."""
        return f"{self.cloud.protocol}://{BUCKET}/csi"

    @property
    def environment(self) -> Mapping[str, str]:
        """What clients are told."""
        return self.cloud.told(self.port)

    def under(self, folder: str) -> list[str]:
        """What lies in a folder of the address."""
        return list(Place(self.address, setting="here").names(folder))

    def received(self, folder: str) -> bool:
        """Whether anything was written below a folder of the address, by what the server says."""
        return f"PUT /{BUCKET}/csi/{folder}/" in self.log.read_text(errors="replace")


def _moto(folder: Path, port: int) -> Sequence[str | Path]:
    python = interpreter(folder, "moto[server]")
    return [python.with_name("moto_server"), "-H", "127.0.0.1", "-p", str(port)]


def _azurite(folder: Path, port: int) -> Sequence[str | Path]:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: no Azurite")
    folder.mkdir(parents=True, exist_ok=True)
    wish = [npm, "install", "--no-audit", "--no-fund", "--silent", "azurite@3"]
    done = subprocess.run(
        wish, cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode:
        pytest.skip(f"azurite cannot be installed: {done.stderr.strip()[-300:]}")
    script = folder / "node_modules" / ".bin" / "azurite-blob"
    listens = ["--blobHost", "127.0.0.1", "--blobPort", str(port)]
    alone = ["--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--disableTelemetry"]
    return [script, *listens, *alone]


def _google(folder: Path, port: int) -> Sequence[str | Path]:
    python = interpreter(folder, "gcp-storage-emulator")
    script = python.with_name("gcp-storage-emulator")
    return [script, "start", "--host", "127.0.0.1", "--port", str(port), "--in-memory"]


def _for_amazon(port: int) -> Mapping[str, str]:
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "csi",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _for_azure(port: int) -> Mapping[str, str]:
    account = "devstoreaccount1"
    told = (
        f"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={_AZURE_KEY};"
        f"BlobEndpoint=http://127.0.0.1:{port}/{account};"
    )
    return {"AZURE_STORAGE_CONNECTION_STRING": told}


def _for_google(port: int) -> Mapping[str, str]:
    return {"STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port}", "NO_GCE_CHECK": "true"}


CLOUDS: Mapping[str, Cloud] = {
    cloud.name: cloud
    for cloud in (
        Cloud("Amazon", "s3", _moto, _for_amazon),
        Cloud("Azure", "az", _azurite, _for_azure),
        Cloud("Google", "gs", _google, _for_google),
    )
}


@contextmanager
def cloud_store(name: str, folder: Path) -> Iterator[CloudStore]:
    """A store on this machine with an empty bucket; this process and those it starts find it.

    The test is skipped where the server cannot be had.
    """
    import fsspec

    cloud, port = CLOUDS[name], free_port()
    command = cloud.command(folder / "server", port)
    with (folder / "server.log").open("wb") as log, pytest.MonkeyPatch.context() as environment:
        process = subprocess.Popen(
            command, cwd=folder, env=ENVIRONMENT, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(port, process, folder / "server.log")
            for variable, value in cloud.told(port).items():
                environment.setenv(variable, value)
            client = fsspec.filesystem(cloud.protocol, skip_instance_cache=True)
            client.mkdir(BUCKET)
            type(client).clear_instance_cache()
            yield CloudStore(cloud, port, folder / "server.log")
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + _STARTS_S
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError(f"no store on port {port}: {log.read_text(errors='replace')[-2000:]}")


def somewhere_else(told: Mapping[str, str]) -> dict[str, str]:
    """The environment of another process that is told of a store in its own way."""
    return {**os.environ, **told}
