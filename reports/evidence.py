"""Every list of records that a pack can open, under the anchor that figures name."""

from collections.abc import Iterator

from reports.lookup import members_anchor
from reports.model import EvidenceList, Pack

MEMBERS = "candidate_members"
"""The figure id of the lists of candidates' members."""


def evidence_lists(pack: Pack) -> tuple[EvidenceList, ...]:
    """The records behind the figures of a pack, then the members of its candidates."""
    return (*pack.evidence, *_members(pack))


def _members(pack: Pack) -> Iterator[EvidenceList]:
    for row in pack.candidate_rows:
        if row.members:
            yield EvidenceList(
                figure_id=MEMBERS,
                anchor=members_anchor(row.candidate_id),
                title=row.statement,
                dimension=row.candidate_id,
                period=pack.week,
                rows=row.members,
            )


def openable(pack: Pack) -> frozenset[str]:
    """The anchors that have records behind them."""
    return frozenset(item.anchor for item in evidence_lists(pack))
