"""The executive edition: a mail body of at most 250 words, three decisions, one line of return."""

import re
from dataclasses import replace
from datetime import date

import pytest

from itsm.brought import Brought
from itsm.candidates import ProblemCandidate
from itsm.register import RegisterEntry, RegisterState
from reports.decision_page import decision_pages
from reports.editions import Choice, EditionKind
from reports.model import Pack
from reports.pack import build_pack
from reports.sections.executive import MAX_WORDS, body, n_words
from tests.reports.made_packs import BROUGHT, CASES, pack_of
from tests.reports.sample_pack import (
    HOSTILE,
    candidate,
    empty_input,
    quiet_input,
    sample_input,
    sample_register,
)

EXECUTIVE = Choice(kind=EditionKind.EXECUTIVE)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("name", "back"), CASES)
def test_the_body_has_at_most_250_words(name: str, back: int, language: str) -> None:
    brief = pack_of(name, back, EditionKind.EXECUTIVE, language).brief
    words = [word for line in body(brief) for word in line.split()]
    assert 30 < len(words) <= 250
    assert len(words) == n_words(brief)


@pytest.mark.parametrize("language", ["en", "de"])
def test_long_statements_do_not_make_it_longer(language: str) -> None:
    wordy = "a b " * 200
    asked = tuple(candidate(index, statement=wordy + str(index)) for index in range(5))
    given = replace(
        sample_input(),
        candidates=asked,
        choice=replace(EXECUTIVE, language=language),
        brought=BROUGHT,
    )
    assert n_words(build_pack(given).brief) <= MAX_WORDS


def test_at_most_three_decisions_each_with_owner_deadline_cost_and_page() -> None:
    given = replace(sample_input(40), choice=EXECUTIVE)
    pack = build_pack(given)
    assert len(pack.brief.asks) == 3
    for ask in pack.brief.asks:
        assert ask.owner == "problem manager"
        assert ask.due == "28 Aug 2026".replace(" ", "\u00a0")
        assert "Left as it is: about" in ask.cost
        assert ask.href == f"decision-candidate-{ask.key.lower()}.html"
        assert ask.card is not None and ask.card.candidate_id == ask.key


def test_a_decision_leads_to_its_page_in_the_review_app_where_that_has_an_address() -> None:
    given = replace(
        sample_input(), choice=EXECUTIVE, decision_page="https://csi.example/candidates/{id}"
    )
    hrefs = [ask.href for ask in build_pack(given).brief.asks]
    assert hrefs[0] == "https://csi.example/candidates/PC-0000-9f2c"


def test_a_quiet_week_is_three_lines() -> None:
    for language in ("en", "de"):
        choice = replace(EXECUTIVE, language=language)
        brief = build_pack(replace(quiet_input(), choice=choice, brought=BROUGHT)).brief
        assert len(body(brief)) == 3
        assert not (brief.asks or brief.changes)


def test_what_the_programme_has_brought_is_one_line_and_a_range() -> None:
    line = build_pack(replace(quiet_input(), choice=EXECUTIVE, brought=BROUGHT)).brief.programme
    assert line == (
        "So far: 31 decisions asked, 12 taken; 2 improvements verified, 1 failed; "
        "120 to 310 hours returned for 64 spent; 5,200 to 13,800 EUR returned for 3,840 spent."
    )
    nothing = Brought(n_asked=1, n_taken=0)
    line = build_pack(replace(quiet_input(), choice=EXECUTIVE, brought=nothing)).brief.programme
    assert line == (
        "So far: 1 decision asked, 0 taken; 0 improvements verified, 0 failed; "
        "no benefit proven yet."
    )


def test_every_figure_it_names_opens_to_its_records() -> None:
    for name, back in CASES:
        pack = pack_of(name, back, EditionKind.EXECUTIVE)
        lists = {item.anchor for item in pack.evidence}
        left = [line for line in pack.brief.changes if "in the full edition" in line]
        assert len(pack.brief.change_anchors) == len(pack.brief.changes) - len(left)
        assert {anchor for anchor in pack.brief.change_anchors if anchor} == lists
        asked = {ask.key for ask in pack.brief.asks}
        assert asked == {row.candidate_id for row in pack.candidate_rows}


@pytest.mark.parametrize(("name", "back"), CASES)
def test_every_signal_that_it_counts_is_told_or_named_as_left_out(name: str, back: int) -> None:
    brief = pack_of(name, back, EditionKind.EXECUTIVE).brief
    counted = re.search(r"(\d+) figures? shows? a signal", brief.headline)
    left = [re.search(r"^(\d+) more signals? (?:is|are) in", line) for line in brief.changes]
    n_left = sum(int(one[1]) for one in left if one)
    told = [line for line, one in zip(brief.changes, left, strict=True) if not one]
    assert len(told) + n_left == (int(counted[1]) if counted else 0)


def test_an_improvement_that_fell_back_is_asked_about_first() -> None:
    again = candidate(0)
    entry = replace(_fallen_back(), origin_record=again.candidate_id)
    others = tuple(candidate(index) for index in range(1, 6))
    given = replace(
        sample_input(), choice=EXECUTIVE, candidates=(again, *others), register=(entry,)
    )
    pack = build_pack(given)
    first, *rest = pack.brief.asks
    assert first.key == entry.number
    assert first.title == f"Take up again or cancel: {entry.title}"
    assert first.owner == "improvement manager"
    assert first.due == rest[0].due
    assert "Left as it is: about" in first.cost
    assert len(rest) == 2 and again.candidate_id not in {ask.key for ask in rest}
    pages = dict(decision_pages(pack))
    assert entry.title in pages[first.href]
    assert pages.keys() == {ask.href for ask in pack.brief.asks}
    assert build_pack(replace(given, register=())).brief.asks[0].key in {
        one.candidate_id for one in given.candidates
    }


def test_the_page_of_an_entry_is_that_of_the_review_app_where_it_has_an_address() -> None:
    page = "https://csi.example/candidates/{id}"
    given = replace(sample_input(), choice=EXECUTIVE, register=(_fallen_back(),))
    asked = build_pack(replace(given, decision_page=page)).brief.asks[0]
    assert asked.href == "https://csi.example/register/IMP0099"


def test_what_waiting_costs_is_never_made_up() -> None:
    entry = _fallen_back()
    given = replace(sample_input(), choice=EXECUTIVE, candidates=())
    for held, cost in (
        (entry, "What waiting costs is not known."),
        (replace(entry, cost_of_inaction="calls"), "Left as it is: calls"),
        (replace(entry, value_per_year=3650.0), "Left as it is: 900 of the promised benefit lost"),
    ):
        asked = build_pack(replace(given, register=(held,))).brief.asks[0]
        assert asked.cost.startswith(cost)


def test_what_became_of_it_stands_among_the_actions_of_the_next_pack() -> None:
    entry = _fallen_back()
    given = replace(sample_input(), candidates=(), register=(entry,))
    earlier = build_pack(given)
    for state, fate in ((RegisterState.REGRESSED, "late"), (RegisterState.ASSESS, "done")):
        now = replace(given, earlier=earlier, register=(replace(entry, state=state),))
        section = next(one for one in build_pack(now).sections if one.id == "actions")
        rows = [row for table in section.tables for row in table.rows if entry.title in row[0]]
        assert [row[-1].split(" · ")[0] for row in rows] == [fate]


def _fallen_back() -> RegisterEntry:
    return replace(
        sample_register()[0],
        number="IMP0099",
        title="Renew the certificates by themselves",
        state=RegisterState.REGRESSED,
        origin_record=None,
        pattern=None,
        value_per_year=None,
        cost_of_inaction=None,
        closed_on=date(2026, 6, 1),
    )


def test_no_section_and_no_card_stands_in_it() -> None:
    pack = build_pack(replace(sample_input(), choice=EXECUTIVE))
    assert pack.sections == ()
    assert pack.brief.cards == ()
    assert pack.brief.is_short


def test_a_week_without_figures_and_hostile_text_keep_to_the_limit() -> None:
    for given in (empty_input(), replace(sample_input(), candidates=(_hostile(),))):
        pack: Pack = build_pack(replace(given, choice=EXECUTIVE))
        assert n_words(pack.brief) <= MAX_WORDS


def _hostile() -> ProblemCandidate:
    return candidate(0, statement=HOSTILE)
