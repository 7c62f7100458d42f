"""What a pack confesses: each kind of gap, planted, is found in the full edition and its brief."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from itsm.candidates import Decision
from itsm.figures import Exactness, Figure
from reports.editions import Choice, EditionKind
from reports.model import Missing, Pack
from reports.pack import PackInput, build_pack
from tests.reports.made_packs import texts
from tests.reports.sample_pack import candidate, quiet_input, sample_quarantine, sample_register

QUIET = quiet_input()
FIGURE = next(one for one in QUIET.figures if isinstance(one, Figure))


def _missing(given: PackInput) -> PackInput:
    gap = Missing(what="Source jira", why="It refused the log-in.", remedy="Renew the token.")
    return replace(given, missing=(gap,))


def _late(given: PackInput) -> PackInput:
    why = "It was last read at 2026-08-20 04:00 UTC, before the period had ended."
    return replace(given, late=(Missing(what="Source old", why=why, remedy="Pull it again."),))


def _restated(given: PackInput) -> PackInput:
    return replace(given, restatements=("Incidents opened: 40 became 43.",))


def _unreviewed(given: PackInput) -> PackInput:
    asked = replace(candidate(1), decision=Decision.UNDECIDED)
    return replace(given, candidates=(asked,), register=sample_register()[:1])


def _suppressed(given: PackInput) -> PackInput:
    small = replace(FIGURE, excluded={"a team of fewer than 5 people": 7})
    return replace(given, figures=(small, *given.figures[1:]))


def _proxy(given: PackInput) -> PackInput:
    proxy = replace(FIGURE, exactness=Exactness.PROXY, title="Stand-in")
    return replace(given, figures=(proxy, *given.figures[1:]))


def _preliminary(given: PackInput) -> PackInput:
    early = replace(FIGURE, exactness=Exactness.PRELIMINARY, title="Too early")
    return replace(given, figures=(early, *given.figures[1:]))


def _set_aside(given: PackInput) -> PackInput:
    return replace(given, quarantine=sample_quarantine()[:1])


PLANTED: dict[str, tuple[Callable[[PackInput], PackInput], int, str, str]] = {
    "Missing": (_missing, 1, "1 thing missing", "Source jira"),
    "Late": (_late, 1, "1 late source", "Source old: It was last read at 2026-08-20"),
    "Restated": (_restated, 1, "1 restated figure", "Incidents opened: 40 became 43."),
    "Unreviewed": (_unreviewed, 2, "2 items unreviewed", "1 candidate without a decision"),
    "Suppressed": (_suppressed, 7, "7 parts suppressed", "a team of fewer than 5 people (7)"),
    "In proxy": (_proxy, 1, "1 figure in proxy", "Stand-in"),
    "Preliminary": (_preliminary, 1, "1 preliminary figure", "Too early"),
    "Set aside": (_set_aside, 31, "31 records set aside", "resolved before it was opened"),
}


def _confession(pack: Pack) -> dict[str, tuple[str, str]]:
    section = next(one for one in pack.sections if one.id == "data-quality")
    table = next(one for one in section.tables if one.caption.startswith("What this pack cannot"))
    return {kind: (n, which) for kind, n, which in table.rows}


def test_every_kind_is_there_and_nothing_is_confessed_of_a_whole_week() -> None:
    pack = build_pack(QUIET)
    assert _confession(pack) == dict.fromkeys(PLANTED, ("0", "–"))
    assert pack.brief.gaps == ("Nothing is known to be missing.",)


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_gap_is_in_the_full_edition_and_counted_in_the_brief(kind: str) -> None:
    plant, n, counted, which = PLANTED[kind]
    pack = build_pack(plant(QUIET))
    told = _confession(pack)
    assert told[kind][0] == str(n)
    assert which in told[kind][1]
    assert counted in pack.brief.gaps[0]


@pytest.mark.parametrize("kind", EditionKind)
def test_the_brief_of_every_edition_counts_them(kind: EditionKind) -> None:
    if kind in (EditionKind.VENDOR, EditionKind.WATCH_LIST):
        pytest.skip("no pack of sections: one tells a vendor its own lines, one tells a moment")
    given = QUIET
    for plant in (_missing, _late, _restated, _set_aside):
        given = plant(given)
    line = build_pack(replace(given, choice=Choice(kind=kind, name="x"))).brief.gaps[0]
    for planted in ("Late", "Restated", "Set aside"):
        assert PLANTED[planted][2] in line
    assert "2 things missing" in line, "a late source is missing, too"


def test_all_at_once_are_told_at_once_and_in_german() -> None:
    given = QUIET
    for plant, *_rest in PLANTED.values():
        if plant not in (_proxy, _preliminary):
            given = plant(given)
    pack = build_pack(replace(given, choice=Choice(language="de")))
    counts = [n for n, _which in _german(pack).values()]
    assert counts[:5] == ["2", "1", "1", "2", "7"]
    assert pack.brief.gaps[0].startswith("Lücken: 2 Angaben fehlen, 1 Quelle kam zu spät")


def _german(pack: Pack) -> dict[str, tuple[str, str]]:
    section = next(one for one in pack.sections if one.id == "data-quality")
    table = next(one for one in section.tables if one.caption.startswith("Was dieser Bericht"))
    return {kind: (n, which) for kind, n, which in table.rows}


def test_definitions_run_versions_cutoff_and_checksum_are_told() -> None:
    pack = build_pack(QUIET)
    assert {one.figure_id for one in pack.definitions} == {"opened", "resolved"}
    assert pack.run_id == QUIET.run.run_id
    told = dict(pack.provenance)
    assert told["Version of csi-pipeline"] == "0.1.0"
    assert told["Known up to"] == pack.cutoff
    assert len(pack.checksum) == 64


def test_the_checksum_is_of_all_that_is_said_and_of_no_run() -> None:
    again = replace(QUIET, run=replace(QUIET.run, run_id="another"))
    assert build_pack(again).checksum == build_pack(QUIET).checksum
    other = build_pack(_restated(QUIET))
    assert other.checksum != build_pack(QUIET).checksum
    assert other.checksum not in {text for _path, text in texts(other.brief)}
