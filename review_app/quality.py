"""What is done to records in quarantine here: accepted in spite of a check, or tried again."""

from collections.abc import Mapping

from itsm.errors import MappingError, NotThereError, TransitionError
from itsm.register_forms import MAX_TEXT, readable
from itsm.states import RecordKind
from review_app.identity.actors import Actor
from review_app.parts import ReviewParts
from store.landing import Override
from store.runs import QuarantineRow
from store.unit_of_work import Store

Form = Mapping[str, str]
MAX_RETRIED = 5_000
"""So many records are tried again at once; the next pull tries all."""


class QualityDesk:
    """Acts on records in quarantine as whoever asks."""

    def __init__(self, parts: ReviewParts, store: Store) -> None:
        self._works = parts.works
        self._store = store

    def accept(self, form: Form, who: Actor) -> str:
        """Let a record be used although it fails a rule; gives the word for what came of it.

        Raises:
            MappingError: the form makes no sense.
            TransitionError: no reason is given, or no person can set this rule aside.
            StaleDecisionError: it is not set aside for that rule, or no longer.
        """
        chosen = self._override(form, who)
        if chosen.rule not in self._works.acceptable.get(chosen.kind.value, frozenset()):
            raise TransitionError(
                f"{chosen.key}: no person can set {chosen.rule!r} aside; mend the record in its "
                "tool, or the mapping"
            )
        with self._store.begin() as uow:
            uow.quarantine.accept(chosen, role=_role(who))
            uow.commit()
        landed, _ = self._again(chosen.source, chosen.kind, [chosen.key])
        return "landed" if landed else "accepted"

    def withdraw(self, form: Form, who: Actor) -> str:
        """Let the rule hold again for a record, from its next landing on.

        Raises:
            MappingError: the form makes no sense.
            NotThereError: it was not accepted.
        """
        with self._store.begin() as uow:
            uow.quarantine.withdraw(self._override(form, who), role=_role(who))
            uow.commit()
        return "withdrawn"

    def retry(self, form: Form) -> tuple[int, int]:
        """Try a record, or all that are set aside for one reason, once more.

        Returns:
            How many landed, and how many stay.

        Raises:
            MappingError: the form makes no sense.
            NotThereError: none of them is set aside any more.
        """
        source, kind = form.get("source", ""), _kind(form)
        rule, key = form.get("rule", ""), form.get("key", "")
        rows = self._store.queries.quarantine_rows(source, kind, limit=None)
        chosen = [row for row in rows if _is_meant(row, rule, key)]
        if not chosen:
            raise NotThereError("none of these records is set aside any more")
        return self._again(source, kind, [row.key for row in chosen[:MAX_RETRIED]])

    def _again(self, source: str, kind: RecordKind, keys: list[str]) -> tuple[int, int]:
        if self._works.retry is None:
            return 0, len(keys)
        return self._works.retry(source, kind, keys)

    def _override(self, form: Form, who: Actor) -> Override:
        return Override(
            source=form.get("source", ""),
            kind=_kind(form),
            key=form.get("key", ""),
            rule=form.get("rule", ""),
            actor=who.name,
            reason=readable(form.get("reason", ""))[:MAX_TEXT],
            at=self._works.clock(),
        )


def _is_meant(row: QuarantineRow, rule: str, key: str) -> bool:
    return (not rule or row.rule == rule) and (not key or row.key == key)


def _kind(form: Form) -> RecordKind:
    said = form.get("kind", "")
    try:
        return RecordKind(said)
    except ValueError:
        raise MappingError(
            "record", "kind", f"{said[:40]!r} is none", f"choose from {', '.join(RecordKind)}"
        ) from None


def _role(who: Actor) -> str:
    return ", ".join(sorted(who.roles))
