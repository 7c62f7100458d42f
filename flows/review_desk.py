"""What the review pages decide with: the store, the homes of problems, and the register."""

from dataclasses import replace
from datetime import datetime

from flows.pushing import homes_of, push_settings
from flows.registering import act_of, weighed
from flows.stages.propose import entry_of
from flows.wiring import Parts
from itsm.candidates import ProblemCandidate
from itsm.register_roles import Person
from itsm.register_rules import proposed
from review_app.desk import Desk
from store.runs import MiningRun
from store.unit_of_work import UnitOfWork


def review_desk(parts: Parts) -> Desk:
    """The desk of an installation."""

    def open_entry(
        uow: UnitOfWork, candidate: ProblemCandidate, run: MiningRun, person: Person, at: datetime
    ) -> tuple[str, bool]:
        made = replace(entry_of(candidate, run), raised_by=person.name, raised_at=at)
        entry = weighed(parts, proposed(made, act_of(parts, person, "", at)))
        return entry.number, uow.register.save([entry]) > 0

    sources = {name: push_settings(parts.settings, name) for name in parts.settings.sources}
    return Desk(
        store=parts.store,
        open_entry=open_entry,
        homes=homes_of(parts.settings),
        modes={name: found.mode for name, found in sources.items() if found is not None},
    )
