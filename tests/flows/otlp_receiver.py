"""A small receiver of OTLP over HTTP on loopback: what a collector would be sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Received:
    """Everything that came in.

    Attributes:
        endpoint: where the receiver listens.
        spans: each as (name, attributes, whether it failed).
        metrics: names.
        bodies: all bytes, to look for what must not be in them.
    """

    endpoint: str = ""
    spans: list[tuple[str, dict[str, str], bool]] = field(default_factory=list)
    metrics: set[str] = field(default_factory=set)
    services: set[str] = field(default_factory=set)
    bodies: list[bytes] = field(default_factory=list)

    def take(self, path: str, body: bytes) -> None:
        """Read one request."""
        self.bodies.append(body)
        if path == "/v1/traces":
            traces = ExportTraceServiceRequest.FromString(body)
            for resource in traces.resource_spans:
                self.services.add(_attributes(resource.resource)["service.name"])
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        is_failed = span.status.code == span.status.STATUS_CODE_ERROR
                        self.spans.append((span.name, _attributes(span), is_failed))
        else:
            metrics = ExportMetricsServiceRequest.FromString(body)
            for one in metrics.resource_metrics:
                for scoped in one.scope_metrics:
                    self.metrics |= {metric.name for metric in scoped.metrics}


def _attributes(of: Any) -> dict[str, str]:
    return {one.key: one.value.string_value for one in of.attributes}


@contextmanager
def otlp_receiver() -> Iterator[Received]:
    """A receiver that listens until the block ends."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            received.take(self.path, body)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.endpoint = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()
