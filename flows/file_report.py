"""The groups of a mined file as one page that needs nothing else: no script, no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from itsm.candidates import CostModel, ProblemCandidate
from itsm.clocks import ReportingWeek
from problem_mining.doubts_told import N_REASONS, doubts_of
from problem_mining.pipeline import Grouping
from problem_mining.proposals import propose

MAX_GROUPS = 300
SHOWN = 4
MAX_REST = 60
FILE = "file"


@dataclass(frozen=True, slots=True)
class ShownMember:
    """An id with the words it is known by."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group as the page has it, its most typical members first."""

    statement: str
    why: str
    without: Sequence[str]
    n: int
    shown: Sequence[ShownMember]
    rest: Sequence[ShownMember]


def render_groups(
    name: str,
    columns: Mapping[str, str],
    incidents: pd.DataFrame,
    grouping: Grouping,
    made_by: str,
) -> str:
    """The page.

    Args:
        name: of the file.
        columns: which column was taken for which field.
        incidents: as they were mined, texts without personal data.
        grouping: what came of them.
        made_by: how it was done, in a sentence.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = _candidates(incidents, grouping)
    titles = _titles(incidents)
    doubts = doubts_of(incidents, grouping, found[:N_REASONS], source_of=_source_of)
    without = {one.candidate_id: [each.text for each in one.without or ()] for one in doubts}
    environment = Environment(
        loader=PackageLoader("flows"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("groups.html.j2").render(
        name=name,
        columns=columns,
        n_rows=len(grouping.keys),
        n_grouped=int((grouping.labels >= 0).sum()),
        groups=[
            _shown(each, titles, without.get(each.candidate_id, ())) for each in found[:MAX_GROUPS]
        ],
        n_left_out=max(len(found) - MAX_GROUPS, 0),
        made_by=made_by,
    )


def _candidates(incidents: pd.DataFrame, grouping: Grouping) -> list[ProblemCandidate]:
    """The groups with a statement, the largest first."""
    newest = incidents["opened_at"].max() if "opened_at" in incidents else None
    at = datetime(2000, 1, 3, tzinfo=UTC) if newest is None or pd.isna(newest) else newest
    found = propose(
        incidents,
        grouping,
        source_of=_source_of,
        week=ReportingWeek.of(at),
        cost=CostModel(),
    )
    return sorted(found, key=lambda each: (-len(each.members), each.candidate_id))


def _source_of(key: str) -> tuple[str, str]:
    return FILE, key


def _titles(incidents: pd.DataFrame) -> dict[str, str]:
    column = "title" if "title" in incidents else "description"
    if column not in incidents:
        return {}
    known = incidents[["key", column]].dropna()
    texts = known[column].astype(str).str.split("\n").str[0].str.slice(0, 200)
    return dict(zip(known["key"].astype(str), texts, strict=True))


def _shown(
    candidate: ProblemCandidate, titles: Mapping[str, str], without: Sequence[str]
) -> ShownGroup:
    members = sorted(candidate.members, key=lambda member: (-member.score, member.number))
    told = [ShownMember(m.number, titles.get(m.number, "")) for m in members]
    reasons = [each.text for each in candidate.evidence if each.contributes and each.text]
    return ShownGroup(
        statement=candidate.statement,
        why="; ".join(reasons[:3]),
        without=without,
        n=len(members),
        shown=told[:SHOWN],
        rest=told[SHOWN : SHOWN + MAX_REST],
    )
