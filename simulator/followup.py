"""What follows incidents: comments, surveys, outages, reviews and their actions."""

from collections.abc import Iterator

import numpy as np

from itsm.states import RecordKind
from simulator.columns import Column, ColumnBlock, at, numbers, take
from simulator.draws import Ints
from simulator.incidents import current_assignee, people_of_teams
from simulator.lifecycle import NEVER, Lifecycle, Slot
from simulator.plan import Plan
from simulator.reference import OWNERS

_HOUR = 3_600
_DAY = 86_400
_WORK_NOTES = (
    "Checked the log, nothing obvious.", "Called the user, no answer.",
    "Reproduced on a test client.",
    "Waiting for the nightly run.", "Asked second line for details.", "Restarted the service.",
)  # fmt: skip
_COMMENTS = (
    "We are looking into it.", "Could you send a screenshot?", "Please try again and tell us.",
    "It should work again now.", "Thank you for your patience.",
)  # fmt: skip
_PRAISE = ("Fast and friendly.", "Solved at once, thank you.", "Good.")
_BLAME = ("Took far too long.", "I had to explain it three times.", "The same problem came back.")
_ACTIONS = (
    "Add monitoring for the queue", "Rehearse the fail-over", "Document the manual procedure",
    "Review the change checklist", "Agree an escalation contact with the vendor",
)  # fmt: skip
_SUMMARIES = (
    "Restored by fail-over; the alarm came late.", "Change had no back-out test.",
    "Vendor was called after two hours.", "Capacity limit reached during closing.",
)  # fmt: skip


def followup_blocks(plan: Plan, life: Lifecycle) -> Iterator[ColumnBlock]:
    """Comments, surveys, outages, reviews and review actions of one block of incidents."""
    makers = (
        (RecordKind.COMMENT, _comments),
        (RecordKind.SURVEY_RESPONSE, _surveys),
        (RecordKind.OUTAGE, _outages),
        (RecordKind.POST_INCIDENT_REVIEW, _reviews),
        (RecordKind.REVIEW_ACTION, _actions),
    )
    for kind, make in makers:
        yield ColumnBlock(kind, plan.settings.source, make(plan, life))


def _comments(plan: Plan, life: Lifecycle) -> dict[str, Column]:
    """A work note shortly after the start for half, a word to the caller for a third."""
    draws = plan.draws("comments", life.ids)
    started, export = life.slot_s[:, Slot.STARTED], plan.settings.export_s
    rows, when, text, kind = [], [], [], []
    for code, share, words in ((0, 0.5, _WORK_NOTES), (1, 0.35, _COMMENTS)):
        lag = draws.lognormal(f"lag {code}", 1_500.0, 1.0).astype(np.int64)
        at_s = np.where(started < NEVER, np.minimum(started, export) + lag, NEVER)
        at_s = np.minimum(
            at_s,
            np.where(life.slot_s[:, Slot.RESOLVED] < NEVER, life.slot_s[:, Slot.RESOLVED], NEVER),
        )
        row = np.flatnonzero(draws.chance(f"said {code}", share) & (at_s <= export))
        rows.append(row)
        when.append(at_s[row])
        text.append(draws.below(f"text {code}", len(words))[row] + code * len(_WORK_NOTES))
        kind.append(np.full(len(row), code))
    row, at_s, said, code_of = (np.concatenate(x) for x in (rows, when, text, kind))
    order = np.lexsort((code_of, at_s, row))
    row, at_s, said, code_of = row[order], at_s[order], said[order], code_of[order]
    people = people_of_teams(len(plan.reference.teams))
    record = numbers("INC", life.ids[row])
    return {
        "number": [
            f"{number}-N{code}" for number, code in zip(record, code_of.tolist(), strict=True)
        ],
        "updated_at": at(at_s),
        "record_kind": [RecordKind.INCIDENT.value] * len(row),
        "record": record,
        "at": at(at_s),
        "text": take([*_WORK_NOTES, *_COMMENTS], said),
        "author": take(people, current_assignee(plan, life)[row]),
        "is_work_note": (code_of == 0).tolist(),
    }


def _surveys(plan: Plan, life: Lifecycle) -> dict[str, Column]:
    """Two fifths are asked when resolved, a third of them answer; slow work scores lower."""
    draws = plan.draws("surveys", life.ids)
    resolved = life.slot_s[:, Slot.RESOLVED]
    asked = (resolved < NEVER) & draws.chance("asked", 0.4) & ~plan.is_machine[life.ids]
    sent = resolved + _HOUR
    row = np.flatnonzero(asked & (sent <= plan.settings.export_s))
    answered = sent[row] + draws.lognormal("answers", 9.0 * _HOUR, 1.2)[row].astype(np.int64)
    here = draws.chance("answered", 0.36)[row] & (answered <= plan.settings.export_s)
    days = (resolved - life.slot_s[:, Slot.OPENED])[row] / _DAY
    mood = (
        4.6
        - 0.17 * np.minimum(days, 12)
        - 0.4 * (life.n_hops[row] > 1)
        + 0.8 * draws.normal("mood")[row]
    )
    mood -= 0.9 * (life.slot_s[row, Slot.REOPENED] < NEVER)
    score = np.clip(np.round(mood), 1, 5).astype(np.int64)
    nps = np.clip(np.round(2.1 * mood - 0.6 + draws.normal("nps")[row]), 0, 10).astype(np.int64)
    words = draws.below("words", 3)[row] + np.where(score <= 2, 3, 0)
    spoken = here & draws.chance("spoken", 0.3)[row] & (score != 3)
    shown = here.tolist()
    return {
        "number": numbers("SRV", life.ids[row]),
        "updated_at": at(np.where(here, answered, sent[row])),
        "record_kind": [RecordKind.INCIDENT.value] * len(row),
        "record": numbers("INC", life.ids[row]),
        "sent_at": at(sent[row]),
        "answered_at": at(np.where(here, answered, NEVER)),
        "score": [
            float(value) if given else None
            for value, given in zip(score.tolist(), shown, strict=True)
        ],
        "nps": [value if given else None for value, given in zip(nps.tolist(), shown, strict=True)],
        "text": take([*_PRAISE, *_BLAME], np.where(spoken, words, -1)),
    }


def _outage_rows(plan: Plan, life: Lifecycle) -> tuple[Ints, Ints, Ints]:
    """Majors, and one in forty of the other priorities 1 and 2, stop a service for a time."""
    draws = plan.draws("outages", life.ids)
    hit = plan.is_major[life.ids] | ((life.priority <= 2) & draws.chance("outage", 0.025))
    row = np.flatnonzero(hit & ~life.is_canceled)
    start = life.slot_s[row, Slot.OPENED] - draws.lognormal("before", 600.0, 0.8)[row].astype(
        np.int64
    )
    lasts = draws.lognormal("lasts", 1.8 * _HOUR, 0.8)[row].astype(np.int64)
    end = np.minimum(life.slot_s[row, Slot.RESOLVED], life.slot_s[row, Slot.OPENED] + lasts)
    return row, start, np.where(end <= plan.settings.export_s, end, NEVER)


def _outages(plan: Plan, life: Lifecycle) -> dict[str, Column]:
    row, start, end = _outage_rows(plan, life)
    ids = life.ids[row]
    return {
        "number": numbers("OUT", ids),
        "updated_at": at(np.where(end < NEVER, end, np.maximum(start, 0))),
        "service": take(plan.reference.services, plan.subject["service"][ids]),
        "started_at": at(start),
        "ended_at": at(end),
        "is_planned": [False] * len(row),
        "incident": numbers("INC", ids),
    }


def _review_rows(plan: Plan, life: Lifecycle) -> tuple[Ints, Ints, Ints]:
    """Majors that are restored get a review: most within 72 hours, some late, some not yet."""
    row, _, end = _outage_rows(plan, life)
    kept = plan.is_major[life.ids[row]] & (end < NEVER)
    row, restored = row[kept], end[kept]
    draws = plan.draws("reviews", life.ids[row])
    lag = np.where(
        draws.chance("late", 0.3), 80 + 120 * draws.uniform("l"), 20 + 50 * draws.uniform("s")
    )
    completed = restored + (lag * _HOUR).astype(np.int64)
    never = draws.chance("never", 0.08) | (completed > plan.settings.export_s)
    return row, restored, np.where(never, NEVER, completed)


def _reviews(plan: Plan, life: Lifecycle) -> dict[str, Column]:
    row, restored, completed = _review_rows(plan, life)
    ids = life.ids[row]
    pick = plan.draws("review words", ids).below("summary", len(_SUMMARIES))
    return {
        "number": numbers("PIR", ids),
        "updated_at": at(np.where(completed < NEVER, completed, restored)),
        "incident": numbers("INC", ids),
        "restored_at": at(restored),
        "completed_at": at(completed),
        "owner": [OWNERS[index % len(OWNERS)] for index in ids.tolist()],
        "summary": take(_SUMMARIES, np.where(completed < NEVER, pick, -1)),
    }


def _actions(plan: Plan, life: Lifecycle) -> dict[str, Column]:
    """Two actions for each completed review; some are done late, some are still open."""
    row, _, completed = _review_rows(plan, life)
    row, completed = row[completed < NEVER], completed[completed < NEVER]
    review, step = np.repeat(life.ids[row], 2), np.tile([0, 1], len(row))
    start = np.repeat(completed, 2)
    draws = plan.draws("actions", 2 * review + step)
    due = start + (14 + 14 * step) * _DAY
    closed = start + draws.lognormal("takes", 15.0 * _DAY, 0.7).astype(np.int64)
    dropped = draws.chance("dropped", 0.06)
    done = (closed <= plan.settings.export_s) & ~draws.chance("stuck", 0.12)
    state = np.where(done, np.where(dropped, 3, 2), np.where(step == 0, 1, 0))
    return {
        "number": [
            f"PIRA{index + 1:07d}-{k + 1}"
            for index, k in zip(review.tolist(), step.tolist(), strict=True)
        ],
        "updated_at": at(np.where(done, closed, start)),
        "review": numbers("PIR", review),
        "title": take(_ACTIONS, draws.below("title", len(_ACTIONS))),
        "state": take(("open", "in_progress", "done", "dropped"), state),
        "state_code": take(("New", "Work in Progress", "Closed Complete", "Closed Skipped"), state),
        "owner": [
            OWNERS[index % len(OWNERS)] for index in draws.below("owner", len(OWNERS)).tolist()
        ],
        "due_at": at(due),
        "closed_at": at(np.where(done, closed, NEVER)),
    }
