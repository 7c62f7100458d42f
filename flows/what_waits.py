"""What waits for a person, as the letter of a day tells it."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from flows.people_settings import person_of
from flows.wiring import Parts
from itsm.access import ANYBODY, Sight, register_person
from itsm.clocks import zone_of
from itsm.register_roles import Person
from itsm.subscriptions import Subscription
from itsm.waiting import WaitItem
from reports.deliver.cover import more_waiting, waiting_subject
from reports.language import speaking
from store.unit_of_work import UnitOfWork
from store.waiting_for import waits_for

MAX_ITEMS = 25


def waiting_for(
    parts: Parts, one: Subscription, now: datetime
) -> tuple[tuple[WaitItem, ...], str, str]:
    """What waits for the person of a subscription; its subject and its text.

    They are known by the short name or the full name that the subscription carries; for somebody
    who has no account and no roles, nothing waits.
    """
    today = now.astimezone(zone_of(one.zone)).date()
    with parts.store.look() as uow:
        found = _known(parts, uow, one.name)
        items = waits_for(uow, *found, today) if found else ()
    with speaking(one.language):
        subject = waiting_subject(parts.settings.organisation, len(items))
        left = len(items) - MAX_ITEMS
        more = [more_waiting(left)] if left > 0 else []
    lines = [*_lines(parts, items[:MAX_ITEMS]), *more]
    return items, subject, "\n".join(lines)


def _lines(parts: Parts, items: tuple[WaitItem, ...]) -> Iterator[str]:
    """Each thing with where it is done."""
    pages = urlsplit(parts.settings.delivery.archive_url)
    base = f"{pages.scheme}://{pages.netloc}" if pages.netloc else ""
    for item in items:
        yield f"- {item.told}"
        if base:
            yield f"  {base}{item.path}"


def _known(parts: Parts, uow: UnitOfWork, name: str) -> tuple[Person, Sight] | None:
    """The person of a name and what they are shown; None where nobody is called so."""
    for account in uow.accounts.list():
        if name in {account.name, account.display} and not account.is_disabled:
            sight = Sight(services=frozenset(account.services))
            return register_person(account.name, account.display, account.roles), sight
    for short, settings in parts.settings.people.items():
        if name in {short, settings.full_name}:
            person = person_of(parts.settings.people, short)
            assert person is not None
            return person, ANYBODY
    return None
