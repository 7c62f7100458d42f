"""Does all that is done with a source, and keeps what was asked of its system meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from connectors.access_checks import write_checks
from connectors.core.access import Use
from connectors.core.comparing import Rules
from connectors.core.source import Countable, Examinable, Source, TellsDeletions
from connectors.registry import REGISTRY
from itsm.pushed import Outcome
from itsm.pushing import IntentState, PushMode
from itsm.states import RecordKind
from itsm.surroundings import Service, Team
from simulator.cherwell.objects import ALL
from simulator.jira.objects import TYPES
from simulator.web import Answer, Request, WebServer
from tests.conformance.access_touches import KNOWN, Cherwell, Touch, Touches
from tests.conformance.writer_desk import A, Desk, K, intent
from tests.conformance.writer_fakes import WriterFake


@dataclass
class Watched:
    """What was asked of a practice system, by what it was for."""

    fake: WriterFake
    asked: dict[Use, list[Touch]] = field(default_factory=dict)
    settings: dict[str, object] = field(default_factory=dict)

    def touches(self, *uses: Use) -> list[Touch]:
        """Everything that was asked for some uses."""
        return [one for use in uses for one in self.asked.get(use, ())]


def touches_of(system: str) -> Touches:
    """How the requests of a system are read."""
    if system == "cherwell":
        fields = {one.field_id(name): name for one in ALL.values() for name in one.table.columns}
        return Cherwell({one.id: name for name, one in ALL.items()}, fields)
    return KNOWN[system]


@contextmanager
def watching(fake: WriterFake, use: Use, kept: Watched) -> Iterator[None]:
    """Keep what is asked while something is done."""
    web: WebServer = vars(fake)["served"]._web
    answered, touches = web.application, touches_of(fake.system)

    def answer(request: Request) -> Answer:
        told = answered(request)
        kept.asked.setdefault(use, []).extend(touches(request))
        return told

    web.application = answer
    try:
        yield
    finally:
        web.application = answered


def pull(source: Source) -> None:
    """Read everything twice, as a pull, a count, a sweep and a look for deletions do."""
    for kind in source.kinds:
        pages = list(source.pages(kind, None))
        if pages:
            list(source.pages(kind, pages[-1].cursor))
    if isinstance(source, Countable):
        for kind in source.kinds:
            source.count(kind)
            keys = [one.key for some in source.keys(kind) for one in some][:2]
            source.fetch(kind, keys)
    if isinstance(source, TellsDeletions):
        list(source.deletions(None))


def settings_of(fake: WriterFake) -> dict[str, object]:
    """The source's table; of Jira with where Assets is, so that nothing leaves this machine."""
    given = fake.settings()
    if fake.system == "jira":
        given["assets_url"] = vars(fake)["served"].assets_url
        given["assets"] = {kind: name for kind, (name, _) in TYPES.items()}
    return given


def everything(fake: WriterFake) -> Watched:
    """What a pull, an examination and a push ask of a system, by what it is for."""
    kept = Watched(fake)
    source = REGISTRY[fake.system].source("ours", settings_of(fake), fake.around())
    with watching(fake, Use.PULL, kept):
        pull(source)
    with watching(fake, Use.DOCTOR, kept):
        assert isinstance(source, Examinable)
        list(source.examine())
    with watching(fake, Use.LOOK, kept):
        list(write_checks(fake.system, "ours", settings_of(fake), fake.around(), tuple(Use)))
    _push(fake, kept)
    return kept


def _push(fake: WriterFake, kept: Watched) -> None:
    """Create, change, move, link, note, and take back, with people who edit meanwhile."""
    desk = Desk(fake.delivery(Rules(mode=PushMode.FULL, instance=fake.instance)))
    writer = desk.delivery.writer
    with watching(fake, Use.PROBLEMS, kept):
        desk.delivery.require_instance()
        made = desk.create()
        fields = writer.abilities.fields[K.PROBLEM]
        told = {name: value for name, value in fake_values(fake).items() if name in fields}
        _done(desk.deliver(intent(A.UPDATE, K.PROBLEM, fields={"title": "Daily", **told})))
        writer.edits(made)
    key, number = fake.incidents()[0]
    with watching(fake, Use.LINKS, kept):
        linked = intent(A.LINK, K.INCIDENT, record=key, needs="PI-1")
        _done(desk.deliver(linked, made))
        incident = writer.numbered(K.INCIDENT, number)
        assert incident is not None
        writer.edits(incident)
        undone = intent(A.UNLINK, K.INCIDENT, record=key, undoes=linked.intent_id)
        _done(desk.deliver(undone, made))
    with watching(fake, Use.NOTES, kept):
        _done(desk.deliver(intent(A.NOTE, K.INCIDENT, record=key, text="looked at")))
        _done(desk.deliver(intent(A.NOTE, K.PROBLEM, text="looked at")))
    if K.REGISTER_ENTRY in writer.abilities.fields:
        with watching(fake, Use.REGISTER, kept):
            entry = desk.create("CSI-1", K.REGISTER_ENTRY)
            changed = intent(A.UPDATE, K.REGISTER_ENTRY, "CSI-1", fields={"title": "again"})
            _done(desk.deliver(changed))
            writer.edits(entry)
    with watching(fake, Use.PROBLEMS, kept):
        target = sorted(writer.abilities.states[K.PROBLEM] - {"new", "closed"})[0]
        _done(desk.deliver(intent(A.MOVE, K.PROBLEM, fields={"state": target}, text="because")))


def fake_values(fake: WriterFake) -> dict[str, str]:
    """What is written beside a title: the names of a team and a service that are there."""
    source = REGISTRY[fake.system].source("ours", settings_of(fake), fake.around())
    found = {}
    for name, kind in (("team", RecordKind.TEAM), ("service", RecordKind.SERVICE)):
        if kind in source.kinds:
            rows = next(source.pages(kind, None)).records[:1]
            for mapped in source.map(kind, rows).mapped:
                (made, *_) = mapped.records
                assert isinstance(made, Team | Service)
                found[name] = made.name
    return found


def _done(outcome: Outcome) -> None:
    assert outcome.state is IntentState.DONE, outcome.said
