"""The order in which kinds are pulled: what the pack needs comes first.

Where requests are few, a pull may have to end before it is done. What tells of a kind that others
hang on comes before those; of the rest, what most figures are made of comes before what few need.
"""

from collections.abc import Iterable

from itsm.states import RecordKind

K = RecordKind
ORDER = (
    K.INCIDENT,
    K.PROBLEM,
    K.CHANGE,
    K.SERVICE_REQUEST,
    K.PROBLEM_TASK,
    K.HISTORY,
    K.SLA_CLOCK,
    K.SERVICE,
    K.TEAM,
    K.VENDOR,
    K.VENDOR_CASE,
    K.CONTRACT,
    K.CONTRACT_CLAUSE,
    K.OUTAGE,
    K.SURVEY_RESPONSE,
    K.APPROVAL,
    K.KNOWN_ERROR,
    K.CONFIGURATION_ITEM,
    K.POST_INCIDENT_REVIEW,
    K.REVIEW_ACTION,
    K.KNOWLEDGE_ARTICLE,
    K.COMMENT,
    K.CI_RELATION,
)
"""All kinds; comments, of which there are very many, are in few figures of the pack."""
_RANK = {kind: place for place, kind in enumerate(ORDER)}


def in_order(kinds: Iterable[RecordKind]) -> list[RecordKind]:
    """Kinds as they are pulled."""
    return sorted(kinds, key=_RANK.__getitem__)
