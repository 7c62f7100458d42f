"""A database from before the journal: its decisions and entries join it, and stay as they were."""

from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Engine

import store
from itsm.decisions import Action, IncidentRef, ReviewDecision, identified
from itsm.journal import JournalKind
from itsm.register import Origin, RegisterEntry, RegisterState
from store import Store, open_engine, upgrade
from store.deciding import _body, _hash, _incident_rows
from store.decision_tables import DECIDED_INCIDENTS, REVIEW_DECISIONS
from store.journal import told

AT = datetime(2026, 8, 17, 9, 30, tzinfo=UTC)
OLD = "0005"


def old_database(url: str) -> Engine:
    """A database as it was before the journal, with decisions and entries in it."""
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    engine = open_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, OLD)
        _decide(connection)
        _propose(connection)
    return engine


DECISIONS = [
    identified(
        ReviewDecision(
            action=Action.ACCEPT,
            candidate_id=f"PC-{n}",
            run_id="M-1",
            actor=actor,
            at=AT,
            reason="“seen” it",
            parts=((IncidentRef(source="desk", number=f"INC{n}"),),),
        )
    )
    for n, actor in enumerate(["ada", "bob", "ada"])
]


def _decide(connection: sa.Connection) -> None:
    before = "0" * 64
    for sequence, one in enumerate(DECISIONS, 1):
        made = _hash(before, one)
        row = (sequence, one.decision_id, one.candidate_id, one.action, one.run_id, one.actor)
        rest = (one.at, one.withdraws, _body(one), before, made)
        connection.execute(REVIEW_DECISIONS.insert().values((*row, *rest)))
        for ref in _incident_rows(sequence, one):
            connection.execute(DECIDED_INCIDENTS.insert().values(ref))
        before = made


def _propose(connection: sa.Connection) -> None:
    old = sa.MetaData()
    table = sa.Table("register_entries", old, autoload_with=connection)
    is_sqlite = connection.dialect.name == "sqlite"
    raised = (AT - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 10**6
    plain = {
        "description": "",
        "origin": "mined_candidate",
        "raised_at": int(raised) if is_sqlite else AT,
        "state": "accepted",
        "impact": 3,
        "base_value": 2.5,
        "next_review_on": date(2026, 9, 1),
    }
    for number, by in (("CSI-PC-1", "CSI pipeline"), ("CSI-0001", "Ada Byron")):
        values = {**plain, "number": number, "title": "Fix «it»", "raised_by": by}
        connection.execute(table.insert().values(values))


def test_decisions_and_entries_join_the_journal(empty_url: str) -> None:
    engine = old_database(empty_url)
    upgrade(engine)
    with Store(engine).begin() as uow:
        assert uow.audit.verify() == ()
        assert uow.decisions.verify() == 3
        assert list(uow.decisions.list()) == DECISIONS
        rows, names = uow.journal.rows(), uow.journal.names()
        details = uow.journal.details()
        ada = RegisterEntry(
            number="CSI-0001",
            title="Fix «it»",
            description="",
            origin=Origin.MINED_CANDIDATE,
            origin_record=None,
            evidence_hash=None,
            raised_at=AT,
            raised_by="Ada Byron",
            state=RegisterState.ACCEPTED,
            impact=3,
            base_value=2.5,
            next_review_on=date(2026, 9, 1),
        )
        assert uow.register.get("CSI-0001") == ada
        assert uow.register.as_of(AT) == uow.register.list()
    assert [row.kind for row in rows] == ["decision"] * 3 + ["joined"] + ["transition"] * 2
    assert [names.get(row.actor, row.actor) for row in rows] == [
        "ada", "bob", "ada", "system", "Ada Byron", "system",
    ]  # fmt: skip
    assert rows[3].facts["hash"] == _hash_of_the_last(engine)
    assert not told(details[1])[0], "the reason stays where it was, in the decision"
    engine.dispose()


def _hash_of_the_last(engine: Engine) -> str:
    with engine.connect() as connection:
        query = sa.select(REVIEW_DECISIONS.c.hash).order_by(REVIEW_DECISIONS.c.sequence.desc())
        return str(connection.execute(query).scalar())


def test_what_joined_is_vouched_for_and_the_chain_goes_on(empty_url: str) -> None:
    engine = old_database(empty_url)
    upgrade(engine)
    one = Store(engine)
    with one.begin() as uow:
        later = ReviewDecision(
            action=Action.COMMENT, candidate_id="PC-1", run_id="M-2", actor="ada", at=AT
        )
        uow.decisions.append(later)
        last = uow.journal.rows(kinds=[JournalKind.DECISION])
        assert last[-1].actor == last[0].actor, "the same person, the same pseudonym"
        assert uow.audit.verify() == ()
        uow.commit()
    with engine.begin() as connection:
        change = REVIEW_DECISIONS.update().where(REVIEW_DECISIONS.c.sequence == 2)
        connection.execute(change.values(decision=_body(DECISIONS[0])))
    with one.begin() as uow:
        assert [each.sequence for each in uow.audit.verify()] == [2]
    engine.dispose()
