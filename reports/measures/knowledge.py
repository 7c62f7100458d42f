"""Knowledge: patterns without an article, and articles that nobody keeps or uses."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from itsm.figures import Direction, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, not_available, standing
from reports.measures.contract import Contract
from reports.measures.data import DAY, Flags, texts, times
from reports.measures.mined import mined_of
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Timeline

MIN_MEMBERS = 3
CONSISTENT = 0.6
"""So large a share of a candidate's fixes has to be the same."""
STALE_DAYS = 365
MAX_GAPS = 20

_contract = partial(
    Contract,
    family="knowledge",
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    denominator="none: a count",
    owner="knowledge manager",
    partner="reopen_rate",
    is_in_pack=False,
)
GAPS = _contract(
    figure_id="knowledge_gaps",
    title="Knowledge gaps",
    formula=(
        "candidates with 3 or more resolved incidents, 60 % of them closed with the same close "
        "code, and no article linked to any; the largest one by one"
    ),
    exclusions="test records, duplicates and canceled incidents",
    kind=RecordKind.INCIDENT,
    needs=("a finished mining run", "incident.close_code", "incident.knowledge_article"),
    decision="which article or training to write next",
)
STALE = _contract(
    figure_id="knowledge_stale",
    title="Stale articles",
    formula="articles in use at the end of the week that were not updated for 365 days",
    exclusions="retired articles; articles without a time of update or of opening",
    kind=RecordKind.KNOWLEDGE_ARTICLE,
    needs=("knowledge_article.updated_at or knowledge_article.opened_at",),
    decision="which articles to review or retire",
)
UNOWNED = _contract(
    figure_id="knowledge_unowned",
    title="Articles without an owner",
    formula="articles in use at the end of the week that name no owner",
    exclusions="retired articles",
    kind=RecordKind.KNOWLEDGE_ARTICLE,
    needs=("knowledge_article.owner",),
    decision="who keeps which articles",
)
UNUSED = _contract(
    figure_id="knowledge_unused",
    title="Articles that nobody uses",
    formula="articles in use at the end of the week with no recorded use and no linked incident",
    exclusions="retired articles; articles whose use is not counted",
    kind=RecordKind.KNOWLEDGE_ARTICLE,
    needs=("knowledge_article.uses",),
    decision="which articles to retire, retitle or make easier to find",
)
_OF_ARTICLES = (STALE, UNOWNED, UNUSED)
CONTRACTS = (GAPS, *_OF_ARTICLES)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Gaps of knowledge, and the upkeep of what there is."""
    yield from _gaps(scope)
    articles = scope.frame(RecordKind.KNOWLEDGE_ARTICLE)
    if articles is None:
        reason = "no source provides knowledge articles"
        yield from (not_available(scope, one, reason) for one in _OF_ARTICLES)
        return
    retired = times(articles, "retired_at") < scope.week_end
    opened = times(articles, "opened_at")
    articles = articles[~retired & ~(opened >= scope.week_end)]
    yield from _articles(scope, articles)


def _articles(scope: Scope, articles: pd.DataFrame) -> Iterator[FigureResult]:
    opened, updated = times(articles, "opened_at"), times(articles, "updated_at")
    touched = np.where(np.isnat(updated), opened, updated)
    known = ~np.isnat(touched)
    if known.any():
        old = np.asarray(scope.week_end - touched > STALE_DAYS * DAY)
        extras = Extras(excluded={"no time of update": int((~known).sum())})
        yield _count(scope, STALE, articles, old, extras)
    else:
        yield not_available(scope, STALE, "no article tells when it was opened or updated")
    if articles["owner"].notna().any():
        yield _count(scope, UNOWNED, articles, articles["owner"].isna().to_numpy(), Extras())
    else:
        yield not_available(scope, UNOWNED, "no article names an owner")
    uses = articles["uses"].astype("float64").to_numpy()
    if np.isnan(uses).all():
        yield not_available(scope, UNUSED, "no source counts the use of articles")
        return
    extras = Extras(excluded={"use not counted": int(np.isnan(uses).sum())})
    yield _count(scope, UNUSED, articles, (uses == 0) & ~_linked(scope, articles), extras)


def _count(
    scope: Scope, contract: Contract, articles: pd.DataFrame, chosen: Flags, extras: Extras
) -> FigureResult:
    number = texts(articles, "number")[chosen]
    beside = {"articles in use": float(len(articles))}
    return standing(
        scope,
        contract,
        float(chosen.sum()),
        number,
        Extras(companions=beside, excluded=extras.excluded),
    )


def _linked(scope: Scope, articles: pd.DataFrame) -> Flags:
    if scope.incidents is None:
        return np.zeros(len(articles), dtype=bool)
    linked = set(scope.incidents.columns.coded("knowledge_article").words)
    return np.asarray(articles["number"].isin(linked).to_numpy(), dtype=bool)


def _gaps(scope: Scope) -> Iterator[FigureResult]:
    timeline, mined = scope.incidents, scope.data.candidate_of
    if timeline is None or mined is None:
        yield not_available(scope, GAPS, "needs incidents and a finished mining run")
        return
    if not timeline.columns.is_known("close_code").any():
        yield not_available(scope, GAPS, "needs close codes of incidents, and none is given")
        return
    members = _resolved_members(timeline, mined)
    by_code = members.groupby(["candidate", "code"], sort=True).size()
    commonest = by_code.groupby(level=0).max()
    groups = members.groupby("candidate", sort=True)
    size, linked = groups.size(), groups["linked"].any()
    commonest = commonest.reindex(size.index, fill_value=0)
    is_gap = (size >= MIN_MEMBERS) & ~linked & (commonest >= CONSISTENT * size)
    found = sorted(size[is_gap].index, key=lambda name: (-size[name], name))
    number = members["number"][members["candidate"].isin(found)].to_numpy(dtype=object)
    yield standing(scope, GAPS, float(len(found)), number)
    for name in found[:MAX_GAPS]:
        rows = groups.get_group(name)
        beside = {"resolved": float(size[name]), "same fix": float(commonest[name] / size[name])}
        extras = Extras(dimensions={"candidate": str(name)}, companions=beside)
        yield standing(scope, GAPS, 1.0, rows["number"].to_numpy(dtype=object), extras)


def _resolved_members(timeline: Timeline, mined: pd.DataFrame) -> pd.DataFrame:
    """Members of candidates that are resolved at the cut-off."""
    last = np.full(len(timeline.opened_at), EventKind.OPENED, dtype=np.int8)
    last[timeline.events.record] = timeline.events.kind
    found = mined_of(timeline, mined)
    known = found.record >= 0
    record, candidate = found.record[known], found.candidate.only(np.flatnonzero(known)).texts()
    done = last[record] == EventKind.RESOLVED
    record = record[done]
    return pd.DataFrame(
        {
            "candidate": candidate[done],
            "number": timeline.number[record],
            "code": timeline.columns.coded("close_code").only(record).texts(),
            "linked": timeline.columns.is_known("knowledge_article")[record],
        }
    )
