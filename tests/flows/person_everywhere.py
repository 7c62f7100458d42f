"""An installation in which one person is named wherever somebody can be, and a crawl through it."""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path

import orjson
import sqlalchemy as sa

from flows.settings import load_settings
from flows.stages.archive import archive_pack
from flows.wiring import Parts, build
from itsm.access import AppRole
from itsm.accounts import Account, AccountOrigin
from itsm.deliveries import Delivery, DeliveryState
from itsm.demand import DemandNote, NoteKind
from itsm.fields import FieldType, fields_of, kind_of
from itsm.findings import Finding
from itsm.holds import HoldScope
from itsm.journal import JournalKind, JournalNote
from itsm.meetings import MeetingAction
from itsm.packs import Release, ReleaseState, SectionComment
from itsm.pseudonyms import PERSON_FIELDS
from itsm.records import Quarantined, RawRecord, Record
from itsm.register import Origin, RegisterEntry
from itsm.states import RecordKind
from itsm.subscriptions import Channel, Subscription
from reports.formats import Format, render
from reports.pack import Pack, build_pack, comparable, pack_from_json, pack_to_json
from simulator.estate import build_estate
from simulator.settings import EstateSettings
from store.result_tables import METADATA
from store.runs import PackSnapshot
from store.saved_views import SavedView
from tests.reports.sample_pack import sample_input

FULL, SHORT, MAIL = "Quilla Zandvoort", "qzandvoort", "q.zandvoort@example.com"
WRITTEN = re.compile(r"zandvoort", re.IGNORECASE)
"""No other word of the estate or of the program has it in it."""
AT = datetime(2026, 8, 25, 6, tzinfo=UTC)
ESTATE = EstateSettings(n_incidents=120, n_weeks=5, seed=3)
TOML = """
organisation = "Contoso"
[people.cleo]
roles = ["manager", "auditor"]
"""
_FREE = frozenset(
    "title description close_notes workaround root_cause text summary owner contingency".split()
)


def planted(record: Record) -> Record:
    """A record with the person in every text that people write, and in every field of a person."""
    kind = kind_of(record)
    people = {*PERSON_FIELDS.get(kind, ()), "owner"}
    changed: dict[str, str] = {}
    for spec in fields_of(kind):
        if spec.type is not FieldType.TEXT or (value := getattr(record, spec.name)) is None:
            continue
        if spec.name in people:
            changed[spec.name] = FULL
        elif spec.name in _FREE:
            changed[spec.name] = f"{value} ask Zandvoort, Quilla or {MAIL.upper()} ({SHORT})"
    return replace(record, **changed)  # type: ignore[arg-type]  # texts for texts


def installed(folder: Path, database: str = "sqlite:///csi.sqlite") -> tuple[Parts, Path]:
    """The installation, and its configuration."""
    config = folder / "csi.toml"
    config.write_text(f'database = "{database}"\n{TOML}', encoding="utf-8")
    parts = build(load_settings(config), folder)
    _records(parts)
    _people(parts)
    return parts, config


def _records(parts: Parts) -> None:
    records = list(chain(*build_estate(ESTATE).records.values()))
    some = [planted(one) if n % 3 == 0 else one for n, one in enumerate(records)]
    said = orjson.dumps({"caller": FULL, "note": f"{FULL} called; mail {MAIL}", "user": SHORT})
    aside = Quarantined(
        source="desk",
        kind=RecordKind.INCIDENT,
        key="k1",
        field="caller",
        reason=f"{FULL} is in no directory",
        remedy=f"ask {SHORT}",
        rule="r",
    )
    raw = RawRecord(
        source="desk", kind=RecordKind.INCIDENT, key="k1", payload=said, content_hash="h"
    )
    with parts.store.begin() as uow:
        uow.records.save(some)
        uow.raw.save_landed([raw], AT)
        uow.quarantine.put([aside], AT)
        uow.commit()


def _people(parts: Parts) -> None:
    """The person as owner, reader, account, author, and in whatever others wrote."""
    note = JournalNote(
        kind=JournalKind.EDIT,
        subject="CSI-1",
        at=AT,
        actor=SHORT,
        role="manager",
        reason=f"{FULL} asked",
        changes={"coordinator": ("", FULL)},
    )
    entry = RegisterEntry(
        number="CSI-1",
        title=f"Ask {FULL}",
        description=f"{FULL} <{MAIL}>",
        origin=Origin.MANUAL,
        origin_record=None,
        evidence_hash=None,
        raised_at=AT,
        raised_by=SHORT,
        coordinator=SHORT,
    )
    finding = Finding(
        finding_id="",
        title=f"{FULL} decides alone",
        source="ISO 2026",
        owner=SHORT,
        raised_on=date(2026, 8, 1),
        due_on=date(2026, 9, 1),
    )
    action = MeetingAction(
        action_id="",
        week="2026-W34",
        section="changes",
        text=f"{FULL} asks the vendor",
        owner=SHORT,
        due_on=date(2026, 9, 1),
        raised_by=SHORT,
        raised_at=AT,
    )
    demand = DemandNote(
        note_id="",
        kind=NoteKind.PRIORITY,
        text=f"{FULL} wants it",
        owner=SHORT,
        on=date(2026, 8, 1),
        review_by=date(2026, 12, 1),
    )
    account = Account(
        account_id="a1",
        name=SHORT,
        display=FULL,
        origin=AccountOrigin.LOCAL,
        roles=frozenset({AppRole.VIEWER}),
        created_at=AT,
        changed_at=AT,
    )
    with parts.store.begin() as uow:
        uow.register.save([entry])
        uow.register.put(replace(entry, impact=2), note, seen=1)
        uow.findings.add(finding, replace(note, kind=JournalKind.FINDING))
        uow.meetings.add(action, "manager")
        uow.demand_notes.add(demand, replace(note, kind=JournalKind.DEMAND))
        uow.accounts.add(account, "cleo")
        uow.views.save(SavedView(person=SHORT, name=FULL, query="q=x", saved_at=AT))
        held = uow.holds.place(
            HoldScope.PERSON, FULL, by="cleo", role="auditor", reason=f"case of {FULL}", at=AT
        )
        uow.holds.release(held.hold_id, by="cleo", role="auditor", reason=f"{FULL} won", at=AT)
        uow.commit()


def give_out(parts: Parts, formats: Sequence[Format]) -> str:
    """A pack that names the person, archived, sent, remarked on, and written; its id."""
    packs = [_pack("first draft"), _pack("second draft")]
    with parts.store.begin() as uow:
        for pack in packs:
            kept = uow.packs.save(
                PackSnapshot(
                    week=pack.week,
                    edition=pack.edition,
                    content=pack_to_json(pack),
                    content_hash=hashlib.sha256(pack_to_json(comparable(pack))).hexdigest(),
                    made_at=AT,
                )
            )
        uow.packs.decide(
            Release(
                pack_id=kept.pack_id,
                state=ReleaseState.RELEASED,
                actor=SHORT,
                at=AT,
                reason=f"{FULL} read it",
            )
        )
        uow.section_comments.add(
            SectionComment(
                comment_id="",
                week=pack.week,
                edition="",
                section="backlog",
                text=f"{FULL} is back",
                actor=SHORT,
                signed=FULL,
                at=AT,
            )
        )
        uow.subscriptions.add(
            Subscription(name=FULL, address=MAIL, edition="full", since=AT), "cleo", AT
        )
        uow.deliveries.plan(
            [
                Delivery(
                    item=kept.pack_id,
                    channel=Channel.MAIL,
                    recipient=MAIL,
                    name=FULL,
                    subscription_id="SUB-0001",
                    formats=("html",),
                    made_at=AT,
                    changed_at=AT,
                )
            ]
        )
        (sent,) = uow.deliveries.list()
        uow.deliveries.begin(sent.delivery_id, f"<{MAIL}>", AT)
        uow.deliveries.finish(sent.delivery_id, DeliveryState.SENT, f"250 {MAIL}", AT)
        uow.commit()
    archive_pack(parts, kept.pack_id, [one.value for one in formats])
    folder = parts.out / "packs" / packs[-1].week
    folder.mkdir(parents=True)
    for one in formats:
        for file in render(packs[-1], one):
            (folder / file.name).write_bytes(file.data)
    return kept.pack_id


def _pack(headline: str) -> Pack:
    pack = build_pack(sample_input(4))
    return replace(pack, brief=replace(pack.brief, headline=f"{headline}: {FULL} waits"))


def crawled(parts: Parts, config: Path) -> Iterator[str]:
    """Wherever the person is named: table and column, or file."""
    with parts.store.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(sa.select(table)).mappings():
                for name, value in row.items():
                    if WRITTEN.search(_text(parts, value)):
                        yield f"{table.name}.{name}: {_text(parts, value)[:300]}"
    for path in sorted(config.parent.rglob("*")):
        if path.is_file() and path != config and WRITTEN.search(_inside(path)):
            yield str(path.relative_to(config.parent))


def _text(parts: Parts, value: object) -> str:
    if isinstance(value, bytes):
        assert parts.store.sealer is not None
        return parts.store.sealer.open(value).decode(errors="replace")
    return str(value)


def _inside(path: Path) -> str:
    data = path.read_bytes()
    if not zipfile.is_zipfile(path):
        return data.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return "".join(packed.read(name).decode(errors="replace") for name in packed.namelist())


def bare(pack: PackSnapshot) -> bytes:
    """A pack without the person and without what differs between two versions of it."""
    said = WRITTEN.sub("", pack.content.decode())
    return pack_to_json(comparable(pack_from_json(said.encode())))


WEEK, CUTOFF = ESTATE.last_week, ESTATE.last_week.cutoff(timedelta(hours=24))
