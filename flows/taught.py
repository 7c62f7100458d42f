"""The pair model of a run: the shipped weights, and what the company's own evidence adds."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pandas as pd

from flows.recalled import key_of
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.codec import from_bytes, to_bytes
from itsm.decisions import ReviewDecision
from problem_mining.correction import Correction
from problem_mining.labels import labels_of
from problem_mining.learning import Lesson, learn
from problem_mining.settings import MiningSettings
from store.models import StoredModel

LITTLE_CHANGED = 0.1
"""Weights are learned anew once the number of labelled incidents has changed by such a share."""


@dataclass(frozen=True, slots=True)
class Taught:
    """What a run is scored with: `made` is a model learned in it, `notes` say which one is used."""

    correction: Correction | None = None
    made: StoredModel | None = None
    notes: Mapping[str, str] = field(default_factory=dict)


def teach(
    parts: Parts,
    week: ReportingWeek,
    chosen: pd.DataFrame,
    incidents: pd.DataFrame,
    decisions: Sequence[ReviewDecision],
    settings: MiningSettings,
) -> Taught:
    """Learns from what is known before a week is mined; a worse model is kept, and not used.

    Args:
        parts: settings and store.
        week: the week to be mined.
        chosen: the incidents as they are stored, for their links.
        incidents: the same, as mining takes them.
        decisions: the journal, its incidents by what they are called now.
        settings: how pairs are searched.
    """
    if not parts.settings.mining.learns:
        return Taught()
    with parts.store.begin() as uow:
        last = uow.models.adopted(before_week=week.label)
        earlier = [one for one in uow.models.list() if one.week <= week.label]
    used = None if last is None else from_bytes(Correction, last.model.encode())
    labels = labels_of(chosen, decisions, key_of)
    if earlier and abs(len(labels) - earlier[-1].n_labels) <= LITTLE_CHANGED * earlier[-1].n_labels:
        return _as_before(parts, earlier, len(labels))
    lesson = learn(incidents, labels, settings, used)
    parts.say(f"mine   {len(labels):,} labelled incidents: {lesson.reason}")
    if lesson.correction is None:
        return Taught(used, None, _note(last, lesson))
    made = _stored(lesson, lesson.correction, week)
    if lesson.is_adopted:
        return Taught(lesson.correction, made, _note(made, lesson))
    return Taught(used, made, _note(last, lesson))


def _as_before(parts: Parts, made: Sequence[StoredModel], n_labels: int) -> Taught:
    """The model in use, where there is hardly anything new to learn from.

    A model that changes a little every night would have every pair scored anew every night.
    """
    used = next((one for one in reversed(made) if one.is_adopted), None)
    reason = f"{made[-1].n_labels:,} when weights were last learned: they stay as they are"
    parts.say(f"mine   {n_labels:,} labelled incidents, {reason}")
    plain = {"model_id": used.model_id if used else None, "reason": reason}
    correction = None if used is None else from_bytes(Correction, used.model.encode())
    return Taught(correction, None, {"model": json.dumps(plain, sort_keys=True)})


def _stored(lesson: Lesson, correction: Correction, week: ReportingWeek) -> StoredModel:
    quality = to_bytes(lesson)
    return StoredModel(
        model_id=f"L-{hashlib.sha256(week.label.encode() + quality).hexdigest()[:12]}",
        week=week.label,
        name=correction.base,
        n_labels=lesson.n_labels,
        is_adopted=lesson.is_adopted,
        reason=lesson.reason,
        quality=quality.decode(),
        model=to_bytes(correction).decode(),
        made_at=datetime.now(UTC),
    )


def _note(used: StoredModel | None, lesson: Lesson) -> dict[str, str]:
    """Which model a run used, and what came of learning in it."""
    plain = {"model_id": used.model_id if used else None, "reason": lesson.reason}
    return {"model": json.dumps(plain, sort_keys=True)}


def explained(model: StoredModel) -> list[str]:
    """A learned model in words: evidence, quality, calibration, and what counts more or less."""
    lesson = from_bytes(Lesson, model.quality.encode())
    state = "adopted" if model.is_adopted else "not adopted"
    lines = [f"{model.model_id} of {model.week}, on the shipped model {model.name!r}: {state}"]
    lines.append(f"  {lesson.reason}")
    lines.append(
        f"  {lesson.n_labels:,} labelled incidents: "
        + ", ".join(f"{n:,} {what}" for what, n in sorted(lesson.evidence.items()))
    )
    lines.append(f"  pairs: {lesson.n_same:,} of one cause, {lesson.n_different:,} of two")
    named = {"shipped": lesson.shipped, "learned": lesson.learned, "last": lesson.last}
    for name, quality in named.items():
        if quality is not None:
            bins = ", ".join(f"{said:.2f}/{true:.2f}" for said, true, _ in quality.bins)
            lines.append(
                f"  {name:8} log loss {quality.log_loss:.3f}, average precision "
                f"{quality.average_precision:.3f}, said/true by fifth: {bins}"
            )
    ranked = sorted(lesson.effects.items(), key=lambda item: -abs(item[1]))[:10]
    for feature, effect in ranked:
        more = "more" if effect > 0 else "less"
        lines.append(f"  {feature.replace('_', ' '):24} {effect:+.2f}  {more} than shipped")
    return lines


def explained_newest(parts: Parts) -> list[str]:
    """The model in use and, where that is another one, the newest that was not adopted."""
    with parts.store.begin() as uow:
        models = uow.models.list()
    if not models:
        return ["the shipped weights are used: nothing has been learned yet"]
    used = [model for model in models if model.is_adopted][-1:]
    lines = [] if used else ["the shipped weights are used"]
    for model in dict.fromkeys([*used, models[-1]]):
        lines += explained(model)
    return lines
