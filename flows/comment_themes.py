"""What unhappy customers say again and again: themes of the comments in survey answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from checks.known_names import KnownNames
from checks.privacy import redact_all
from flows.minable import people
from flows.reading import frame
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.states import RecordKind
from problem_mining.comments import alike
from problem_mining.explain import MemberFacts, central_title
from problem_mining.plain_titles import plain_titles, written_in

LOOKBACK_WEEKS = 26
"""Comments of so many weeks are read."""
LOW_SCORE = 2
"""Of 5: up to here somebody was not served well."""
LOW_NPS = 6
"""Of 10: up to here somebody would advise against us; counts where there is no score."""
MAX_SAID = 3
"""Comments of a theme that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentTheme:
    """Comments that say the same.

    Attributes:
        statement: what they say, in the words of one of them; personal data is out.
        answers: the survey answers, as source/number.
        records: what they were about, as source/number.
        said: some of the comments, personal data out.
        mean_score: of those that have a score, 1 to 5; None for none.
    """

    statement: str
    answers: tuple[str, ...]
    records: tuple[str, ...]
    said: tuple[str, ...]
    mean_score: float | None


def comment_themes(
    parts: Parts, week: ReportingWeek, cutoff_at: datetime
) -> tuple[CommentTheme, ...] | None:
    """The themes of low answers with a comment, the largest first.

    Returns:
        None where no source provides survey answers.
    """
    answers = frame(parts.store, RecordKind.SURVEY_RESPONSE, cutoff_at)
    if answers.empty:
        return None
    incidents = frame(parts.store, RecordKind.INCIDENT, cutoff_at)
    names = people(incidents, parts.store.people.everyone)
    return themes_of(answers, week, names, restricted_of(incidents))


def restricted_of(incidents: pd.DataFrame) -> frozenset[str]:
    """The incidents whose texts must not be shown, as source/number."""
    hidden = incidents[incidents["restricted"].fillna(False).astype(bool)]
    return frozenset(hidden["source"] + "/" + hidden["number"])


def themes_of(
    answers: pd.DataFrame, week: ReportingWeek, names: KnownNames, restricted: frozenset[str]
) -> tuple[CommentTheme, ...]:
    """The themes of a frame of survey answers.

    Args:
        answers: columns source, number, record, answered_at, score, nps, text.
        week: the last week that counts.
        names: of people, to be taken out of texts.
        restricted: records whose answers are left out, as source/number.
    """
    low = _low(answers, week)
    low = low[~low["record"].isin(restricted)].sort_values("key", ignore_index=True)
    texts = [text or "" for text in redact_all(low["text"], known_names=names).texts]
    labels = alike(texts)
    told = [_theme(low[labels == n], labels == n, texts) for n in range(labels.max(initial=-1) + 1)]
    return tuple(sorted(told, key=lambda one: (-len(one.answers), one.statement)))


def _low(answers: pd.DataFrame, week: ReportingWeek) -> pd.DataFrame:
    """Low answers with a comment, with `key` and `record` as source/number."""
    end, start = pd.Timestamp(week.end_at), pd.Timestamp(week.shifted(-LOOKBACK_WEEKS).end_at)
    at, score, nps = answers["answered_at"], answers["score"], answers["nps"]
    is_low = (score <= LOW_SCORE) | (score.isna() & (nps <= LOW_NPS))
    has_text = answers["text"].fillna("").astype(str).str.strip() != ""
    chosen = answers[is_low.fillna(False) & has_text & (at >= start) & (at < end)]
    return chosen.assign(
        key=chosen["source"] + "/" + chosen["number"],
        record=chosen["source"] + "/" + chosen["record"],
    )


def _theme(rows: pd.DataFrame, inside: NDArray[np.bool_], texts: Sequence[str]) -> CommentTheme:
    own = [texts[at] for at in np.flatnonzero(inside).tolist()]
    scores = rows["score"].dropna().tolist()
    facts = [MemberFacts(text, text, {}, None, 1.0) for text in own]
    return CommentTheme(
        statement=plain_titles([central_title(facts)], written_in(texts))[0],
        answers=tuple(sorted(rows["key"])),
        records=tuple(sorted(set(rows["record"]))),
        said=tuple(dict.fromkeys(own))[:MAX_SAID],
        mean_score=round(fmean(scores), 2) if scores else None,
    )


def told(found: Sequence[CommentTheme]) -> Iterator[str]:
    """Themes as lines for people."""
    for one in found:
        score = "" if one.mean_score is None else f", {one.mean_score:.1f} of 5 in the mean"
        yield f"{len(one.answers)} answers{score}: {one.statement}"
        yield from (f"    {text}" for text in one.said)
        yield f"    about {', '.join(one.records[:5])}" + (" ..." if len(one.records) > 5 else "")
