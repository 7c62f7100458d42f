"""People who keep the register, and a browser for each of them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from itsm.access import AppRole
from itsm.candidates import CostModel
from itsm.register import Origin, RegisterEntry, RegisterState
from review_app.app import review_app
from review_app.identity.actors import Actor, Known, acting_as
from review_app.parts import ReviewParts
from review_app.works import Works
from store import Store
from store.reviewing import Reviewing
from tests.review_app.desk import CSRF, PORT, Visitor

TODAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> {{ 7*7 }} =cmd|' /C calc'!A0 \u202egnp.exe \x00"
ANNA = acting_as("anna", "Anna Berg", [AppRole.PROBLEM_MANAGER])
OTTO = acting_as("otto", "Otto Lang", [AppRole.REGISTER_APPROVER])
VERA = acting_as("vera", "Vera Kohl", [AppRole.VIEWER])
SVEN = acting_as("sven", "Sven Moe", [AppRole.VIEWER], services=["Payroll"])
ADA = acting_as("ada", "Ada Roth", [AppRole.ADMINISTRATOR])
TRUSTED = acting_as("tim", "Tim Holt", [AppRole.VIEWER, AppRole.RESTRICTED_READER])
WORKS = Works(people={"anna": "Anna Berg", "otto": "Otto Lang"}, clock=lambda: AT)


class Office(Visitor):
    """A browser of somebody who has logged in; the clock stands still."""

    def __init__(self, store: Store, actor: Actor = ANNA, works: Works = WORKS) -> None:
        self.store = store
        parts = ReviewParts(
            reviewing=Reviewing.of(store),
            redact=lambda title, people: title,
            zone=ZoneInfo("Europe/London"),
            organisation="Example & Co",
            cost=CostModel(),
            identify=lambda _: Known(actor=actor, csrf=CSRF if actor.is_known else ""),
            works=works,
        )
        self.app = review_app(parts, port=PORT)

    def entry(self, number: str = "CSI-0001") -> RegisterEntry:
        """An entry as it is now."""
        with self.store.look() as uow:
            return uow.register.get(number)


def improvement(number: str = "CSI-0001", **fields: object) -> RegisterEntry:
    """A new entry that somebody else than the people above has proposed."""
    plain = RegisterEntry(
        number=number,
        title=f"Stop the VPN drops {number}",
        description="Home workers lose their connection.",
        origin=Origin.DEMAND,
        origin_record=None,
        evidence_hash=None,
        raised_at=AT,
        raised_by="pia",
        service="Remote access",
    )
    return replace(plain, **fields)  # type: ignore[arg-type]  # each field fits


def owned(number: str = "CSI-0001", **fields: object) -> RegisterEntry:
    """An entry in assess that anna owns."""
    given = {"state": RegisterState.ASSESS, "coordinator": "anna", "next_review_on": TODAY}
    return improvement(number, **{**given, **fields})


def register(store: Store, entries: Iterable[RegisterEntry]) -> None:
    """Keep entries."""
    with store.begin() as uow:
        uow.register.save(list(entries))
        uow.commit()
