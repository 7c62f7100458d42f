"""A webhook on loopback that keeps what it is given and answers as it is told."""

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Webhook:
    """What was posted, and how it answers: a code, a body, after a while, or not at all."""

    code: int = 200
    body: bytes = b"ok"
    slow_s: float = 0.0
    hangs_up: bool = False
    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@contextmanager
def webhook(hook: Webhook, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A running webhook; its port."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # as the library calls it
            data = self.rfile.read(int(self.headers["Content-Length"]))
            hook.posted.append((self.path, json.loads(data)))
            time.sleep(hook.slow_s)
            if hook.hangs_up:
                self.connection.close()
                return
            self.send_response(hook.code)
            self.send_header("Content-Length", str(len(hook.body)))
            self.end_headers()
            self.wfile.write(hook.body)

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
