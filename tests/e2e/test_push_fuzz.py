"""People who edit while the push writes: nothing of theirs is lost unnoticed, no record is doubled.

Each round writes to a record of ours while, by seed, people change fields before the compare and
between compare and write; replies are lost, creates are done late, the rate is limited. At the end
every value a person wrote stands in the record, or was written over by a person, or was put into
the conflict queue. What may be written is what the settings of each system say by themselves: no
field of a problem of Freshservice is written again, because no history would tell what stood there;
there people change the links that are written, a thousand times as well.
"""

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from connectors.core.comparing import Rules
from connectors.core.push_settings import PushSettings
from connectors.registry import REGISTRY
from itsm.pushed import Outcome, Remote, Standing
from itsm.pushing import PROBLEM, IntentState, key_of
from itsm.states import RecordKind
from simulator.faults import Fault, FaultName
from tests.conformance.known_writers import WRITERS
from tests.conformance.writer_desk import A, Desk, K, creation, intent
from tests.conformance.writer_fakes import WriterFake
from tests.conformance.writer_freshservice import FreshserviceWriterFake

pytestmark = [pytest.mark.e2e, pytest.mark.soak]
_F = FaultName
FIELDS = ("title", "description")
N_RECORDS = 25
N_EDITS = 1_000


@dataclass(slots=True)
class Ledger:
    """Every value a person wrote, and what became of it, per record and field."""

    standing: dict[tuple[str, str], str] = field(default_factory=dict)
    ours: dict[tuple[str, str], str] = field(default_factory=dict)
    queued: dict[tuple[str, str], set[str | None]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    n_edits: int = 0
    n_queued: int = 0

    def edited(self, record: str, name: str, value: str) -> None:
        """A person wrote a value over whatever was there."""
        self.n_edits += 1
        self.standing[record, name] = value

    def delivered(self, record: str, outcome: Outcome) -> None:
        """What an outcome says of the fields it was about."""
        self.n_queued += len(outcome.conflicts)
        for one in outcome.conflicts:
            self.queued.setdefault((record, one.field), set()).add(one.theirs)
        for written in outcome.written:
            if written.field:
                self._overwritten(record, written.field, written.after)

    def settled(self, record: str, name: str) -> None:
        """A person has looked at both values; what stands may be written over from now on."""
        self.queued.pop((record, name), None)
        self.standing.pop((record, name), None)

    def _overwritten(self, record: str, name: str, value: str) -> None:
        """Ours stands now: a person's value that stood must be in the queue."""
        theirs = self.standing.pop((record, name), None)
        self.ours[record, name] = value
        known = self.queued.get((record, name), set())
        if theirs is not None and theirs not in known and None not in known:
            self.lost.append(f"{record}.{name}: {theirs!r} was written over by {value!r}")


@pytest.fixture(params=sorted(WRITERS))
def fake(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WriterFake]:
    made = WRITERS[request.param]()
    with made.running(tmp_path):
        yield made


def usual_rules(fake: WriterFake) -> Rules:
    """What may be written where the settings do not say which fields are ours."""
    push = vars(REGISTRY[fake.system].config.model_validate(fake.settings()))["push"]
    assert isinstance(push, PushSettings)
    return replace(push.rules, instance=fake.instance)


def trouble(fake: WriterFake, rng: random.Random) -> list[Fault]:
    """What goes wrong in one round."""
    problems = frozenset({fake.tables[K.PROBLEM]})
    columns = " ".join(fake.columns[name] for name in FIELDS)
    return [
        Fault(name=_F.PERSON_EDITS, share=0.7, text=columns, tables=problems),
        Fault(name=_F.LOST_REPLY, share=0.1, tables=problems),
        Fault(name=_F.RATE_LIMIT, share=0.02, seconds=1),
        Fault(name=_F.SERVER_ERROR, share=0.02 * rng.random()),
    ]


def made_records(fake: WriterFake, desk: Desk) -> list[str]:
    """Problems of ours, created while replies are lost and requests are done late."""
    problems = frozenset({fake.tables[K.PROBLEM]})
    late = Fault(name=_F.LATE_COMMIT, share=0.2, rows=2, tables=problems)
    fake.misbehave(late, Fault(name=_F.LOST_REPLY, share=0.3, tables=problems), seed=11)
    waiting = [f"C-{n:03}" for n in range(N_RECORDS)]
    for _ in range(20):
        waiting = [
            subject
            for subject in waiting
            if desk.deliver(creation(subject)).state is not IntentState.DONE
        ]
        fake.time.sleep(desk.delivery.writer.abilities.settles_s + 1)
        if not waiting:
            break
    fake.misbehave()
    assert waiting == []
    made = [f"C-{n:03}" for n in range(N_RECORDS)]
    for subject in made:
        assert len(fake.carrying(K.PROBLEM, key_of(K.PROBLEM, subject))) == 1
    return made


def settle(fake: WriterFake, desk: Desk, ledger: Ledger, subject: str, n: int) -> None:
    """Deliver one change until its fate is known, and note what became of it."""
    record = desk.known[K.PROBLEM, key_of(K.PROBLEM, subject)].remote.key
    names = (FIELDS[n % 2],) if n % 3 else FIELDS
    wanted = {name: f"ours {n} {name}" for name in names}
    one = intent(A.UPDATE, K.PROBLEM, subject, fields=wanted)
    n_seen = len(fake.edits())
    outcome = desk.deliver(one)
    for _ in range(10):
        if outcome.state is not IntentState.SENDING:
            break
        fake.time.sleep(1)
        outcome = desk.deliver(one)
    assert outcome.state is not IntentState.SENDING, outcome.said
    fields = {fake.columns[name]: name for name in FIELDS}
    for edit in fake.edits()[n_seen:]:
        ledger.edited(record, fields[edit.field], fake.in_our_words(edit.after))
    ledger.delivered(record, outcome)
    choose(desk, ledger, subject, record, outcome)


def choose(desk: Desk, ledger: Ledger, subject: str, record: str, outcome: Outcome) -> None:
    """A person settles each conflict: what stands counts as seen from now on."""
    key = K.PROBLEM, key_of(K.PROBLEM, subject)
    for one in outcome.conflicts:
        if one.standing is Standing.THEIRS:
            now = desk.delivery.writer.read(K.PROBLEM, record)
            assert now is not None
            assert now.value(one.field) == one.theirs
        stands = one.theirs if one.standing is Standing.THEIRS else one.ours
        desk.see(key, one.field, stands or "")
        ledger.settled(record, one.field)


def test_nothing_a_person_wrote_is_lost_and_nothing_is_doubled(fake: WriterFake) -> None:
    desk, ledger, rng = Desk(fake.delivery(usual_rules(fake))), Ledger(), random.Random(20261122)
    subjects = made_records(fake, desk)
    n = 0
    while ledger.n_edits < N_EDITS:
        n += 1
        subject = rng.choice(subjects)
        known = desk.known[K.PROBLEM, key_of(K.PROBLEM, subject)].remote
        if rng.random() < 0.3:
            name = rng.choice(FIELDS)
            value = f"a person before {n}"
            fake.edit(K.PROBLEM, known.key, name, value)
            ledger.edited(known.key, name, value)
        fake.misbehave(*trouble(fake, rng), seed=n)
        settle(fake, desk, ledger, subject, n)
        fake.misbehave()
    assert ledger.lost == []
    for (record, name), theirs in ledger.standing.items():
        assert fake.shown(K.PROBLEM, record, name) == theirs
    for subject in subjects:  # where the key is part of a text, a person may have taken it away
        assert len(fake.carrying(K.PROBLEM, key_of(K.PROBLEM, subject))) <= 1
    told = f"{ledger.n_edits:,} edits by people, {ledger.n_queued:,} queued, {n:,} deliveries"
    sys.stdout.write(f"\n{type(fake).__name__}: {told}, 0 lost, 0 doubled\n")


def linking(fake: FreshserviceWriterFake, rng: random.Random) -> list[Fault]:
    """What goes wrong while a ticket is linked."""
    tickets = frozenset({fake.tables[K.INCIDENT]})
    return [
        Fault(name=_F.PERSON_EDITS, share=0.7, text=fake.columns[PROBLEM], tables=tickets),
        Fault(name=_F.LOST_REPLY, share=0.1, tables=tickets),
        Fault(name=_F.RATE_LIMIT, share=0.02, seconds=1),
        Fault(name=_F.SERVER_ERROR, share=0.02 * rng.random()),
    ]


def linked(fake: FreshserviceWriterFake, desk: Desk, key: str, made: Remote) -> Outcome:
    """Link a ticket until the fate of the link is known."""
    one = intent(A.LINK, K.INCIDENT, record=key, needs="PI-1")
    for _ in range(10):
        outcome = desk.deliver(one, made)
        if outcome.state is not IntentState.SENDING:
            return outcome
        fake.time.sleep(1)
    raise AssertionError(outcome.said)


def test_no_link_that_a_person_made_is_lost_where_problems_tell_no_history(
    tmp_path: Path,
) -> None:
    fake = FreshserviceWriterFake()
    rng, n_edits, n_told, n = random.Random(20261122), 0, 0, 0
    with fake.running(tmp_path):
        desk = Desk(fake.delivery(usual_rules(fake)))
        made, tickets = desk.create(), fake.incidents()
        theirs = f"PRB-{min(one.id for one in fake.served.truth(RecordKind.PROBLEM))}"
        while n_edits < N_EDITS:
            n += 1
            key, _ = rng.choice(tickets)
            before, n_seen = rng.random() < 0.3, len(fake.edits())
            if before:
                fake.edit(K.INCIDENT, key, PROBLEM, theirs)
            fake.misbehave(*linking(fake, rng), seed=n)
            outcome = linked(fake, desk, key, made)
            fake.misbehave()
            by_people = before + len(fake.edits()) - n_seen
            n_edits, n_told = n_edits + by_people, n_told + len(outcome.conflicts)
            now = desk.delivery.writer.read(K.INCIDENT, key)
            assert now is not None
            if by_people and now.value(PROBLEM) != theirs:
                assert {one.theirs for one in outcome.conflicts} & {theirs, None}, f"{n}: {key}"
            if not by_people:
                assert (outcome.conflicts, now.value(PROBLEM)) == ((), made.number)
            fake.served.edit(RecordKind.INCIDENT, int(key), PROBLEM, "")
    told = f"{n_edits:,} links by people, {n_told:,} queued, {n:,} deliveries"
    sys.stdout.write(f"\n{type(fake).__name__}: {told}, 0 lost\n")
