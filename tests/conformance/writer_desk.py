"""Delivers for the tests of writers, and remembers as the outbox does."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

from connectors.core.comparing import Rules
from connectors.core.delivering import Delivery, Task
from itsm.pushed import Known, Outcome, Plan, Remote, known_after
from itsm.pushing import (
    FieldWrite,
    Intent,
    IntentState,
    PushAction,
    PushKind,
    PushMode,
    identified,
    key_of,
)

A = PushAction
K = PushKind
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
FULL = Rules(mode=PushMode.FULL, instance="practice")


def intent(
    action: A,
    kind: K,
    subject: str = "C-1",
    *,
    fields: Mapping[str, str] = MappingProxyType({}),
    **more: str,
) -> Intent:
    """An intent of a problem manager."""
    writes = tuple(FieldWrite(field=name, value=value) for name, value in fields.items())
    made = Intent(
        source="ours",
        action=action,
        kind=kind,
        subject=subject,
        key=key_of(kind, subject),
        fields=writes,
        actor="ann",
        at=AT,
        **more,
    )
    return identified(made)


def creation(subject: str = "C-1", kind: K = K.PROBLEM, **fields: str) -> Intent:
    """A problem that is to be created."""
    values = {"title": "VPN drops", "description": "Found in 14 incidents"} | fields
    return intent(A.CREATE, kind, subject, fields=values)


class Desk:
    """Delivers, and remembers as the outbox does."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.known: dict[tuple[K, str], Known] = {}
        self.plans: dict[str, Plan] = {}
        self.sent_at: dict[str, datetime] = {}
        self.n_writes = 0

    def deliver(self, one: Intent, problem: Remote | None = None) -> Outcome:
        """Deliver an intent, as often as it takes to begin anew after a kill."""

        def keep(plan: Plan) -> None:
            self.plans[one.intent_id] = plan
            self.sent_at[one.intent_id] = self.delivery.clock()

        task = Task(
            intent=one,
            known=self.known.get((one.kind, one.key)) if not one.record else None,
            problem=problem,
            earlier=self.plans.get(one.intent_id),
            sent_at=self.sent_at.get(one.intent_id),
        )
        outcome = self.delivery.deliver(task, keep)
        self.n_writes += outcome.n_writes
        if outcome.state is not IntentState.SENDING:
            self.plans.pop(one.intent_id, None)
        if outcome.remote is not None and not one.record:
            known = known_after(task.known, one, outcome)
            assert known is not None
            self.known[one.kind, one.key] = known
        return outcome

    def create(self, subject: str = "C-1", kind: K = K.PROBLEM, **fields: str) -> Remote:
        """Create a record, and see that it is there."""
        outcome = self.deliver(creation(subject, kind, **fields))
        assert outcome.state is IntentState.DONE, outcome.said
        assert outcome.remote is not None
        return outcome.remote

    def see(self, key: tuple[K, str], field: str, value: str) -> None:
        """A person has chosen what a field holds: it counts as seen from now on."""
        known = self.known[key]
        remote = replace(known.remote, fields={**known.remote.fields, field: value})
        self.known[key] = replace(known, remote=remote)
