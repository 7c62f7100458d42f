"""What users say: satisfaction and recommendation."""

from collections.abc import Iterator
from dataclasses import replace
from math import sqrt

import numpy as np

from itsm.figures import Direction, Figure, FigureResult, Unit
from itsm.states import RecordKind
from itsm.statistics import wilson_interval
from reports.measures.build import Extras, Observed, average, not_available, share
from reports.measures.contract import Contract
from reports.measures.data import Numbers, texts, times
from reports.measures.scope import Scope

_NEEDS = ("survey_response.answered_at",)
_OWNER = "service owner"

CSAT = Contract(
    figure_id="csat",
    title="Satisfaction (CSAT)",
    family="experience",
    formula="mean score on 1-5, 5 best, of the answers of the week",
    unit=Unit.POINTS,
    direction=Direction.UP,
    denominator="answers with a score in the week",
    exclusions="answers without a score",
    kind=RecordKind.SURVEY_RESPONSE,
    needs=(*_NEEDS, "survey_response.score"),
    owner=_OWNER,
    decision="which services to ask users about",
    partner="resolution_time",
    is_experience=True,
)
SATISFIED = Contract(
    figure_id="csat_satisfied",
    title="Satisfied users",
    family="experience",
    formula="answers with a score of 4 or 5 / answers with a score in the week",
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="answers with a score in the week",
    exclusions="answers without a score",
    kind=RecordKind.SURVEY_RESPONSE,
    needs=CSAT.needs,
    owner=_OWNER,
    decision=CSAT.decision,
    partner="sla_compliance",
    is_experience=True,
)
RESPONSE_RATE = Contract(
    figure_id="survey_response_rate",
    title="Survey response rate",
    family="experience",
    formula="surveys sent in the week and answered by the cut-off / surveys sent in the week",
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="surveys sent in the week",
    exclusions="surveys without a time of sending",
    kind=RecordKind.SURVEY_RESPONSE,
    needs=("survey_response.sent_at", *_NEEDS),
    owner=_OWNER,
    decision="how far satisfaction speaks for all users",
    partner="resolved",
    is_experience=True,
)
NPS = Contract(
    figure_id="nps",
    title="Net promoter score",
    family="experience",
    formula="share of promoters (9-10) less share of detractors (0-6) of the week, in points",
    unit=Unit.POINTS,
    direction=Direction.UP,
    denominator="answers on 0-10 in the week",
    exclusions="answers without a recommendation",
    kind=RecordKind.SURVEY_RESPONSE,
    needs=(*_NEEDS, "survey_response.nps"),
    owner=_OWNER,
    decision=CSAT.decision,
    partner="sla_compliance",
    is_experience=True,
)
CONTRACTS = (CSAT, SATISFIED, RESPONSE_RATE, NPS)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Satisfaction, response rate and recommendation."""
    surveys = scope.frame(RecordKind.SURVEY_RESPONSE)
    if surveys is None:
        reason = "no source provides survey answers"
        yield from (not_available(scope, contract, reason) for contract in CONTRACTS)
        return
    number = texts(surveys, "number")
    answered = times(surveys, "answered_at")
    week = scope.grid.index_of(answered)
    score = surveys["score"].to_numpy(dtype=np.float64)
    has_score = ~np.isnan(score)
    excluded = {"answer without a score": int((~has_score & (week == scope.grid.last)).sum())}
    extras = Extras(excluded=excluded)
    yield average(scope, CSAT, Observed(week, number), score, extras)
    scored = Observed(week, number).only(has_score)
    yield share(scope, SATISFIED, scored, score[has_score] >= 4, extras)
    sent = times(surveys, "sent_at")
    if np.isnat(sent).all():
        yield not_available(scope, RESPONSE_RATE, "needs when surveys were sent")
    else:
        sent_week = scope.grid.index_of(sent)
        yield share(scope, RESPONSE_RATE, Observed(sent_week, number), ~np.isnat(answered))
    nps = np.asarray(surveys["nps"].astype("float64"), dtype=np.float64)
    yield _recommendation(scope, nps, Observed(week, number))


def _recommendation(scope: Scope, nps: Numbers, seen: Observed) -> FigureResult:
    if np.isnan(nps).all():
        return not_available(scope, NPS, "no survey asks for a recommendation on 0-10")
    promoter, detractor = nps >= 9, nps <= 6
    points = np.where(np.isnan(nps), np.nan, 100.0 * (promoter.astype(float) - detractor))
    result = average(scope, NPS, seen, points)
    if not isinstance(result, Figure):
        return result
    now = (seen.week == scope.grid.last) & ~np.isnan(nps)
    n, n_up, n_down = int(now.sum()), int((now & promoter).sum()), int((now & detractor).sum())
    low, high = net_interval(n_up, n_down, n)
    companions = {"promoters": float(n_up), "detractors": float(n_down)}
    return replace(result, companions=companions, interval=(100 * low, 100 * high))


def net_interval(n_up: int, n_down: int, n: int) -> tuple[float, float]:
    """95 % interval of the difference of two shares of the same answers.

    Raises:
        MeasureError: n is 0.

    Source:
        Newcombe 1998, Improved confidence intervals for the difference between binomial
        proportions based on paired data, method 10 (Wilson intervals joined).
    """
    up, down = n_up / n, n_down / n
    (up_low, up_high), (down_low, down_high) = wilson_interval(n_up, n), wilson_interval(n_down, n)
    spread = sqrt(up * (1 - up) * down * (1 - down))
    phi = -up * down / spread if spread else 0.0
    below = _joined(up - up_low, down_high - down, phi)
    above = _joined(up_high - up, down - down_low, phi)
    return max(-1.0, up - down - below), min(1.0, up - down + above)


def _joined(one: float, other: float, phi: float) -> float:
    return sqrt(max(0.0, one**2 - 2 * phi * one * other + other**2))
