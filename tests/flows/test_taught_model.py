"""Models learned from a company's evidence are kept with their reason and told in words."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from flows.settings import load_settings
from flows.taught import explained_newest
from flows.wiring import build
from itsm.codec import to_bytes
from problem_mining.correction import Correction
from problem_mining.learning import Lesson, Quality
from store.models import StoredModel

LESSON = Lesson(
    correction=Correction("fields", 0.1, {"ci_same": 0.5}),
    n_labels=300,
    n_same=120,
    n_different=80,
    evidence={"linked to one problem": 290, "a reviewer's word": 10},
    shipped=Quality(0.3, 0.9, ((0.1, 0.2, 40),)),
    learned=Quality(0.2, 0.95, ((0.1, 0.1, 40),)),
    last=None,
    is_adopted=True,
    reason="log loss 0.200 on labels not seen, shipped 0.300",
    effects={"ci_same": 0.4, "days_apart": -0.9},
)


def stored(week: str, lesson: Lesson) -> StoredModel:
    return StoredModel(
        model_id=f"L-{week}",
        week=week,
        name="fields",
        n_labels=lesson.n_labels,
        is_adopted=lesson.is_adopted,
        reason=lesson.reason,
        quality=to_bytes(lesson).decode(),
        model=to_bytes(lesson.correction).decode(),
        made_at=datetime(2026, 11, 16, tzinfo=UTC),
    )


def test_what_was_learned_is_told_and_what_was_not_adopted_too(tmp_path: Path) -> None:
    parts = build(load_settings(), tmp_path)
    assert explained_newest(parts) == ["the shipped weights are used: nothing has been learned yet"]
    worse = replace(LESSON, is_adopted=False, reason="worse than the last model (0.200)")
    with parts.store.begin() as uow:
        for week, lesson in [("2026-W45", LESSON), ("2026-W46", worse), ("2026-W44", LESSON)]:
            uow.models.save(stored(week, lesson))
        uow.commit()
    lines = explained_newest(parts)
    text = "\n".join(lines)
    assert lines[0] == "L-2026-W45 of 2026-W45, on the shipped model 'fields': adopted"
    assert "L-2026-W46 of 2026-W46, on the shipped model 'fields': not adopted" in text
    assert "worse than the last model" in text
    assert "10 a reviewer's word, 290 linked to one problem" in text
    assert "said/true by fifth: 0.10/0.20" in text
    assert text.index("days apart") < text.index("ci same"), "what changed most comes first"
    with parts.store.begin() as uow:
        used = uow.models.adopted(before_week="2026-W46")
        assert used is not None
        assert used.model_id == "L-2026-W45"
        assert uow.models.adopted(before_week="2026-W44") is None
