"""How fast rows of an API become records, on one core: python -m tests.bench.mapping_rates

Prints rows per second of processor time from the stored bytes, parsing included. Rows are made up
here: an incident has 48 columns and 4 kB, a row of sys_audit 9 columns.
"""

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import orjson

from connectors.servicenow.config import ServiceNowConfig
from connectors.servicenow.source import ServiceNowSource
from itsm.records import RawRecord
from itsm.states import RecordKind

PAGE = 1_000
START = datetime(2026, 1, 1)
REFERENCES = """business_service service_offering cmdb_ci location assignment_group assigned_to
    caller_id opened_by resolved_by problem_id parent_incident caused_by rfc vendor
    u_knowledge_article company""".split()
CHOICES = "category subcategory contact_type close_code".split()
Row = dict[str, dict[str, str]]


def cell(value: str, label: str | None = None) -> dict[str, str]:
    return {"display_value": value if label is None else label, "value": value}


def moment(second: int) -> dict[str, str]:
    return cell((START + timedelta(seconds=second)).strftime("%Y-%m-%d %H:%M:%S"))


def incident(place: int, chance: random.Random) -> Row:
    second = chance.randrange(20_000_000)
    row = {
        "number": cell(f"INC{place:07d}"),
        "sys_id": cell(f"{place:032x}"),
        "state": cell("7", "Closed"),
        "short_description": cell(f"Cannot open mail on device {place}"),
        "description": cell(f"The user {place} says that " + "the mail does not open and " * 8),
        "opened_at": moment(second),
        "sys_created_on": moment(second),
        "resolved_at": moment(second + 7_000),
        "closed_at": moment(second + 9_000),
        "sys_updated_on": moment(second + 9_000),
        "priority": cell("3", "3 - Moderate"),
        "impact": cell("2", "2 - Medium"),
        "urgency": cell("2", "2 - Medium"),
        "reopen_count": cell("0"),
        "reassignment_count": cell(str(place % 4)),
        "made_sla": cell("true"),
        "sys_mod_count": cell("7"),
        "time_worked": cell("1970-01-01 00:20:00", "20 Minutes"),
        "close_notes": cell("Restarted the service and confirmed with the user."),
        "u_affected_users": cell("3"),
        **{name: cell("false") for name in ("u_test", "u_restricted", "active")},
        **{name: cell("network", "Network") for name in CHOICES},
        **{name: cell("") for name in ("hold_reason", "major_incident_state", "u_duplicate_of")},
        **{name: cell("") for name in ("u_major_declared_at", "correlation_id")},
    }
    for name in REFERENCES:
        n = chance.randrange(400)
        row[name] = cell(f"{n:032x}", f"{name} {n}") if chance.random() < 0.6 else cell("")
    return row


def audit(place: int, chance: random.Random) -> Row:
    return {
        "sys_id": cell(f"{place:032x}"),
        "tablename": cell("incident"),
        "documentkey": cell(f"{place // 8:032x}"),
        "fieldname": cell(chance.choice(("state", "priority"))),
        "oldvalue": cell("2"),
        "newvalue": cell("3"),
        "user": cell("ann.ortiz"),
        "sys_created_on": moment(chance.randrange(20_000_000)),
        "record_checkpoint": cell(str(place % 9)),
    }


def measure(kind: RecordKind, make: Callable[[int, random.Random], Row], n_rows: int) -> None:
    config = ServiceNowConfig.model_validate(
        {"url": "https://localhost", "user": "csi", "password": "none"}
    )
    source = ServiceNowSource("bench", config)
    chance = random.Random(1)
    raw = [
        RawRecord(source="bench", kind=kind, key=str(n), payload=payload, content_hash="")
        for n in range(n_rows)
        for payload in [orjson.dumps(make(n, chance), option=orjson.OPT_SORT_KEYS)]
    ]
    best_s = float("inf")
    for _ in range(3):
        started = time.process_time()
        for start in range(0, n_rows, PAGE):
            mapped = source.map(kind, raw[start : start + PAGE])
            assert not mapped.quarantined
        best_s = min(best_s, time.process_time() - started)
    n_bytes = sum(len(record.payload) for record in raw) // n_rows
    print(f"{kind}: {n_rows / best_s:,.0f} rows/s from {n_bytes:,} bytes each")


if __name__ == "__main__":
    measure(RecordKind.INCIDENT, incident, 20_000)
    measure(RecordKind.HISTORY, audit, 50_000)
