"""A record that a person accepts in spite of a check lands, for that check and no other."""

from datetime import UTC, datetime
from pathlib import Path

from flows.settings import load_settings
from flows.stages.pull import pull_all
from flows.trying_again import try_again
from flows.weeks import cutoff_of
from flows.wiring import Parts, build
from flows.works import works_of
from itsm.clocks import ReportingWeek
from itsm.states import RecordKind
from store.landing import Override

INCIDENT = RecordKind.INCIDENT
WEEK = ReportingWeek.parse("2026-W46")
HEADER = "number,short_description,state,priority,opened_at,resolved_at\n"
BAD = "INC3,Printer jams,Resolved,3 - Moderate,2026-11-11 08:00:00,2026-11-10 08:00:00\n"
WORSE = "INC4,Late,Resolved,9 - Odd,2026-11-11 08:00:00,2026-11-10 08:00:00\n"
RULE = "resolved_at_after_opened_at"
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def desk(folder: Path) -> Parts:
    config = folder / "csi.toml"
    config.write_text(
        '[sources.desk]\nkind = "files"\npreset = "servicenow"\n'
        'files = { incident = ["incident.csv"] }\n'
    )
    parts = build(load_settings(config), folder)
    pull_all(parts, cutoff_of(parts, WEEK, None))
    return parts


def accept(parts: Parts, key: str, rule: str = RULE) -> None:
    chosen = Override(
        source="desk", kind=INCIDENT, key=key, rule=rule, actor="anna", reason="so it was", at=AT
    )
    with parts.store.begin() as uow:
        uow.quarantine.accept(chosen)
        uow.commit()


def landed(parts: Parts) -> set[object]:
    return set(parts.store.queries.columns(INCIDENT)["number"])


def test_it_lands_at_the_next_pull_and_stays(tmp_path: Path) -> None:
    (tmp_path / "incident.csv").write_text(HEADER + BAD)
    parts = desk(tmp_path)
    assert landed(parts) == set()
    accept(parts, "INC3")
    for _ in range(2):
        pull_all(parts, cutoff_of(parts, WEEK, None))
        assert landed(parts) == {"INC3"}
        assert parts.store.queries.quarantine_rows() == ()


def test_it_is_tried_again_at_once_without_asking_the_source(tmp_path: Path) -> None:
    export = tmp_path / "incident.csv"
    export.write_text(HEADER + BAD)
    parts = desk(tmp_path)
    export.unlink()
    assert try_again(parts, "desk", INCIDENT, ["INC3"]) == (0, 1)
    accept(parts, "INC3")
    assert try_again(parts, "desk", INCIDENT, ["INC3"]) == (1, 0)
    assert landed(parts) == {"INC3"}


def test_another_rule_sets_it_aside_anew(tmp_path: Path) -> None:
    (tmp_path / "incident.csv").write_text(HEADER + WORSE)
    parts = desk(tmp_path)
    (row,) = parts.store.queries.quarantine_rows()
    accept(parts, "INC4", row.rule)
    pull_all(parts, cutoff_of(parts, WEEK, None))
    (again,) = parts.store.queries.quarantine_rows()
    assert again.rule != row.rule
    assert landed(parts) == set()


def test_taken_back_the_rule_holds_from_the_next_landing_on(tmp_path: Path) -> None:
    export = tmp_path / "incident.csv"
    export.write_text(HEADER + BAD)
    parts = desk(tmp_path)
    accept(parts, "INC3")
    pull_all(parts, cutoff_of(parts, WEEK, None))
    with parts.store.begin() as uow:
        (override,) = uow.quarantine.overrides()
        uow.quarantine.withdraw(override)
        uow.commit()
    export.write_text(HEADER + BAD.replace("jams", "jams again"))
    pull_all(parts, cutoff_of(parts, WEEK, None))
    assert [row.key for row in parts.store.queries.quarantine_rows()] == ["INC3"]


def test_what_no_table_can_hold_cannot_be_accepted(tmp_path: Path) -> None:
    (tmp_path / "incident.csv").write_text(HEADER + BAD)
    acceptable = works_of(desk(tmp_path)).acceptable["incident"]
    assert RULE in acceptable
    assert not {rule for rule in acceptable if rule.endswith(("_filled", "_unique"))}
