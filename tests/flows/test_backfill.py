"""Packs of the past: in order, resumable at any point, restated by name and never silently."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.backfill import Done, Outcome, Past, backfill, past_of
from flows.cli import csi
from flows.stages.due import due
from flows.stages.pack import pack_week
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError
from reports.pack import pack_from_json
from store.week_runs import How
from tests.flows.weeks_desk import LAG, LAST, desk, incident, now, save, versions

FIRST = LAST.shifted(-2)
PAST = Past(first=FIRST, last=LAST, has_pdf=False)


def outcomes(done: list[Done]) -> dict[str, Outcome]:
    return {one.week: one.outcome for one in done}


def run(parts: Parts, past: Past = PAST) -> dict[str, Outcome]:
    return outcomes(list(backfill(parts, past)))


def killing(parts: Parts, line: str, nth: int = 1) -> Parts:
    """The same parts, ended when a line of progress is told for the nth time."""
    told: list[str] = []

    def say(said: str) -> None:
        told.append(said)
        if [one for one in told if one.startswith(line)][nth - 1 : nth]:
            raise KeyboardInterrupt

    return replace(parts, say=say)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The database of a backfill nothing happened to."""
    parts = desk(tmp_path_factory.mktemp("undisturbed"))
    run(parts)
    return parts.store.queries.dump()


class TestThePast:
    def test_weeks_are_made_once_in_order_and_nothing_is_proposed_or_sent(
        self, tmp_path: Path
    ) -> None:
        parts = desk(tmp_path)
        early = replace(PAST, first=LAST.shifted(-8))
        done = list(backfill(parts, early))
        assert [one.week for one in done] == [week.label for week in early.weeks]
        made = {"2026-W40", "2026-W41", "2026-W42", "2026-W43", "2026-W44"}
        assert {one.week for one in done if one.outcome is Outcome.MADE} == made
        assert {one.outcome for one in done if one.week not in made} == {Outcome.EMPTY}
        assert set(run(parts, early).values()) == {Outcome.THERE, Outcome.EMPTY}
        assert set(versions(parts)) == made
        assert all(found == [1] for found in versions(parts).values())
        with parts.store.look() as uow:
            assert uow.register.list() == ()
            assert {one.how for one in uow.week_runs.list()} == {How.BACKFILL}
            kept = pack_from_json(uow.packs.by_id("2026-W43.full.v1").content)
        assert any("made afterwards" in one.why for one in kept.missing)
        assert due(parts, now()).deliveries == ()

    def test_late_data_make_a_version_that_says_what_moved(self, tmp_path: Path) -> None:
        parts = desk(tmp_path)
        run(parts)
        late = incident(3, number="INC900", title="Scanner sends blank pages")
        save(parts, [late])
        assert set(run(parts).values()) == {Outcome.THERE}
        again = list(backfill(parts, replace(PAST, again=True)))
        assert outcomes(again) == {
            "2026-W42": Outcome.SAME,
            "2026-W43": Outcome.SAME,
            "2026-W44": Outcome.RESTATED,
        }
        assert again[-1].version == 2
        assert any("INC900" in line for line in again[-1].moved), again[-1].moved
        assert versions(parts)["2026-W44"] == [1, 2]

    def test_a_week_that_was_made_in_its_time_stays_so_and_is_told_as_of_its_cutoff(
        self, tmp_path: Path
    ) -> None:
        parts = desk(tmp_path)
        pack_week(parts, LAST, LAST.cutoff(LAG), None, {}, has_pdf=False)
        with parts.store.begin() as uow:  # a pack of a version that noted no weeks
            kept = uow.packs.get(LAST.label, "full")
        assert kept is not None
        list(backfill(parts, replace(PAST, first=LAST, again=True)))
        with parts.store.look() as uow:
            found = uow.week_runs.get(LAST.label)
        assert found is not None
        is_soon = kept.made_at - LAST.cutoff(LAG) < timedelta(days=7)
        assert found.how is (How.ON_TIME if is_soon else How.ASKED)
        assert found.looks_back


class TestKilled:
    @pytest.mark.parametrize(
        "at", [("check", 2), ("mine   ", 5), ("pack   measuring", 1), ("pack   measuring", 3)]
    )
    def test_it_goes_on_where_it_was_and_nothing_is_doubled(
        self, at: tuple[str, int], tmp_path: Path, undisturbed: str
    ) -> None:
        parts = desk(tmp_path)
        with pytest.raises(KeyboardInterrupt):
            run(killing(parts, *at))
        before = {week for week, found in versions(parts).items() if found}
        found = run(parts)
        assert {week for week, one in found.items() if one is Outcome.THERE} <= before
        assert parts.store.queries.dump() == undisturbed

    def test_one_that_makes_all_again_goes_on_with_what_is_left(self, tmp_path: Path) -> None:
        parts, again = desk(tmp_path), replace(PAST, again=True)
        run(parts)
        with pytest.raises(KeyboardInterrupt):
            run(killing(parts, "pack   measuring", 2), again)
        assert run(parts, again) == {
            "2026-W42": Outcome.THERE,
            "2026-W43": Outcome.SAME,
            "2026-W44": Outcome.SAME,
        }
        assert set(run(parts, again).values()) == {Outcome.SAME}  # asked for once more


@pytest.mark.parametrize(
    ("weeks", "said"),
    [
        (lambda last: ("2026-W44", "2026-W42"), "give the older week first"),
        (lambda last: ("2026-W42", last), "which is still to come"),
        (lambda last: ("2026-42", last), "is not a week label"),
    ],
)
def test_weeks_that_cannot_be_backfilled_are_refused(
    weeks: Callable[[str], tuple[str, str]], said: str, tmp_path: Path
) -> None:
    parts = desk(tmp_path, n=0)
    this_week = ReportingWeek.of(now()).label
    with pytest.raises(ConfigError, match=said):
        past_of(parts, *weeks(this_week))


def test_an_empty_store_and_the_options_of_the_verb(tmp_path: Path) -> None:
    parts = desk(tmp_path, n=0)
    with pytest.raises(ConfigError, match="csi pull"):
        run(parts)
    save(parts, [incident(k) for k in range(20)])
    asked = ["backfill", "--from", "2026-W44", "--to", "2026-W44", "--no-pdf"]
    done = CliRunner().invoke(csi, [*asked, "--config", str(tmp_path / "csi.toml")])
    assert done.exit_code == 0, done.output
    assert "2026-W44  v1 made" in done.output
