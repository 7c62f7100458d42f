"""A small desk whose incidents are in the store: weeks of it are made in a moment."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.settings import load_settings
from flows.wiring import Parts, build
from itsm.clocks import ReportingWeek
from itsm.records import Incident
from itsm.states import IncidentState

LAST = ReportingWeek.parse("2026-W44")
"""The last week with incidents; older than the tests are."""
LAG = timedelta(hours=24)
SOURCE = """
[sources.desk]
kind = "files"
preset = "plain"
files = { incident = ["incidents.csv"] }
"""
"""A source that is never read: its records are in the store."""
TITLES = ("VPN drops after the update", "Printer on floor 3 jams", "Mailbox is full again")


def desk(folder: Path, toml: str = "", n: int = 60) -> Parts:
    """A desk with two incidents a day up to the last week's end."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "csi.toml"
    config.write_text(toml + SOURCE)
    parts = build(load_settings(config), folder)
    save(parts, [incident(k) for k in range(n)])
    return parts


def incident(k: int, **fields: object) -> Incident:
    """The incident so many half days before the last week ends."""
    at = LAST.end_at - timedelta(hours=12 * k + 1)
    held: dict[str, object] = {
        "source": "desk",
        "number": f"INC{k:03d}",
        "opened_at": at,
        "updated_at": at,
        "state": IncidentState.NEW,
        "state_code": "1",
        "title": TITLES[k % len(TITLES)],
    }
    return Incident(**{**held, **fields})  # type: ignore[arg-type]  # fields by name


def save(parts: Parts, records: list[Incident]) -> None:
    """Put records into the store as a pull would."""
    with parts.store.begin() as uow:
        uow.records.save(records)
        uow.commit()


def versions(parts: Parts) -> dict[str, list[int]]:
    """The versions of the full pack there are of each week."""
    found: dict[str, list[int]] = {}
    with parts.store.look() as uow:
        for line in uow.packs.lines():
            found.setdefault(line.week, []).append(line.version)
    return found


def now() -> datetime:
    """The time of the test's machine, after every cut-off of the desk."""
    return datetime.now(UTC)
