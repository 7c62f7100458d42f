"""An outlook on a week: all that a configuration makes of it, done on a copy of the store."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from flows.minable import MINED_FIELDS
from flows.plan_differences import Outlook, Seen
from flows.pushing import push_settings
from flows.stages.check import check_week, require_open_gate
from flows.stages.editions import Editions, Occasion
from flows.stages.mine import mine_week
from flows.stages.propose import propose_entries
from flows.stages.prove import prove_week
from flows.stages.pull import land_again
from flows.subscribing import choices_of, formats_of, is_daily, seed_subscriptions
from flows.weeks import cutoff_of, reporting_week
from flows.wiring import Parts
from itsm.candidates import ProblemCandidate
from itsm.codec import to_bytes
from itsm.errors import CsiError, GateError, MiningError
from itsm.fields import FieldType, fields_of
from itsm.figures import Figure, FigureResult
from itsm.pushing import PushMode
from itsm.register import RegisterState
from itsm.states import RecordKind
from itsm.subscriptions import Rhythm
from reports.editions import Choice
from reports.pack import comparable
from store.figure_values import NAMES_PEOPLE
from store.outbox import OPEN
from store.streaming import reading

Kinds = Collection[tuple[str, RecordKind]]
"""The kinds of sources whose records may differ, as they would be mapped otherwise."""

_DIGITS = 8


def stored_outlook(parts: Parts, label: str, kinds: Kinds) -> Outlook:
    """What the last run left of a week: its records, figures and candidates."""
    with parts.store.look() as uow:
        run = uow.mining.of_week(label)
        candidates = uow.mining.candidates(run.run_id) if run else ()
    return {
        "records": dict(_records(parts, kinds, None)),
        "figures": dict(_stored_figures(parts, label)),
        "candidates": dict(map(_candidate, candidates)),
    }


def outlook(parts: Parts, label: str, kinds: Kinds) -> Outlook:
    """What comes of a week; it is written into the store of `parts`, which has to be a copy.

    No source is asked and nothing is sent.

    Args:
        parts: on a scratch copy.
        label: of the week.
        kinds: whose records are compared.
    """
    week = reporting_week(parts, label)
    cutoff_at = cutoff_of(parts, week, None)
    for name in parts.sources:
        land_again(parts, name, cutoff_at)
    check_week(parts, week, cutoff_at)
    run_id, missing = None, {}
    try:
        require_open_gate(parts, week)
        run_id = mine_week(parts, week, cutoff_at)
        propose_entries(parts, run_id)
    except (GateError, MiningError) as error:
        missing["candidates"] = str(error)
    missing |= prove_week(parts, week, cutoff_at).missing
    seed_subscriptions(parts)
    occasion = Occasion(period=week, cutoff_at=cutoff_at, run_id=run_id, missing=missing)
    editions = Editions(parts, occasion)
    with parts.store.look() as uow:
        candidates = uow.mining.candidates(run_id) if run_id else ()
        register = uow.register.list()
    waiting = [one for one in register if one.state is RegisterState.NEW]
    return {
        "records": dict(_records(parts, kinds, cutoff_at)),
        "figures": dict(_figures(editions.of(Choice())[1])),
        "candidates": dict(map(_candidate, candidates)),
        "proposals": {one.number: Seen(one.title) for one in waiting},
        "pushes": dict(_pushes(parts)),
        "mails": dict(_mails(parts, editions)),
    }


def _records(parts: Parts, kinds: Kinds, known_at: datetime | None) -> Iterator[tuple[str, Seen]]:
    """The records of some kinds, each with its fields, and what is set aside of them."""
    for source, kind in sorted(kinds):
        names = [spec.name for spec in fields_of(kind)]
        held = parts.store.queries.columns(kind, sources=[source], known_at=known_at)
        told = {spec.name for spec in fields_of(kind) if spec.type is not FieldType.TEXT}
        told |= set(MINED_FIELDS)
        for row in zip(*(held[name] for name in names), strict=True):
            fields = dict(zip(names, row, strict=True))
            yield (
                f"{source} {kind} {fields['number']}",
                Seen(
                    "", fields={name: _said(v, is_told=name in told) for name, v in fields.items()}
                ),
            )
        for aside in parts.store.queries.quarantine_rows(source, kind):
            yield f"{source} {kind} {aside.number or aside.key} set aside", Seen(aside.reason)


def _said(value: object, *, is_told: bool) -> str:
    """A value as it is told; texts that people wrote are told apart by a digest only."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return str(value) if is_told else f"text {hashlib.sha256(str(value).encode()).hexdigest()[:6]}"


def _figures(results: Collection[FigureResult]) -> Iterator[tuple[str, Seen]]:
    for one in results:
        if not NAMES_PEOPLE & one.dimensions.keys():
            name = _figure_name(one.figure_id, one.dimensions)
            if isinstance(one, Figure):
                yield name, _figure(one.value, one.version, one.n)
            else:
                yield name, Seen(f"not available: {one.reason}", str(one.version))


def _stored_figures(parts: Parts, label: str) -> Iterator[tuple[str, Seen]]:
    with reading(parts.store) as found:
        for week, rows in found.figures():
            for row in rows if week == label else ():
                name = _figure_name(row["figure_id"], row["dimensions"])
                if row["value"] is None:
                    yield name, Seen(f"not available: {row['reason']}", str(row["version"]))
                else:
                    yield name, _figure(row["value"], row["version"], row["n"])


def _figure(value: float, version: int, n: int) -> Seen:
    return Seen(f"{value:,.{_DIGITS}g}", f"version {version}, n {int(n)}")


def _figure_name(figure_id: str, dimensions: Mapping[str, str]) -> str:
    told = ", ".join(f"{name} {value}" for name, value in sorted(dimensions.items()))
    return f"{figure_id} ({told})" if told else figure_id


def _candidate(one: ProblemCandidate) -> tuple[str, Seen]:
    members = sorted(f"{m.source}/{m.number}" for m in one.members)
    mark = hashlib.sha256("\n".join(members).encode()).hexdigest()
    hours = one.avoidable_hours.value
    told = f"{one.statement} ({one.n_members:,} incidents, {hours:,.0f} h, {one.decision})"
    return one.candidate_id, Seen(told, mark)


def _pushes(parts: Parts) -> Iterator[tuple[str, Seen]]:
    """What waits in the outbox, and whether the settings let it out; no system is asked."""
    with parts.store.look() as uow:
        fates = uow.outbox.fates(states=OPEN)
    for one in fates:
        intent = one.intent
        said = "would go out"
        push = None
        if intent.source in parts.settings.sources:
            push = push_settings(parts.settings, intent.source)
        if push is None or push.mode is PushMode.OFF:
            said = "nothing is written to this source"
        elif not push.rules.allows(intent):
            said = f"held back: push.mode is {push.mode}"
        what = f"{intent.action} {intent.kind} {one.number or intent.record or 'new'}"
        yield f"{intent.source} {what} for {intent.subject}", Seen(said, intent.intent_id)


def _mails(parts: Parts, editions: Editions) -> Iterator[tuple[str, Seen]]:
    """Who would get which edition of the week, in which formats; its content by a digest."""
    with parts.store.look() as uow:
        readers = [one for one in uow.subscriptions.list() if not is_daily(one.edition)]
    for one in readers:
        if one.rhythm is not Rhythm.WEEK or not one.is_active:
            continue
        for choice in choices_of(parts.settings, one):
            formats = ", ".join(formats_of(one))
            name = f"{choice.key} to {one.channel.value} {one.address}"
            yield name, Seen(f"as {formats}", _content(editions, choice))


def _content(editions: Editions, choice: Choice) -> str:
    try:
        pack = comparable(editions.pack(choice))
    except CsiError as error:
        return f"cannot be made: {error}"
    return hashlib.sha256(to_bytes(pack)).hexdigest()
