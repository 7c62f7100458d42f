"""The page of one candidate."""

import re
from dataclasses import replace
from urllib.parse import quote

import pytest

from itsm.candidates import Estimate, Movement, Purity
from itsm.doubts import Doubts, LeftWithout
from itsm.records import Quarantined
from itsm.states import RecordKind
from store import Store
from tests.review_app.desk import NOW, Visitor, candidate, incident, land, members_of, mine

WEEK, BEFORE = "2026-W46", "2026-W45"


def rows(page: str, caption: str) -> list[str]:
    """The incident numbers of the table with a caption."""
    table = page.split(caption)[1].partition("</table>")[0]
    return re.findall(r'class="m-who">.*?<bdi>([^<]+)</bdi>', table)


def test_the_page_says_what_it_is_and_why(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1")])
    page = Visitor(store).read("/candidates/PC-1")
    assert '<h1 class="statement"><bdi>VPN drops for home workers (PC-1)</bdi></h1>' in page
    assert "10 to 90 hours" in page and "expected 30; EUR 600 to 5,400, from assumed costs" in page
    assert "Rank 1 of 1" in page and "PRB0001" in page and "last seen" in page.lower()
    assert "radius, reject" in page and "weight 1.50" in page
    assert page.index("Speaks against") < page.index("different team in 20% of the pairs")
    assert "Service Remote access: 100% of 3" in page


def test_small_candidates_list_their_members_once(store: Store) -> None:
    one = candidate("PC-1", 10)
    mine(store, WEEK, [one])
    land(store, members_of(one))
    page = Visitor(store).read("/candidates/PC-1")
    assert rows(page, "Incidents 1 to 10 of 10") == [f"PC-1-{n}" for n in range(10)]
    assert "closest" not in page


def test_large_ones_list_both_ends_and_all_page_by_page(store: Store) -> None:
    one = candidate("PC-1", 57)
    mine(store, WEEK, [one])
    land(store, members_of(one))
    visitor = Visitor(store)
    page = visitor.read("/candidates/PC-1")
    assert rows(page, "The 5 closest") == [f"PC-1-{n}" for n in range(5)]
    assert rows(page, "The 5 farthest") == [f"PC-1-{n}" for n in range(56, 51, -1)]
    assert rows(page, "Incidents 1 to 50 of 57") == [f"PC-1-{n}" for n in range(50)]
    assert 'href="/candidates/PC-1?members=2#members"' in page
    second = visitor.read("/candidates/PC-1?members=2")
    assert rows(second, "Incidents 51 to 57 of 57") == [f"PC-1-{n}" for n in range(50, 57)]
    assert rows(second, "The 5 closest") == [f"PC-1-{n}" for n in range(5)]


def test_the_next_candidate_is_that_of_the_queue_it_was_opened_from(store: Store) -> None:
    mine(store, WEEK, [candidate(f"PC-{n}", n + 2, hours=50 - n) for n in range(4)])
    visitor = Visitor(store)
    plain = visitor.read("/candidates/PC-1")
    assert '<a rel="prev" href="/candidates/PC-0">' in plain
    assert '<a rel="next" href="/candidates/PC-2">' in plain
    turned = visitor.read("/candidates/PC-1?sort=members")
    assert '<a rel="prev" href="/candidates/PC-2?sort=members">' in turned
    assert 'href="/?sort=members#c-PC-1"' in turned
    alone = visitor.read("/candidates/PC-1?q=pc-1")
    assert 'rel="prev"' not in alone and 'rel="next"' not in alone


def test_the_way_back_leads_to_the_page_it_stands_on(store: Store) -> None:
    mine(store, WEEK, [candidate(f"PC-{n}", 2, hours=100 - n) for n in range(40)])
    page = Visitor(store).read("/candidates/PC-30?show=all")
    assert 'href="/?show=all&amp;page=2#c-PC-30"' in page


@pytest.mark.parametrize(
    "path", ["/candidates/PC-2", f"/candidates/PC-1?week={BEFORE}", "/nothing"]
)
def test_what_is_not_there_is_a_page_that_leads_on(store: Store, path: str) -> None:
    mine(store, WEEK, [candidate("PC-1")])
    answer = Visitor(store).ask(path)
    assert answer.status_code == 404
    assert 'href="/"' in answer.text and "<h1>" in answer.text


def test_restricted_members_show_nothing_but_their_fit(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1")])
    land(
        store,
        [
            incident("PC-1-0"),
            incident("PC-1-1", restricted=True, title="Board pay leaked", ci="hr-sql-01"),
        ],
    )
    page = Visitor(store, {"desk": lambda n: f"https://desk.example.com/{n}"}).read(
        "/candidates/PC-1"
    )
    for hidden in ("Board pay", "hr-sql-01", "PC-1-1", "radius, reject", "VPN drops for home"):
        assert hidden not in page
    assert "Restricted: not shown" in page and "0.99" in page
    assert "1 incident has been restricted since the week was mined" in page


def test_titles_are_redacted(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1")])
    land(store, [incident("PC-1-0", title="the secret is out")])
    page = Visitor(store).read("/candidates/PC-1")
    assert "the &lt;secret&gt; is out" in page


def test_members_without_title_or_record_say_so(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1", 2)])
    land(store, [incident("PC-1-0", title=None)])
    page = Visitor(store).read("/candidates/PC-1")
    assert "No title given" in page and "Deleted in its tool" in page
    assert "1 incident has been deleted in the source since." in page


@pytest.mark.parametrize(
    ("address", "is_link"),
    [
        ("https://desk.example.com/incident?n={}", True),
        ("http://desk.example.com/{}", True),
        ("javascript:alert({})", False),
        ("//desk.example.com/{}", False),
        ("https://user:pass@desk.example.com/{}", False),
        ("data:text/html,{}", False),
    ],
)
def test_only_addresses_of_the_web_become_links(store: Store, address: str, is_link: bool) -> None:
    mine(store, WEEK, [candidate("PC-1", 2)])
    land(store, [incident("PC-1-0")])
    links = {"desk": lambda number: address.format(quote(number))}
    page = Visitor(store, links).read("/candidates/PC-1")
    link = f'<a href="{address.format("PC-1-0")}" target="_blank" rel="noopener noreferrer">'
    assert (link in page) == is_link
    assert "javascript:" not in page


def test_the_chart_has_its_limits_and_its_data(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1", weekly_counts=(*([1, 2] * 12), 1, 14))])
    page = Visitor(store).read("/candidates/PC-1")
    chart = page.split('<svg xmlns="http://www.w3.org/2000/svg" class="chart"')[1].split("</svg>")[
        0
    ]
    assert "c-limit" in chart and "worse than usual" in page
    data = re.findall(r'<tr><th scope="row">(\S+)</th><td class="num">(\d+)</td></tr>', page)
    assert data[0] == ("2026-W46", "14") and len(data) == 26


def test_a_candidate_without_weekly_counts_has_no_chart(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1", weekly_counts=())])
    assert "No weekly counts" in Visitor(store).read("/candidates/PC-1")


def test_the_cost_names_its_inputs_and_which_are_assumed(store: Store) -> None:
    estimate = Estimate(value=60, low=20, high=90, unit="h", assumed=("affected_users",))
    mine(store, WEEK, [candidate("PC-1", avoidable_hours=estimate)])
    land(store, [incident("PC-1-0", handling_h=2.0), incident("PC-1-1", handling_h=3.0)])
    page = Visitor(store).read("/candidates/PC-1")
    text = re.sub(r"<[^>]+>", " ", page.split("The inputs")[1].split("</table>")[0])
    said = re.sub(r"\s+", " ", text)
    assert "Repeats expected in 90 days 20.0 (6.7 to 30.0)" in said
    assert "Hours of work on one incident 2.50 mean of the 2 incidents that say" in said
    assert "Users affected by one incident 1.00 assumed set affected_users" in said
    assert "Hours an affected user loses 0.50 set under [cost] in csi.toml" in said
    assert "Hours of one repeat 3.00" in said


def test_where_it_comes_from_is_told_week_by_week(store: Store) -> None:
    mine(store, BEFORE, [candidate("PC-1", 4)])
    now = candidate("PC-1", 6)
    mine(store, WEEK, [replace(now, members=now.members[1:])])
    page = Visitor(store).read("/candidates/PC-1")
    assert "Grown: more incidents than in the run before; 2 incidents came in, 1 left." in page
    assert page.count('class="tag new"') == 2
    past = page.split("in the weeks that were mined")[1]
    assert past.index("Week\u00a046") < past.index("Week\u00a045")


def test_of_a_candidate_that_is_new_as_a_whole_no_incident_is_called_new(store: Store) -> None:
    mine(store, BEFORE, [candidate("PC-2")])
    mine(store, WEEK, [candidate("PC-1", movement=Movement.NEW)])
    page = Visitor(store).read("/candidates/PC-1")
    assert "New: not there in the run before." in page and 'class="tag new"' not in page


def test_in_the_first_week_nothing_is_called_new(store: Store) -> None:
    one = candidate("PC-1")
    mine(store, WEEK, [one])
    land(store, members_of(one))
    page = Visitor(store).read("/candidates/PC-1")
    assert "the first week that was mined" in page and 'class="tag new"' not in page


def test_what_is_set_aside_in_its_source_is_counted(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1")])
    land(store, [incident("PC-1-0", ci=None), incident("PC-1-1")])
    bad = Quarantined(
        source="desk",
        kind=RecordKind.INCIDENT,
        key="1",
        field="f",
        reason="x",
        remedy="y",
        rule="r",
    )
    with store.begin() as uow:
        uow.quarantine.put([bad], NOW)
        uow.commit()
    visitor = Visitor(store)
    page = visitor.read("/candidates/PC-1")
    assert "1 of 2 incidents has no configuration item." in page
    assert "1 incident of desk is set aside in quarantine" in page
    assert "1 incident is set aside in quarantine" in visitor.read("/")


@pytest.mark.parametrize(
    ("stability", "n_rounds", "told"),
    [
        (0.8, 10, "80% of it stays when a fifth of all incidents is left out, on average over 10"),
        (0.8, 1, "on average over 1 round"),
        (None, 10, "a person has put it together, or codes hold it"),
        (None, 0, "the run compared too many pairs (1,500,000 or more)"),
    ],
)
def test_how_steady_it_is_or_why_nobody_knows(
    store: Store, stability: float | None, n_rounds: int, told: str
) -> None:
    mine(store, WEEK, [candidate("PC-1")])
    with store.begin() as uow:
        doubts = Doubts(candidate_id="PC-1", stability=stability, n_rounds=n_rounds)
        uow.doubts.save(f"M-{WEEK}", [doubts])
        uow.commit()
    assert told in Visitor(store).read("/candidates/PC-1")


def test_it_says_what_it_would_be_without_its_main_reason(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1")])
    heading = "What it would be without its main reason"
    assert heading not in Visitor(store).read("/candidates/PC-1")
    text = "Main reason: they say the same (vpn, drops); without it <b>none</b> of the 3 stay."
    left = LeftWithout(reason="phrase", parts=(), gone=("desk/PC-1-0",), text=text)
    with store.begin() as uow:
        uow.doubts.save(f"M-{WEEK}", [Doubts(candidate_id="PC-1", without=(left,))])
        uow.commit()
    page = Visitor(store).read("/candidates/PC-1")
    assert page.index("Why they are grouped") < page.index(heading)
    assert "(vpn, drops); without it &lt;b&gt;none&lt;/b&gt; of the 3" in page


@pytest.mark.parametrize(
    ("title", "fields", "apart"),
    [
        ("VPN drops with radius reject", {}, "nothing that its record tells"),
        ("VPN drops", {}, "lacks 1 of 3 words"),
        ("VPN drops", {"ci": "ber-vpn-02"}, "another configuration item; lacks 1 of 3 words"),
    ],
)
def test_a_near_miss_says_what_of_its_record_keeps_it_apart(
    store: Store, title: str, fields: dict[str, str], apart: str
) -> None:
    one = candidate(
        "PC-1",
        terms=("vpn", "drops", "radius"),
        purity=(
            Purity(field="service", value="Remote access", share=1.0, n=3),
            Purity(field="ci", value="lon-vpn-01", share=1.0, n=3),
        ),
    )
    mine(store, WEEK, [one])
    land(store, [*members_of(one), incident("INC-NEAR", title=title, **fields)])
    page = Visitor(store).read("/candidates/PC-1/near")
    assert "<bdi>INC-NEAR</bdi>" in page
    assert re.search(rf'data-l="kept apart by"><bdi>{apart}', page)
