"""Checks the records of one kind of one source that are all at hand; `judging` takes parts."""

import pandas as pd

from checks import gx
from checks.context import CheckContext
from checks.joining import joined, result_of
from checks.judging import judge, require_columns, tally
from checks.profiles import moments
from checks.suites import suite_of
from itsm.quality import CheckReport, ExpectationResult, Severity
from itsm.states import RecordKind


def check(kind: RecordKind, frame: pd.DataFrame, context: CheckContext) -> CheckReport:
    """Everything that is expected of a pull: of its records, of its whole, and against its past.

    Args:
        kind: the kind of the records.
        frame: the records, with exactly the columns and types of the kind.
        context: what they are judged against.

    Returns:
        One result per expectation, met or not. Rules that judge a pull as a whole come last.

    Raises:
        CheckError: an expectation could not be evaluated; nothing is known about the data.
    """
    latest_at = context.latest_at(moments(kind, frame))
    return joined(kind, [judge(kind, frame, context, latest_at)], context)


def check_rows(
    kind: RecordKind,
    frame: pd.DataFrame,
    context: CheckContext,
    *,
    only: Severity | None = None,
) -> CheckReport:
    """What is expected of each record by itself and among the others: for parts of a pull.

    Args:
        kind: the kind of the records.
        frame: the records, with exactly the columns and types of the kind.
        context: what they are judged against.
        only: the one severity that is asked for; landing needs no more than `quarantine`.

    Returns:
        As `check`, without the rules that judge a pull as a whole.

    Raises:
        CheckError: an expectation could not be evaluated; nothing is known about the data.
    """
    require_columns(kind, frame)
    suite = suite_of(kind, context.facts(context.latest_at(moments(kind, frame))))
    asked = [e for e in suite if only in (None, e.severity)]
    applied = [e for e in asked if e.only_if is None or e.only_if(frame)]
    results = tuple(
        result_of(e, tally(e, outcome, frame, context.settings), is_met=outcome.is_met)
        for e, outcome in zip(applied, gx.evaluate(frame, applied), strict=True)
    )
    return CheckReport(source=context.source, kind=kind, n_records=len(frame), results=results)


def failing(report: CheckReport) -> dict[str, ExpectationResult]:
    """The records to set aside, each with the first expectation it failed."""
    found: dict[str, ExpectationResult] = {}
    for result in report.results:
        if result.severity is Severity.QUARANTINE:
            for number in result.failed:
                found.setdefault(number, result)
    return found
