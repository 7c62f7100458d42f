"""Due: which released pack goes to whom now, by the day, hour and zone of each subscription."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flows.stages.release import newest
from flows.subscribing import choices_of, formats_of, is_daily
from flows.weeks import last_week
from flows.wiring import Parts
from itsm.clocks import zone_of
from itsm.deliveries import GONE_OUT, Delivery, DeliveryState
from itsm.packs import ReleaseState
from itsm.periods import period_of
from itsm.subscriptions import Channel, Rhythm, Subscription
from store.publishing import PackLine
from store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Due:
    """What falls due, and what would but waits for a person.

    Attributes:
        deliveries: to be planned.
        waits: why packs that are due do not go out, by pack.
        overtaken: deliveries that wait although a newer version was released, with that version.
    """

    deliveries: tuple[Delivery, ...]
    waits: dict[str, str]
    overtaken: tuple[tuple[Delivery, int], ...]


def due(parts: Parts, now: datetime, week: str | None = None) -> Due:
    """What is to be sent now.

    A pack that fell due before a subscription began, or too long ago, is left out.

    Args:
        parts: from `flows.wiring`.
        now: the time now.
        week: only the packs of this period, whenever they fell due.
    """
    with parts.store.look() as uow:
        lines = newest(uow.packs.lines(week))
        by_edition: dict[str, list[PackLine]] = {}
        for line in lines:
            by_edition.setdefault(line.edition, []).append(line)
        found: dict[tuple[str, Channel, str], Delivery] = {}
        waits: dict[str, str] = {}
        for one in uow.subscriptions.list():
            if is_daily(one.edition):
                continue
            for choice in choices_of(parts.settings, one):
                for line in by_edition.get(choice.key, ()):
                    if Rhythm.of(line.week) is not one.rhythm:
                        continue
                    if not _is_time(parts, one, line, now, asked=week is not None):
                        continue
                    reason = _held(uow, one, line)
                    if week is None:
                        reason = reason or _made_afterwards(parts, uow, line)
                    if reason:
                        waits[line.pack_id] = reason
                        continue
                    made = _delivery(one, line.pack_id, now)
                    found[made.key] = _merged(found.get(made.key), made)
        overtaken = tuple(_overtaken(uow, lines))
    return Due(tuple(found.values()), waits, overtaken)


def plan(parts: Parts, found: Due, now: datetime) -> int:
    """Put what falls due among the deliveries; returns how many are new."""
    with parts.store.begin() as uow:
        for one, version in found.overtaken:
            said = f"version {version} takes its place"
            uow.deliveries.finish(one.delivery_id, DeliveryState.GIVEN_UP, said, now)
        n_new = uow.deliveries.plan(found.deliveries)
        uow.commit()
    return n_new


def _is_time(
    parts: Parts, one: Subscription, line: PackLine, now: datetime, *, asked: bool
) -> bool:
    period = period_of(line.week, parts.settings.zone)
    end = period.end_at.astimezone(zone_of(one.zone)).date()
    at = one.due_at(end)
    if at < period.end_at:  # its day begins earlier than the week ends, seen from where weeks are
        at = one.due_at(end + timedelta(days=1))
    if at > now:
        return False
    if asked:
        return True
    oldest = now - timedelta(days=parts.settings.delivery.max_age_days)
    return at >= one.since and at >= oldest


def _held(uow: UnitOfWork, one: Subscription, line: PackLine) -> str:
    """Why a pack that is due does not go to a subscriber; "" if it does."""
    if line.state is ReleaseState.HELD:
        return "held back"
    if line.state is ReleaseState.WAITING:
        return "waits for release"
    is_by_timer = line.release is not None and not line.release.actor
    if is_by_timer and line.version > 1 and _has_earlier(uow, one, line):
        return "takes the place of a version that was sent; a person has to release it"
    return ""


def _made_afterwards(parts: Parts, uow: UnitOfWork, line: PackLine) -> str:
    """Why a pack that was made when its week was long over does not go out by itself."""
    week = last_week(period_of(line.week, parts.settings.zone))
    run = uow.week_runs.get(week.label)
    is_by_person = line.release is not None and bool(line.release.actor)
    if run is None or not run.is_afterwards or run.sends or is_by_person:
        return ""
    return "made afterwards; a person has to release it, or catching_up.sends has to be set"


def _has_earlier(uow: UnitOfWork, one: Subscription, line: PackLine) -> bool:
    earlier = [
        other.pack_id
        for other in uow.packs.lines(line.week)
        if other.edition == line.edition and other.version < line.version
    ]
    return any(
        (delivery.channel, delivery.whose) == (one.channel, one.recipient)
        and delivery.state in GONE_OUT
        for item in earlier
        for delivery in uow.deliveries.list(item=item)
    )


def _overtaken(uow: UnitOfWork, lines: tuple[PackLine, ...]) -> Iterator[tuple[Delivery, int]]:
    """Deliveries of earlier versions that still wait although the newest may go out."""
    released = {(one.week, one.edition): one for one in lines if one.state is ReleaseState.RELEASED}
    ids = {}
    for one in uow.packs.lines():
        later = released.get((one.week, one.edition))
        if later is not None and one.version < later.version:
            ids[one.pack_id] = later.version
    for delivery in uow.deliveries.list(states={DeliveryState.WAITING}):
        if delivery.item in ids:
            yield delivery, ids[delivery.item]


def _delivery(one: Subscription, item: str, now: datetime) -> Delivery:
    return Delivery(
        item=item,
        channel=one.channel,
        recipient=one.address,
        name=one.name,
        subscription_id=one.subscription_id,
        formats=formats_of(one),
        made_at=now,
        changed_at=now,
    )


def _merged(before: Delivery | None, after: Delivery) -> Delivery:
    """Two subscriptions of one reader to the same pack are one letter with all they ask for."""
    if before is None:
        return after
    formats = tuple(dict.fromkeys((*before.formats, *after.formats)))
    return replace(before, formats=formats)
