"""What a pack says: sections, sentences, gaps, evidence."""

import re
from dataclasses import replace

import pytest

from itsm.figures import Direction, Figure, Signal, Unit, Verdict
from itsm.statistics import Limits
from reports.editions import SECTIONS
from reports.measures.declared import Target
from reports.measures.targets import judged
from reports.numbers import shown
from reports.pack import PackInput, build_pack, comparable, pack_from_json, pack_to_json
from reports.sections.candidates import MAX_ASKS, MAX_CARDS, MAX_LINES
from tests.reports.sample_pack import (
    candidate,
    empty_input,
    hostile_input,
    quiet_input,
    sample_figures,
    sample_input,
    section_of,
)

CASES = {
    "busy": sample_input,
    "no candidate": lambda: sample_input(0),
    "one candidate": lambda: sample_input(1),
    "forty candidates": lambda: sample_input(40),
    "quiet": quiet_input,
    "empty": empty_input,
    "hostile": hostile_input,
}


@pytest.fixture(params=CASES, scope="module")
def given(request: pytest.FixtureRequest) -> PackInput:
    """Each kind of week."""
    return CASES[request.param]()


def test_a_pack_comes_back_from_json_and_gives_the_same_bytes(given: PackInput) -> None:
    pack = build_pack(given)
    data = pack_to_json(pack)
    assert pack_from_json(data) == pack
    assert pack_to_json(pack_from_json(data)) == data


def test_run_id_and_time_made_do_not_reach_the_comparable_pack() -> None:
    given = sample_input()
    later = replace(given, run=replace(given.run, run_id="other", made_at=given.week.end_at))
    one, two = build_pack(given), build_pack(later)
    assert one != two
    assert comparable(one) == comparable(two)


def test_every_section_opens_with_one_sentence(given: PackInput) -> None:
    for section in build_pack(given).sections:
        sentence = section.opening.sentence
        assert sentence.endswith(".")
        assert sentence[0].isupper() or sentence[0].isdigit()
        assert "None" not in sentence
        assert " ." not in sentence
        assert ".." not in sentence


def test_the_opening_of_service_health_says_the_same_numbers_as_its_cards() -> None:
    pack = build_pack(sample_input())
    health = next(section for section in pack.sections if section.id == "service-health")
    backlog = next(section for section in pack.sections if section.id == "backlog")
    cards = {card.figure_id: card.value for card in (*health.cards, *backlog.cards)}
    said = re.findall(r"[\d,]+(?= (?:incidents were|were|open))", health.opening.sentence)
    assert said == [cards["opened"], cards["resolved"], cards["backlog"]]


def test_a_figure_is_written_alike_on_card_chart_and_table() -> None:
    pack = build_pack(sample_input())
    glance = next(
        table
        for table in section_of(pack, "service-health").tables
        if "normal variation" in table.caption
    )
    in_table = {row[0]: row[1] for row in glance.rows}
    cards = {card.title: card.value for s in pack.sections for card in s.cards}
    for title, value in in_table.items():
        assert cards[title] == value
    for chart in (chart for section in pack.sections for chart in section.charts):
        title, _, finding = chart.title.partition(": ")
        assert finding.startswith(f"{cards[title]}, ")


def test_every_planted_gap_is_confessed() -> None:
    given = sample_input()
    pack = build_pack(given)
    confessed = " ".join(f"{gap.what} {gap.why}" for gap in pack.missing)
    for item in given.figures:
        if not isinstance(item, Figure):
            assert item.title in confessed
            assert item.reason in confessed
    assert given.missing[0].what in confessed
    assert any("set aside" in line for line in pack.brief.gaps)


def test_a_section_whose_figures_cannot_be_had_collapses_to_the_missing_list() -> None:
    pack = build_pack(empty_input())
    held = {section.id for section in pack.sections}
    assert held == set(SECTIONS[1:])
    said = section_of(pack, "backlog").opening.sentence
    assert said == "Nothing can be told here: the source could not be read."
    assert not any(section.cards or section.charts for section in pack.sections)
    assert len(pack.missing) == 1, "one reason is one line"
    assert "SLA compliance" in pack.missing[0].what


def test_a_week_without_figures_does_not_claim_to_be_quiet() -> None:
    pack = build_pack(replace(empty_input(), is_mined=False))
    assert "no figure could be had" in pack.brief.headline
    assert pack.brief.changes == ("No figure could be had, so no change can be told.",)
    said = section_of(pack, "candidates").opening.sentence
    assert said.startswith("Nothing was mined this week")
    assert "no check was run" in section_of(pack, "data-quality").opening.sentence


def test_gaps_with_the_same_reason_are_one_line() -> None:
    pack = build_pack(sample_input())
    surveys = [gap for gap in pack.missing if "survey" in gap.why]
    assert len(surveys) == 1
    assert "Satisfaction (CSAT); Net promoter score" in surveys[0].what


def test_every_signal_of_a_headline_figure_reaches_the_brief() -> None:
    given = sample_input(0)
    sla = next(
        f
        for f in given.figures
        if isinstance(f, Figure) and f.dimensions == {"target": "resolution"}
    )
    bad = Signal(verdict=Verdict.DETERIORATION)
    both = (
        replace(sla, signal=bad),
        replace(sla, dimensions={"target": "response"}, signal=bad),
    )
    changes = build_pack(replace(given, figures=both)).brief.changes
    assert [line.partition(":")[0] for line in changes] == [
        "SLA compliance of incidents (resolution)",
        "SLA compliance of incidents (response)",
    ]


def test_nothing_is_asked_in_a_quiet_week() -> None:
    brief = build_pack(quiet_input()).brief
    assert brief.asks == ()
    assert brief.headline.startswith("No decision is asked, no figure shows a signal")
    assert brief.changes == ("No signal, and no candidate moved.",)
    assert brief.gaps == ("Nothing is known to be missing.",)


def test_one_of_a_thing_is_singular() -> None:
    health = section_of(build_pack(quiet_input()), "service-health")
    assert "40 incidents were opened and 1 was resolved" in health.opening.sentence
    candidates = next(s for s in build_pack(sample_input(1)).sections if s.id == "candidates")
    assert "64 incidents fall into 1 group that may have one cause" in candidates.opening.sentence
    assert candidates.opening.ask == "Decide on 1 candidate."


def test_at_most_three_decisions_are_asked_and_the_dearest_first() -> None:
    given = sample_input(40)
    pack = build_pack(given)
    assert len(pack.brief.asks) == MAX_ASKS
    hours = [float(re.findall(r"about ([\d.]+)", ask.cost)[0]) for ask in pack.brief.asks]
    assert hours == sorted(hours, reverse=True)


def test_a_decided_candidate_is_not_asked_about_again() -> None:
    given = replace(sample_input(0), candidates=(candidate(2),))
    assert build_pack(given).brief.asks == ()


def test_many_candidates_are_cards_then_lines_then_a_count() -> None:
    section = next(s for s in build_pack(sample_input(40)).sections if s.id == "candidates")
    assert len(section.candidates) == MAX_CARDS
    further = next(one for one in section.tables if one.caption.startswith("Further"))
    assert len(further.rows) == MAX_LINES
    assert further.note == f"{40 - MAX_CARDS - MAX_LINES} more candidates in candidates.csv."


def test_a_restricted_member_shows_no_text() -> None:
    given = sample_input(1)
    first = given.candidates[0].members[0]
    assert (first.source, first.number) not in given.member_titles
    section = next(s for s in build_pack(given).sections if s.id == "candidates")
    line = section.candidates[0].closest[0]
    assert line.number == first.number
    assert line.title == ""
    assert section.candidates[0].text_note == (
        "2 shown without text: restricted, or not given by the source."
    )


def test_every_headline_figure_shows_n_period_and_exactness() -> None:
    pack = build_pack(sample_input())
    for card in (card for section in pack.sections for card in section.cards):
        assert re.match(r"n = [\d,]+, 2026-W\d\d, \w+", card.facts[0])
    facts = {card.title: card.facts[0] for s in pack.sections for card in s.cards}
    assert "proxy" in facts["Resolved at first contact"]
    assert "preliminary" in facts["Reopen rate (preliminary)"]


def test_an_operational_figure_shows_its_partner_or_that_it_is_not_available() -> None:
    cards = {card.figure_id: card for s in build_pack(sample_input()).sections for card in s.cards}
    assert cards["opened"].partner == "Satisfaction (CSAT) not available"
    assert cards["resolved"].partner == "Reopen rate (final): 3.9%"


def test_every_card_leads_to_its_records() -> None:
    given = sample_input()
    pack = build_pack(given)
    lists = {item.anchor: item for item in pack.evidence}
    assert len(lists) == len(pack.evidence), "anchors are unique"
    for card in (card for section in pack.sections for card in section.cards):
        assert card.anchor is not None
        assert len(lists[card.anchor].rows) == card.n_rows > 0


def test_hand_offs_name_paths_and_say_when_rows_are_left_out() -> None:
    section = next(s for s in build_pack(sample_input()).sections if s.id == "hand-offs")
    table = section.tables[0]
    assert [column.title for column in table.columns[:2]] == ["From", "To"]
    assert len(table.rows) == 12
    assert table.note == (
        "The 12 largest of 16 rows; the records of all of them are in the list of evidence."
    )


def test_ages_stand_in_order_and_their_title_counts_right() -> None:
    section = next(s for s in build_pack(sample_input()).sections if s.id == "backlog")
    bars = section.bars[0]
    assert bars.labels == ("<1", "1-3", "4-7", "8-14", "15-30", "31-90", ">90")
    assert sum(bars.values) == 612
    assert "160 of 612 (26.1%)" in bars.title


def test_a_series_below_an_hour_is_drawn_in_minutes() -> None:
    slow = next(f for f in sample_figures() if f.figure_id == "resolution_time")
    assert isinstance(slow, Figure)
    assert slow.series is not None
    assert slow.series.limits is not None
    limits = Limits(*(getattr(slow.series.limits, k) / 100 for k in ("lower", "centre", "upper")))
    values = tuple(None if v is None else v / 100 for v in slow.series.values)
    fast = replace(
        slow, value=slow.value / 100, series=replace(slow.series, values=values, limits=limits)
    )
    chart = section_of(
        build_pack(replace(sample_input(0), figures=(fast,))), "service-health"
    ).charts[0]
    assert chart.unit == "minutes"
    assert chart.values[-1] == pytest.approx(fast.value * 60)
    assert f": {round(fast.value * 60)}\u00a0min" in chart.title
    assert chart.upper == pytest.approx(limits.upper * 60)


def test_an_unknown_figure_is_still_shown() -> None:
    new = replace(
        next(f for f in sample_figures() if isinstance(f, Figure)),
        figure_id="brand_new",
        title="Brand new figure",
    )
    pack = build_pack(replace(sample_input(0), figures=(new,)))
    other = next(section for section in pack.sections if section.id == "other")
    assert other.cards[0].title == "Brand new figure"


def test_register_names_gaps_and_late_reviews() -> None:
    section = next(s for s in build_pack(sample_input()).sections if s.id == "register")
    assert section.opening.sentence == (
        "The register holds 3 entries: 2 proposals, 1 under way and 0 ended; 1 review is late."
    )
    proposals = next(t for t in section.tables if t.caption.startswith("Proposals"))
    assert proposals.rows[0][0] == "CSI0002", "the scored one first"
    assert proposals.rows[1][4] == "impact, urgency, risk, effort and owner"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1204.0, Unit.COUNT, "1,204"),
        (0.9234, Unit.SHARE, "92.3%"),
        (5.25, Unit.HOURS, "5.2\u00a0h"),
        (0.09, Unit.HOURS, "5\u00a0min"),
        (0.01, Unit.HOURS, "0.6\u00a0min"),
        (0.0, Unit.HOURS, "0.0\u00a0h"),
        (-0.04, Unit.POINTS, "0.0"),
        (-3.5, Unit.POINTS, "\u22123.5"),
    ],
)
def test_values_are_written_with_unit_and_true_minus(value: float, unit: Unit, text: str) -> None:
    assert shown(value, unit) == text


def test_a_target_stands_on_the_card_of_its_figure() -> None:
    given = sample_input()
    opened = next(one for one in given.figures if one.figure_id == "opened")
    assert isinstance(opened, Figure)
    assert opened.series is not None
    whole = Target(figure_id="opened", value=900, owner="desk lead")
    of_mail = replace(whole, service="Mail", value=90)
    judgements = [
        judged(target, opened.series, opened.series.limits, Direction.DOWN)
        for target in (whole, of_mail)
    ]
    pack = build_pack(replace(given, targets=judgements))
    cards = [card for section in pack.sections for card in section.cards]
    (card,) = [card for card in cards if card.figure_id == "opened"]
    told = [fact for fact in card.facts if fact.startswith("Target")]
    assert told[0].startswith(f"Target 900, now {opened.value:,.0f}. Target missed, structural")
    assert "Owner: desk lead." in told[0]
    assert told[1].startswith("Target of Mail 90,")
    others = [fact for other in cards if other is not card for fact in other.facts]
    assert not [fact for fact in others if fact.startswith("Target")]
