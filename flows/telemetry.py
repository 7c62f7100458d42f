"""Traces and metrics by OpenTelemetry's standard variables; nothing unless they are set.

`OTEL_EXPORTER_OTLP_ENDPOINT` (or that of traces or metrics alone) turns them on, the other OTEL_*
variables mean what the OpenTelemetry specification says. It takes the extra `otel`.
"""

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flows.run_ids import run_id

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter, Histogram
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

LOGGER = logging.getLogger(__name__)
SERVICE = "csi-pipeline"
_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_SIGNALS = ("traces", "metrics")
_FLUSH_MS = 10_000


@dataclass
class Meters:
    """What is measured: how long stages take, and how many records they took in or set aside."""

    tracer: "Tracer"
    durations: "Histogram"
    records: "Counter"
    providers: "list[TracerProvider | MeterProvider]" = field(default_factory=list)


class _State:
    """What this process exports to; None until it was looked whether it should."""

    meters: Meters | None = None
    is_looked_at = False


def is_asked_for(environment: Mapping[str, str], signal: str) -> bool:
    """Whether the standard variables ask for a signal."""
    if environment.get("OTEL_SDK_DISABLED", "").casefold() == "true":
        return False
    if environment.get(f"OTEL_{signal.upper()}_EXPORTER", "otlp") == "none":
        return False
    return bool(
        environment.get(_ENDPOINT)
        or environment.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT")
    )


@contextmanager
def span(stage: str, source: str = "") -> Iterator[None]:
    """A span around a stage, and its duration; an error is told by its type only."""
    meters, named = _meters(), {"csi.stage": stage} | ({"csi.source": source} if source else {})
    if meters is None:
        yield
        return
    started, kind = time.monotonic(), ""
    with meters.tracer.start_as_current_span(
        f"csi.{stage}", record_exception=False, set_status_on_exception=False
    ) as one:
        one.set_attributes({**named, "csi.run": run_id()})
        try:
            yield
        except BaseException as error:
            kind = type(error).__name__
            one.set_attribute("error.type", kind)
            _set_failed(one)
            raise
        finally:
            told = named | ({"error.type": kind} if kind else {})
            meters.durations.record(time.monotonic() - started, told)


def count_records(source: str, kind: str, outcome: str, n: int) -> None:
    """Count records by what became of them: landed, quarantined, deleted."""
    meters = _meters()
    if meters is not None and n:
        named = {"csi.source": source, "csi.kind": kind, "csi.outcome": outcome}
        meters.records.add(n, named)


def flush() -> None:
    """Send what waits to be sent; to be called when the work is done."""
    if _State.meters is not None:
        for provider in _State.meters.providers:
            provider.force_flush(_FLUSH_MS)


def _meters() -> Meters | None:
    if not _State.is_looked_at:
        _State.is_looked_at = True
        wanted = [one for one in _SIGNALS if is_asked_for(os.environ, one)]
        if wanted:
            _State.meters = _set_up(wanted)
    return _State.meters


def _set_up(wanted: list[str]) -> Meters | None:
    """The providers that the variables ask for; None, with a warning, where the extra is missing.

    Seeing less must not keep a week from being made.
    """
    try:
        from opentelemetry.sdk.resources import Resource
    except ImportError:
        LOGGER.warning(
            "OTEL_* asks for telemetry, and the SDK is missing: pip install 'csi-pipeline[otel]'"
        )
        return None
    name = os.environ.get("OTEL_SERVICE_NAME", SERVICE)
    resource = Resource.create({"service.name": name})
    providers: list[TracerProvider | MeterProvider] = []
    if "traces" in wanted:
        providers.append(_traces(resource))
    if "metrics" in wanted:
        providers.append(_metrics(resource))
    from opentelemetry import metrics, trace

    meter = metrics.get_meter("csi")
    return Meters(
        tracer=trace.get_tracer("csi"),
        durations=meter.create_histogram("csi.stage.duration", "s", "How long a stage took."),
        records=meter.create_counter("csi.records", "1", "Records, by what became of them."),
        providers=providers,
    )


def _traces(resource: "Resource") -> "TracerProvider":
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


def _metrics(resource: "Resource") -> "MeterProvider":
    from opentelemetry import metrics
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    provider = MeterProvider(resource=resource, metric_readers=[reader])
    metrics.set_meter_provider(provider)
    return provider


def _set_failed(one: "Span") -> None:
    from opentelemetry.trace import Status, StatusCode

    one.set_status(Status(StatusCode.ERROR))
