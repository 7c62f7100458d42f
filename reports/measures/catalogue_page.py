"""The catalogue as a page: docs/measures.md is made from it, and a test sees that it is."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

from itsm.figures import Direction, Unit
from reports.measures.contracts import CATALOGUE, Contract

_HEAD = """# Measures

Every figure a pack may hold, with its one definition. This page is made from the catalogue in
`reports/measures/`; a test fails when the two differ.

## How to read a figure

- A figure that cannot be computed from what a source provides is shown as "not available from
  SOURCE" with what it needs. It is never shown as 0 and never left out.
- Every figure carries its numerator and denominator, the period, the sources, what was left out
  and why, and the record numbers behind it.
- *exact*: dated by the record's history or by a clock of the source. *computed*: dated by the
  record's own times, or by our own arithmetic. *proxy*: stands for something the source does not
  mark; the note says what. *preliminary*: may still change, because time has to pass first.
- Each figure of operation names a partner from the users' experience, to be read beside it.
- No figure is about a person: none is a slice, and none is among the records behind a figure. Teams
  known to have fewer than 5 people are never told apart. A test reads every generated sentence for
  blame and for names.
- Not all figures are shown in the weekly pack yet; those that are not say so.

## Time and events

- Times are kept in UTC. A week runs from Monday 00:00 up to, not including, the next Monday 00:00
  in the zone of the pack, so that a week with a daylight-saving change has 167 or 169 hours.
- Figures count events known at the cut-off: openings, resolutions, reopenings, cancellations. An
  incident resolved in week 10 and reopened in week 12 stays one resolution in week 10, and its
  second resolution is a second event, with its time taken from the first opening.
- **Which time dates a resolution.** Where the history of a record tells how it entered resolved or
  closed, history does. An edit made later, such as a resolution time that is stamped anew while the
  record rests in resolved, moves no past figure. Where history does not tell, `resolved_at` does,
  else `closed_at`, else the last update of a record that is closed. `Incidents resolved` says
  beside its value how many of its resolutions the record itself now dates in another week.
- A state that nobody has given a meaning neither ends a record nor opens it again.
- Test records, and records marked as a duplicate of another, are left out and counted apart. A
  record opened and canceled within one week counts as neither opened nor canceled, and is told
  apart; one canceled later stays opened in its week and is a cancellation in the later one.
- Backlog of a week = backlog of the week before + opened + reopened - resolved - canceled, exactly.
- What has no history, such as a category, is taken as it stands today.

## Is it a signal?

Weekly series are XmR charts of up to 26 weeks: limits are the mean plus or minus 2.66 times the
mean moving range, from 10 weeks on. A signal is a point outside the limits, 7 in a row on one side,
6 in a row rising or falling, or 2 of 3 in the outer third. 7 zeros in a row are none where zeros
were so usual that chance brings such a run once in 64. The limits of a count lie at least 1 from
its mean, and within 1 of it there is no outer third: a single record makes no signal. Only a signal
is called improvement or deterioration. A series begins with the first week that the source covers
from its first day, and where a figure looks back 90 days, as the repeat rate does, 90 days later. A
week with fewer than 5 observations gives no point for a share or a median.

- Records that begin on some day know nothing old: a backlog then only seems to age, and what takes
  long is not resolved yet. Figures of incidents other than the opened ones are therefore judged,
  and their limits made, from the week on in which nine of ten incidents opened on the first day
  would have been resolved. The weeks before stay in the series.
- An improvement that is declared to have gone live gives its figure limits of its own from then
  on. A known event, such as a freeze or a holiday, is named beside the series and hides nothing.
- Calm weeks raise a false alarm in at most 3 of 100 (10 to 26 weeks, normal and Poisson; the tests
  measure it). By calendar month and quarter, limits come from months and quarters.
- A target is held against the limits: reached always, in some weeks, or out of reach of the process
  as it runs. A missed week is structural when the 12 before it hold more misses than a process
  that misses one week in ten would have with a chance of 5 %; else it is an exception.

How well signals, causes and forecasts do is in [signals.md](signals.md).
"""

_UNITS = {
    Unit.COUNT: "count",
    Unit.SHARE: "share, 0-1, with Wilson 95 % interval",
    Unit.HOURS: "hours",
    Unit.DAYS: "days",
    Unit.HOPS: "hops",
    Unit.POINTS: "points",
    Unit.MONEY: "money, in the configured currency",
}
_GOOD = {
    Direction.UP: "up is good",
    Direction.DOWN: "down is good",
    Direction.NEITHER: "neither way is good by itself",
}


def catalogue_markdown() -> str:
    """The whole page, families and figures in the order of the catalogue."""
    return "\n".join([_HEAD, *_families(), ""])


def _families() -> Iterator[str]:
    by_family = sorted(CATALOGUE.values(), key=_family_order)
    for family, contracts in groupby(by_family, key=attrgetter("family")):
        yield f"## {family[0].upper()}{family[1:]}\n"
        for contract in contracts:
            yield _figure(contract)


def _family_order(contract: Contract) -> int:
    families = list(dict.fromkeys(one.family for one in CATALOGUE.values()))
    return families.index(contract.family)


def _figure(contract: Contract) -> str:
    partner = CATALOGUE[contract.partner]
    return "\n".join(
        [
            f"### `{contract.figure_id}`: {contract.title}\n",
            f"- formula (version {contract.version}): {contract.formula}",
            *([] if contract.is_in_pack else ["- not in the weekly pack yet"]),
            f"- unit: {_UNITS[contract.unit]}; {_GOOD[contract.direction]}",
            f"- denominator: {contract.denominator}",
            f"- left out: {contract.exclusions}",
            f"- needs: {'; '.join(contract.needs)}",
            f"- owner: {contract.owner}; decision: {contract.decision}",
            f"- read beside: {partner.title} (`{partner.figure_id}`)\n",
        ]
    )
