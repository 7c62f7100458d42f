"""Publish: the editions that readers have asked for are made of one load of data, and archived."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from flows.stage_watch import stage
from flows.stages.archive import archive_pack
from flows.stages.editions import Editions, Occasion
from flows.stages.pack import frozen
from flows.subscribing import choices_of, formats_of, is_daily, seed_subscriptions
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.errors import CsiError
from itsm.periods import Months
from itsm.subscriptions import Rhythm, Subscription
from reports.editions import Choice


@dataclass(frozen=True, slots=True)
class Published:
    """The packs that were made or found as they were, and why others could not be made."""

    packs: tuple[str, ...]
    troubles: Mapping[str, str]

    @property
    def told(self) -> str:
        """It in one line."""
        bad = f"; {len(self.troubles):,} could not be made" if self.troubles else ""
        return f"{len(self.packs):,} editions archived for their readers{bad}"


@stage("publish")
def publish_editions(
    parts: Parts,
    week: ReportingWeek,
    cutoff_at: datetime,
    run_id: str | None,
    missing: Mapping[str, str],
) -> Published:
    """Make and archive every edition somebody gets of this week, and of what ended in it.

    An edition that cannot be made, such as of a service that is gone, stops no other.

    Args:
        parts: from `flows.wiring`.
        week: the reporting week.
        cutoff_at: the moment the packs are true for.
        run_id: the mining run their candidates come from; None where nothing was mined.
        missing: what they have to do without, with the reason.

    Raises:
        ConfigError: a subscription of the configuration asks for something there is not.
    """
    seed_subscriptions(parts)
    with parts.store.look() as uow:
        readers = [one for one in uow.subscriptions.list() if not is_daily(one.edition)]
    made: list[str] = []
    troubles: dict[str, str] = {}
    for rhythm, period in _ended(week):
        wanted = _wanted(parts, [one for one in readers if one.rhythm is rhythm])
        occasion = Occasion(period=period, cutoff_at=cutoff_at, run_id=run_id, missing=missing)
        editions = Editions(parts, occasion)
        for choice, formats in wanted.items():
            try:
                _, snapshot = frozen(parts, editions, choice)
                archive_pack(parts, snapshot.pack_id, formats)
                made.append(snapshot.pack_id)
            except CsiError as error:
                troubles[f"{period.label} {choice.key}"] = str(error)
                parts.say(f"publish {period.label} {choice.key}: {error}")
    return Published(tuple(made), troubles)


def _wanted(parts: Parts, readers: list[Subscription]) -> dict[Choice, tuple[str, ...]]:
    """The editions that somebody gets, each with every format it is wanted in."""
    wanted: dict[Choice, tuple[str, ...]] = {}
    for one in readers:
        for choice in choices_of(parts.settings, one):
            both = (*wanted.get(choice, ()), *formats_of(one))
            wanted[choice] = tuple(dict.fromkeys(both))
    return wanted


def _ended(week: ReportingWeek) -> Iterator[tuple[Rhythm, ReportingWeek | Months]]:
    """The week, and the month and quarter that ended in it, if one did."""
    yield Rhythm.WEEK, week
    after = week.shifted(1).monday
    month = Months(after.year * 12 + after.month - 2, 1, week.zone)
    if week.start_at < month.end_at <= week.end_at:
        yield Rhythm.MONTH, month
        if month.first % 3 == 2:
            yield Rhythm.QUARTER, Months(month.first - 2, 3, week.zone)
