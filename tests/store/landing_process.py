"""A landing that a test can kill at any moment and start again: python landing_process.py URL.

It reads a source of its own page by page, lands what is pending, mines and publishes, with a new
clock and a new run id each time, and says on stdout where it is.
"""

import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from itsm.candidates import Estimate, Life, Member, ProblemCandidate
from itsm.codec import dump
from itsm.records import HistoryEvent, Incident, Quarantined, RawRecord, Record
from itsm.states import HistoryField, IncidentState, RecordKind
from store import MiningRun, PackSnapshot, Store, open_engine, upgrade

N_PAGES, PAGE = 6, 400
"""Pages of the source, and raw records in each."""
START = datetime(2026, 8, 17, tzinfo=UTC)
KIND = RecordKind.INCIDENT


def say(stage: str) -> None:
    """Tell the test where we are."""
    sys.stdout.write(f"{stage}\n")
    sys.stdout.flush()


def pull(store: Store) -> None:
    """Pages and the watermark behind them, a page per transaction."""
    with store.begin() as uow:
        begin_at = int(uow.watermarks.get("desk", KIND) or 0)
    for page in range(begin_at, N_PAGES):
        say("pull")
        now = datetime.now(UTC)
        with store.begin() as uow:
            uow.raw.save([raw(page * PAGE + n) for n in range(PAGE)], now)
            uow.watermarks.set("desk", KIND, str(page + 1), now)
            uow.commit()


def raw(n: int, source: str = "desk") -> RawRecord:
    """The raw record of a number; each seventeenth cannot be used."""
    payload = dump({"n": n})
    return RawRecord(
        source=source, kind=KIND, key=f"INC{n:05d}", payload=payload, content_hash=f"hash {n}"
    )


def land(store: Store) -> None:
    """What is pending, to the canonical tables or to quarantine."""
    after = None
    while True:
        with store.begin() as uow:
            page = uow.raw.pending("desk", KIND, after_key=after, limit=700)
            if not page:
                return
            say("land")
            bad = [record for record in page if int(record.key[3:]) % 17 == 0]
            good = [record for record in page if record not in bad]
            uow.records.save([made for record in good for made in mapped(record)])
            uow.quarantine.clear("desk", KIND, [record.key for record in good])
            uow.quarantine.put([set_aside(record) for record in bad], datetime.now(UTC))
            uow.raw.mark_landed(page)
            uow.commit()
            after = page[-1].key


def read_and_land(store: Store) -> None:
    """Pages of another source, each saved, landed and noted in one transaction."""
    with store.begin() as uow:
        begin_at = int(uow.watermarks.get("live", KIND) or 0)
    for page in range(begin_at, N_PAGES):
        say("both")
        records = [raw(page * PAGE + n, "live") for n in range(PAGE)]
        now = datetime.now(UTC)
        with store.begin() as uow:
            fresh = [one.record for one in uow.raw.fresh(records)]
            bad = [record for record in fresh if int(record.key[3:]) % 17 == 0]
            good = [record for record in fresh if record not in bad]
            numbers = {record.key: f"number of {record.key}" for record in good}
            uow.raw.save_landed(fresh, now, numbers=numbers)
            uow.records.save([made for record in good for made in mapped(record)])
            uow.quarantine.put([set_aside(record) for record in bad], now)
            uow.deletions.note([("live", KIND, records[0].key, START)], now)
            uow.watermarks.set("live", KIND, str(page + 1), now)
            uow.commit()


def mapped(record: RawRecord) -> Iterator[Record]:
    """An incident and two events of its history."""
    at = START + timedelta(minutes=int(record.key[3:]))
    yield Incident(
        source=record.source,
        number=record.key,
        updated_at=at,
        opened_at=at,
        state=IncidentState.NEW,
        state_code="1",
        title=f"Title of {record.key}",
    )
    for n in range(2):
        yield HistoryEvent(
            source=record.source,
            number=f"{record.key}-{n}",
            record_kind=KIND,
            record=record.key,
            at=at,
            sequence=n,
            field=HistoryField.TEAM,
        )


def set_aside(record: RawRecord) -> Quarantined:
    """Why a record cannot be used."""
    return Quarantined(
        source=record.source, kind=KIND, key=record.key, field="n", reason="r", remedy="m", rule="x"
    )


def mine_and_publish(store: Store) -> None:
    """A run with candidates, then the pack."""
    numbers = store.queries.columns(KIND, names=["number"])["number"]
    now = datetime.now(UTC)
    mined = MiningRun(
        run_id=uuid.uuid4().hex,
        week="2026-W34",
        cutoff_at=START,
        mining_version="1",
        n_incidents=len(numbers),
        input_hash=str(len(numbers)),
        started_at=now,
        finished_at=now,
    )
    say("mine")
    with store.begin() as uow:
        uow.mining.save(mined, [candidate(n, numbers[n::200]) for n in range(200)])
        uow.commit()
    say("publish")
    with store.begin() as uow:
        uow.packs.save(
            PackSnapshot(
                week="2026-W34",
                edition="weekly",
                content=mined.run_id.encode(),
                content_hash=mined.input_hash,
                made_at=now,
            )
        )
        uow.commit()
    say("done")


def candidate(n: int, numbers: list[object]) -> ProblemCandidate:
    """A group of incidents."""
    return ProblemCandidate(
        candidate_id=f"C-{n:03d}",
        statement="They look alike.",
        members=tuple(Member(source="desk", number=str(one), score=0.5) for one in numbers),
        score=0.5,
        first_seen_at=START,
        last_seen_at=START,
        weekly_counts=(1, 2),
        life=Life.ACTIVE,
        evidence=(),
        purity=(),
        avoidable_hours=Estimate(value=1, low=0, high=2, unit="hours"),
    )


def run(url: str) -> None:
    """All of it, from an empty database or from wherever an earlier run was killed."""
    engine = open_engine(url)
    say("upgrade")
    upgrade(engine)
    store = Store(engine)
    pull(store)
    land(store)
    read_and_land(store)
    mine_and_publish(store)
    engine.dispose()


if __name__ == "__main__":
    run(sys.argv[1])
