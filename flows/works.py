"""What the review app is handed to act on the register, on conflicts, on data and on packs."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

from checks.expectations import Facts
from checks.landing import acceptable_rules
from flows.artefacts import archive_of
from flows.declarations import note_declarations
from flows.mirror_settling import settle
from flows.mirroring import queue_mirrors
from flows.registering import weighing_of
from flows.standing import standings
from flows.subscribing import checked
from flows.trying_again import try_again
from flows.wiring import Parts
from itsm.register_roles import Person
from itsm.states import RecordKind
from review_app.works import Works
from store.conflicts import Resolution
from store.outbox_rows import Fate
from store.unit_of_work import UnitOfWork


def works_of(parts: Parts) -> Works:
    """As the settings of an installation say."""
    improvement = parts.settings.improvement
    return Works(
        weighing=weighing_of(parts),
        exceptions=improvement.exceptions(),
        patience=improvement.patient(),
        people={name: one.full_name or name for name, one in parts.settings.people.items()},
        before=lambda uow: note_declarations(uow, parts),
        after=lambda uow: queue_mirrors(uow, parts),
        settle=partial(_settled, parts),
        acceptable=_acceptable(parts),
        retry=partial(try_again, parts),
        archive=archive_of(parts),
        check_subscription=partial(checked, parts.settings),
        standings=partial(standings, parts),
        prefect=parts.settings.review.prefect or "",
    )


def _settled(
    parts: Parts, uow: UnitOfWork, conflict_id: str, by: Resolution, person: Person, /
) -> Fate:
    return settle(uow, parts, conflict_id, by, person)


def _acceptable(parts: Parts) -> Mapping[str, frozenset[str]]:
    """The rules of the checks that a person may set aside for a record, by kind."""
    now = datetime.now(UTC)
    facts = Facts(cutoff_at=now, latest_at=now, settings=parts.settings.checks)
    return {kind.value: acceptable_rules(kind, facts) for kind in RecordKind}
