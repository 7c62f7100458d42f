"""Raw records out of tickets, problems and changes, and of what is asked for one by one."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.core.mapping.raw import Cell, Cells, cell, raw_of
from connectors.freshservice.api import MOST, FreshserviceApi, Row, is_missing
from connectors.freshservice.names import Names
from connectors.freshservice.rows import PROBLEM, RecordForm, text_of
from itsm.errors import FatalSourceError
from itsm.records import RawRecord
from itsm.states import HistoryField, RecordKind

K = RecordKind
DETAILS = "problem,change,related_tickets,assets"
_OPENED_AS = "Open"
"""What a ticket is opened as; activities do not say."""
_NOBODY = frozenset({"", "none", "no agent", "no group"})


@dataclass(frozen=True, slots=True)
class RecordMaker:
    """Makes a raw record of each record of a list.

    Attributes:
        with_details: whether each is asked for by itself, for what lists leave out.
        is_meant: which of them are made.
    """

    api: FreshserviceApi
    kind: RecordKind
    form: RecordForm
    with_details: bool = False
    suffix: str = ""
    is_meant: Callable[[Row], bool] = lambda _: True

    def __call__(self, rows: Sequence[Row]) -> Sequence[RawRecord]:
        """A raw record per record."""
        self.form.names.note(one for row in rows if isinstance(one := row.get("requester"), dict))
        return [
            raw_of(self.api.name, self.kind, f"{row['id']}{self.suffix}", self.form.cells(row))
            for row in map(self._detailed, rows)
            if self.is_meant(row)
        ]

    def _detailed(self, row: Row) -> Row:
        if not self.with_details:
            return row
        found = self.api.one(f"tickets/{row['id']}", "ticket", {"include": DETAILS})
        return row if found is None else {**found, **row, "assets": found.get("assets")}


@dataclass(frozen=True, slots=True)
class SubMaker:
    """Makes raw records of what hangs on records of a list, asked for record by record."""

    api: FreshserviceApi
    kind: RecordKind
    form: RecordForm
    path: str
    name: str
    owner: Callable[[Row], Cells]

    def __call__(self, rows: Sequence[Row]) -> Sequence[RawRecord]:
        """A raw record per thing that hangs on a record."""
        return [
            raw_of(self.api.name, self.kind, str(one["id"]), self.form.cells(one) | self.owner(row))
            for row in rows
            for one in below(self.api, self.path.format(id=row["id"]), self.name)
        ]


@dataclass(frozen=True, slots=True)
class ClockMaker:
    """Makes raw records of the two clocks of a ticket."""

    api: FreshserviceApi

    def __call__(self, rows: Sequence[Row]) -> Sequence[RawRecord]:
        """A raw record per clock."""
        now = f"{self.api.around.clock():%Y-%m-%dT%H:%M:%SZ}"
        return [
            raw_of(self.api.name, K.SLA_CLOCK, f"{row['id']}.{target}", cells)
            for row in rows
            for target, due, ended in (("resolution", "due_by", "resolved_at"),
                                       ("response", "fr_due_by", "first_responded_at"))
            if (cells := self._clock(row, target, row.get(due),
                                     (row.get("stats") or {}).get(ended), now)) is not None
        ]  # fmt: skip

    def _clock(
        self, row: Row, target: str, due: str | None, ended: str | None, now: str
    ) -> Cells | None:
        if not due:
            return None
        is_breached = (ended or now) > due
        made = {
            **owner_of(row),
            "target": cell(target),
            "created_at": cell(text_of(row.get("created_at"))),
            "updated_at": cell(text_of(row.get("updated_at"))),
            "due": cell(text_of(due)),
            "breached": cell(str(is_breached).lower()),
        }
        if ended:
            made["ended"] = cell(text_of(ended))
        return {**made, "breached_at": cell(text_of(due))} if is_breached else made


@dataclass(frozen=True, slots=True)
class RatingMaker:
    """Makes raw records of what customers answered; who was not solved was not asked."""

    api: FreshserviceApi

    def __call__(self, rows: Sequence[Row]) -> Sequence[RawRecord]:
        """A rating per ticket that has one."""
        found = []
        for row in rows:
            if not (row.get("stats") or {}).get("resolved_at"):
                continue
            told = self.api.one(f"tickets/{row['id']}/csat_response", "csat_response")
            if told is not None:
                cells = {**owner_of(row), **self._cells(told)}
                found.append(raw_of(self.api.name, K.SURVEY_RESPONSE, f"{row['id']}.csat", cells))
        return found

    def _cells(self, told: Row) -> Cells:
        score = _score(told)
        texts = [
            str(one.get("answer_text"))
            for response in told.get("questionnaire_responses") or ()
            for one in response.get("answers") or ()
            if one.get("answer_text")
        ]
        made = {name: cell(text_of(told.get(name))) for name in ("created_at", "updated_at")}
        if score is not None:
            made["score"] = cell(f"{score:g}")
        return {**made, "text": cell("\n".join(texts))} if texts else made


@dataclass(frozen=True, slots=True)
class ActivityMaker:
    """Makes raw records of changes out of activities, which tell only what was set."""

    api: FreshserviceApi
    names: Names
    patterns: Mapping[HistoryField, re.Pattern[str]]

    def __call__(self, rows: Sequence[Row]) -> Sequence[RawRecord]:
        """A raw record per change, and per field a ticket was opened with."""
        return [
            raw_of(self.api.name, K.HISTORY, key, {**owner_of(row), **cells,
                                                   "sequence": cell(str(place))})
            for row in rows
            for place, (key, cells) in enumerate(self._of(row))
        ]  # fmt: skip

    def _of(self, row: Row) -> Iterator[tuple[str, Cells]]:
        told = [one for activity in below(self.api, f"tickets/{row['id']}/activities", "activities")
                for one in self._said(activity)]  # fmt: skip
        told.sort(key=lambda one: one[0])
        present = self._begun(row, {field for _, field, _, _ in told})
        for field, word in present.items():
            cells = {"field": cell(field.value), "to": word, "at": cell(text_of(row["created_at"]))}
            yield f"{row['id']}.opened.{field}", cells
        for at, field, said, actor in told:
            old, new = present.get(field), _word(said)
            if old is not None and new is not None and _label(old) == _label(new):
                continue
            cells = {"field": cell(field.value), "at": cell(text_of(at)), **actor}
            cells |= {"from": old} if old is not None else {}
            cells |= {"to": new} if new is not None else {}
            present.pop(field, None)
            if new is not None:
                present[field] = new
            name = hashlib.sha256(f"{at}/{field}/{said}".encode()).hexdigest()[:12]
            yield f"{row['id']}.{name}", cells

    def _begun(self, row: Row, changed: set[HistoryField]) -> dict[HistoryField, Cell]:
        """What a ticket was opened with, as far as that is known."""
        found = {HistoryField.STATE: cell(_OPENED_AS)}
        if HistoryField.STATE not in changed:
            found[HistoryField.STATE] = cell(text_of(row.get("status")))
        group, agent = text_of(row.get("group_id")), text_of(row.get("responder_id"))
        if group and HistoryField.TEAM not in changed:
            found[HistoryField.TEAM] = cell(group, self.names.of("group", group) or group)
        if agent and HistoryField.ASSIGNEE not in changed:
            found[HistoryField.ASSIGNEE] = cell(agent, self.names.person(agent) or agent)
        return found

    def _said(self, activity: Row) -> Iterator[tuple[str, HistoryField, str, Cells]]:
        at, actor = str(activity.get("created_at") or ""), activity.get("actor") or {}
        is_person = actor.get("id") is not None
        who = {"automatic": cell(str(not is_person).lower())}
        if actor.get("name"):
            who["actor"] = cell(str(actor.get("id") or ""), str(actor["name"]))
        for text in (activity.get("content"), *(activity.get("sub_contents") or ())):
            for field, pattern in self.patterns.items():
                if found := pattern.search(str(text or "")):
                    yield at, field, found[1].strip(), who


def _word(word: str) -> Cell | None:
    """What was set; None where it was taken away."""
    return None if word.casefold() in _NOBODY else cell("", word)


def owner_of(row: Row) -> Cells:
    """The cells that say which ticket something hangs on."""
    kind = K.SERVICE_REQUEST if row.get("type") == "Service Request" else K.INCIDENT
    return {"kind": cell(kind.value), "record": cell(str(row["id"]))}


def problem_of(row: Row) -> Cells:
    """The cell that says which problem something hangs on."""
    return {"problem": cell(str(row["id"]), f"{PROBLEM}{row['id']}")}


def below(api: FreshserviceApi, path: str, name: str) -> Iterator[Row]:
    """What hangs on a record; nothing if it is gone meanwhile."""
    number, size = 1, MOST
    while True:
        try:
            value = api.whole(path, {"page": number, "per_page": size})
        except FatalSourceError as error:
            if is_missing(error):
                return
            raise
        rows = value.value.get(name) if isinstance(value.value, dict) else None
        yield from rows or ()
        if 'rel="next"' not in value.headers.get("Link", ""):
            return
        number += 1


def _label(one: Cell) -> str:
    return one["display_value"]


def _score(told: Row) -> float | None:
    """A score from 1 to 5, from points where there are such, else the rating that was chosen."""
    score = told.get("score") or {}
    acquired, total = score.get("acquired_score"), score.get("total_score")
    if isinstance(acquired, int | float) and isinstance(total, int | float) and total > 0:
        return max(1.0, round(5 * acquired / total))
    rating = told.get("overall_rating")
    return float(rating) if isinstance(rating, int | float) else None
