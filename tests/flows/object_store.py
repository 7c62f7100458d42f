"""A small store of files over HTTP, as Hadoop's WebHDFS speaks it: a place that is no disk of ours.

fsspec brings the client, which needs nothing but requests.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_ROOT = "/webhdfs/v1"


class ObjectStore(ThreadingHTTPServer):
    """Files by path, in memory; folders are what files lie in."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.lock = threading.Lock()
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        """What `artefacts.address` says."""
        return f"webhdfs://127.0.0.1:{self.server_address[1]}/csi"

    def under(self, folder: str) -> list[str]:
        """The paths of the files below a folder of the address."""
        with self.lock:
            return sorted(path for path in self.files if path.startswith(f"/csi/{folder}/"))

    def received(self, folder: str) -> bool:
        """Whether anything was written below a folder of the address, ever."""
        with self.lock:
            return any(one.startswith(f"CREATE /csi/{folder}/") for one in self.asked)


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """A store on this machine, until it is left."""
    store = ObjectStore()
    thread = threading.Thread(target=store.serve_forever, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        store.shutdown()
        store.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: ObjectStore
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        split = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(split.query).items()}
        path, op = unquote(split.path.removeprefix(_ROOT)), asked["op"]
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            self.server.asked.append(f"{op} {path}")
            status, body, location = self._done(op, path, asked, sent)
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815  # as http.server calls them

    def _done(
        self, op: str, path: str, asked: dict[str, str], sent: bytes
    ) -> tuple[int, bytes, str]:
        files = self.server.files
        if op in {"CREATE", "APPEND"}:
            if "data" not in asked:  # the client is sent on to where it may write
                host, port = self.server.server_address[:2]
                return 307, b"", f"http://{host!s}:{port}{self.path}&data=true"
            files[path] = sent if op == "CREATE" else files[path] + sent
            return (201 if op == "CREATE" else 200), b"", ""
        if op == "MKDIRS":
            return 200, b'{"boolean": true}', ""
        if op == "DELETE":
            gone = [one for one in files if one == path or one.startswith(f"{path}/")]
            for one in gone:
                del files[one]
            return 200, json.dumps({"boolean": bool(gone)}).encode(), ""
        if op == "OPEN" and path in files:
            start, length = int(asked.get("offset", 0)), int(asked.get("length", 1 << 60))
            return 200, files[path][start : start + length], ""
        if op == "GETFILESTATUS" and path in files:
            return 200, json.dumps({"FileStatus": self._status("", path)}).encode(), ""
        names = sorted({one[len(path) + 1 :].split("/")[0] for one in files if _in(one, path)})
        if not names:
            told = {"exception": "FileNotFoundException", "message": path}
            return 404, json.dumps({"RemoteException": told}).encode(), ""
        if op == "GETFILESTATUS":
            return 200, json.dumps({"FileStatus": self._status("", path)}).encode(), ""
        listed = [self._status(name, f"{path}/{name}") for name in names]
        return 200, json.dumps({"FileStatuses": {"FileStatus": listed}}).encode(), ""

    def _status(self, name: str, path: str) -> dict[str, Any]:
        data = self.server.files.get(path)
        kind = "DIRECTORY" if data is None else "FILE"
        return {"pathSuffix": name, "type": kind, "length": len(data or b"")}

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _in(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/")
