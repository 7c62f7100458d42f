"""Answers of a server, recorded once and given again word for word: the same pages for everyone.

    python -m tests.bench.replay record FOLDER UPSTREAM_URL    passes requests on, keeps the answers
    python -m tests.bench.replay serve FOLDER                  gives the kept answers again

Both print their URL and run until they are stopped. `/pages/N` gives the N-th page of incidents
whatever its own address was, with a Link to the next one. What was asked, in its order, is kept in
`asked.json`. Questions that are posted are told apart by what was posted.
"""

import argparse
import hashlib
import http.client
import json
import signal
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

KEPT = ("Content-Type", "X-Total-Count", "Content-Range", "Link", "Date")
GOODBYES = ("/logout", "/killSession")
"""What ends a session; it is kept up, so that what was asked can be asked again."""
PAGE_OF = "/api/now/table/incident?"


class Answers:
    """Recorded answers on disk: an index, and the bodies one after the other."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._index_path, self._bodies = folder / "index.json", folder / "bodies.bin"
        known = self._index_path.exists()
        self.index: dict[str, list[object]] = (
            json.loads(self._index_path.read_text()) if known else {}
        )
        self.asked: list[tuple[str, str, str, Mapping[str, str]]] = []
        self._asked_path = folder / "asked.json"

    def keep(self, url: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Keep an answer; a later one to the same request replaces it."""
        with self._bodies.open("ab") as file:
            start = file.tell()
            file.write(body)
        self.index[url] = [status, dict(headers), start, len(body)]

    def save(self) -> None:
        """Write the index, and what was asked."""
        self._index_path.write_text(json.dumps(self.index))
        self._asked_path.write_text(json.dumps(self.asked))

    def body(self, start: int, size: int) -> bytes:
        """A kept body."""
        with self._bodies.open("rb") as file:
            file.seek(start)
            return file.read(size)

    @property
    def pages(self) -> list[str]:
        """The addresses of the pages of incidents that hold rows of all fields, in their order."""
        return [
            url
            for url, (_, _, _, size) in self.index.items()
            if url.startswith(PAGE_OF) and isinstance(size, int) and size > 10_000
        ]


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Header and body are written apart; the second would wait 40 ms for word of the first.
    answers: ClassVar[Answers]
    upstream: ClassVar[str | None] = None
    pages: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Give what is kept, or pass the request on and keep what comes back."""
        if self.path.startswith("/pages/"):
            self._page(int(self.path.rpartition("/")[2]))
        elif self.upstream is not None:
            self._pass_on(None)
        else:
            self._give(self.path, {})

    def do_POST(self) -> None:
        """Pass a request for a token on; a kept one is given again."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.upstream is not None:
            self._pass_on(body)
        else:
            self._give(_key(self.path, body), {})

    def _page(self, n: int) -> None:
        following = {"Link": f'<{self._base}/pages/{n + 1}>;rel="next"'}
        self._give(self.pages[n], following if n + 1 < len(self.pages) else {"Link": ""})

    @property
    def _base(self) -> str:
        return f"http://{self.headers['Host']}"

    def _give(self, url: str, instead: Mapping[str, str]) -> None:
        kept = self.answers.index.get(url)
        if kept is None:
            sys.stderr.write(f"not recorded: {url}\n")
            self._send(404, {"Content-Type": "text/plain"}, b"not recorded")
            return
        status, headers, start, size = kept
        assert isinstance(status, int) and isinstance(headers, dict)
        assert isinstance(start, int) and isinstance(size, int)
        self._send(status, {**headers, **instead}, self.answers.body(start, size))

    def _pass_on(self, body: bytes | None) -> None:
        assert self.upstream is not None
        if self.path.endswith(GOODBYES):
            self._send(204, {}, b"")
            return
        there = urlsplit(self.upstream)
        connection = http.client.HTTPConnection(there.netloc, timeout=600)
        passed = {name: value for name, value in self.headers.items() if name != "Host"}
        connection.request(self.command, self.path, body=body, headers=passed)
        answer = connection.getresponse()
        content = answer.read()
        headers = {name: value for name in KEPT if (value := answer.getheader(name))}
        connection.close()
        self.answers.asked.append(
            (self.command, self.path, (body or b"").decode("latin-1"), passed)
        )
        self.answers.keep(_key(self.path, body), answer.status, headers, content)
        self._send(answer.status, headers, content)

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _key(path: str, body: bytes | None) -> str:
    """What an answer is kept under."""
    return f"{path} {hashlib.sha256(body).hexdigest()[:16]}" if body else path


def main() -> None:
    """Record or serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["record", "serve"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("upstream", nargs="?")
    given = parser.parse_args()
    Handler.answers = Answers(given.folder)
    Handler.upstream = given.upstream if given.what == "record" else None
    Handler.pages = Handler.answers.pages
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    stopped.wait()
    if Handler.upstream is not None:
        Handler.answers.save()


if __name__ == "__main__":
    main()
