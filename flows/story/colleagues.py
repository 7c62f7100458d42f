"""What colleagues do in the practice ServiceNow meanwhile, without knowing of the register."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flows.mirroring import queue_mirrors
from flows.registering import weighing_of
from flows.story.cast import Meeting
from flows.story.instance import COLLEAGUE, StoryInstance
from itsm.pushing import PushKind
from simulator.ground_truth import cause_id
from simulator.servicenow.ids import user_name
from store import improving

_ENTRY, _PROBLEM = PushKind.REGISTER_ENTRY, PushKind.PROBLEM


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A field of a record that somebody changes at its form.

    Attributes:
        week: of the story, from which on; once.
        cause: whose record it is.
        kind: the problem, or the improvement.
        column: as the form has it.
        value: what is entered.
        once: the code of the state that the record has to be in first; "" for any.
        meanwhile: the description that its owner gives the entry on the same day, before anybody
            has seen the edit; "" where nobody does.
    """

    week: int
    cause: str
    kind: PushKind
    column: str
    value: str
    once: str = ""
    meanwhile: str = ""


EDITS = (
    Edit(
        week=5,
        cause=cause_id(0),
        kind=_ENTRY,
        column="short_description",
        value="Same fault every working day: roll the mended configuration out",
    ),
    Edit(week=6, cause=cause_id(3), kind=_PROBLEM, column="state", value="106"),
    Edit(week=9, cause=cause_id(5), kind=_ENTRY, column="state", value="5", once="4"),
    Edit(
        week=12,
        cause=cause_id(4),
        kind=_ENTRY,
        column="description",
        value="Raise the limit; the night shift says 400 is enough.",
        meanwhile="Raise the limit to 500.",
    ),
)
"""A better title, a problem that is solved, work that begins, and words that two people write."""


@dataclass(slots=True)
class Colleagues:
    """Do what the script says, once each."""

    instance: StoryInstance
    left: list[Edit] = field(default_factory=lambda: list(EDITS))

    def work(self, number: int, candidate_of: Mapping[str, str]) -> list[str]:
        """The edits of a week that nobody here crosses; a line for each."""
        due = [one for one in self._due(number, candidate_of) if not one.meanwhile]
        return [self._edit(one, candidate_of[one.cause]) for one in due]

    def cross(self, meeting: Meeting, candidate_of: Mapping[str, str]) -> list[str]:
        """The edits that cross what is changed here on the same day; a line for each."""
        due = [one for one in self._due(meeting.number, candidate_of) if one.meanwhile]
        return [self._crossed(one, candidate_of[one.cause], meeting) for one in due]

    def _due(self, number: int, candidate_of: Mapping[str, str]) -> Iterator[Edit]:
        for one in self.left:
            subject = candidate_of.get(one.cause)
            if subject is not None and one.week <= number and self._is_ready(one, subject):
                yield one

    def _is_ready(self, one: Edit, candidate: str) -> bool:
        record = self.instance.record(one.kind, _subject(one, candidate))
        return record is not None and one.once in ("", record.state)

    def _edit(self, one: Edit, candidate: str) -> str:
        record = self.instance.record(one.kind, _subject(one, candidate))
        assert record is not None, "it was there when it was due"
        who = user_name(COLLEAGUE)
        self.instance.server.edit(record.table, record.key, one.column, one.value, who)
        self.left.remove(one)
        return f"{COLLEAGUE} changes {one.column} of {record.number} in ServiceNow"

    def _crossed(self, one: Edit, candidate: str, meeting: Meeting) -> str:
        number = _subject(one, candidate)
        with meeting.parts.store.begin() as uow:
            owner = uow.register.get(number).coordinator
            assert owner is not None, "an entry that is worked on has an owner"
            act = meeting.act(owner, "as the vendor said")
            texts = {"description": one.meanwhile}
            improving.edit(uow, weighing_of(meeting.parts).weights, number, texts, act, None)
            queue_mirrors(uow, meeting.parts)
            uow.commit()
        return f"{self._edit(one, candidate)}, while {owner} writes other words into {number}"


def _subject(one: Edit, candidate: str) -> str:
    return candidate if one.kind is _PROBLEM else f"CSI-{candidate}"
