"""The queue: what is in it, in which order, and what it says when there is nothing."""

import re

import pytest

from itsm.candidates import Life, Movement, Purity
from store import Store
from tests.review_app.desk import Visitor, candidate, incident, land, mine

WEEK, BEFORE = "2026-W46", "2026-W45"


def shown(page: str) -> list[str]:
    """The ids of the candidates a page lists, in its order."""
    return re.findall(r'<a id="c-(PC-\d+)"', page)


@pytest.fixture
def visitor(store: Store) -> Visitor:
    mine(store, BEFORE, [candidate("PC-9", 2)])
    mine(
        store,
        WEEK,
        [
            candidate("PC-1", 3, hours=20, statement="Printer jams", score=0.5),
            candidate("PC-2", 9, hours=40, life=Life.STALE, known_problems=("PRB77",)),
            candidate(
                "PC-3",
                5,
                hours=30,
                movement=Movement.NEW,
                purity=(Purity(field="service", value="E-Mail", share=1.0, n=5),),
            ),
        ],
    )
    return Visitor(store)


def test_the_newest_week_comes_dearest_first_with_its_rank(visitor: Visitor) -> None:
    page = visitor.read("/?show=all")
    assert shown(page) == ["PC-2", "PC-3", "PC-1"]
    assert re.findall(r'class="c-rank">(\d+)<', page) == ["1", "2", "3"]
    assert "Week\u00a046" in page and "from 99 incidents" in page
    assert "Showing 1 to 3 of 3." in page


def test_a_line_says_what_a_reviewer_ranks_by(visitor: Visitor) -> None:
    line = visitor.read("/?show=all").split('id="c-PC-2"')[1].split("</tr>")[0]
    for part in ("VPN drops for home workers", "PRB77", "stale", "grown", ">9<", "<b>40</b>"):
        assert part in line
    for part in ("10 to 90", "90%", "Remote access", "Network", "16\u00a0Nov\u00a02026"):
        assert part in line
    assert "undecided" in line and "<svg" in line


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("sort=members", ["PC-2", "PC-3", "PC-1"]),
        ("sort=members&order=asc", ["PC-1", "PC-3", "PC-2"]),
        ("sort=statement", ["PC-1", "PC-2", "PC-3"]),
        ("sort=confidence&order=asc", ["PC-1", "PC-3", "PC-2"]),
        ("sort=service", ["PC-3", "PC-2", "PC-1"]),
        ("sort=life", ["PC-3", "PC-1", "PC-2"]),
        ("sort=nonsense&order=sideways", ["PC-2", "PC-3", "PC-1"]),
        ("life=stale", ["PC-2"]),
        ("movement=new", ["PC-3"]),
        ("service=E-Mail", ["PC-3"]),
        ("q=PRINTER+jams", ["PC-1"]),
        ("q=prb77", ["PC-2"]),
        ("q=pc-3", ["PC-3"]),
        ("q=home+e-mail", ["PC-3"]),
        ("life=nonsense", ["PC-2", "PC-3", "PC-1"]),
        (f"week={BEFORE}", ["PC-9"]),
    ],
)
def test_filters_and_orders_do_what_the_address_says(
    visitor: Visitor, query: str, wanted: list[str]
) -> None:
    assert shown(visitor.read(f"/?show=all&{query}")) == wanted


def test_a_heading_sorts_and_sorts_the_other_way_round(visitor: Visitor) -> None:
    page = visitor.read("/?sort=members&life=active")
    assert 'class="c-members" aria-sort="descending"' in page
    assert 'href="/?life=active&amp;sort=members&amp;order=asc"' in page
    assert 'href="/?life=active&amp;sort=hours"' in page


def test_a_filter_says_how_many_it_leaves_out(visitor: Visitor) -> None:
    page = visitor.read("/?show=all&life=stale")
    assert "Showing 1 to 1 of 1 that match, of 3." in page
    assert '<option value="stale" selected>stale (1)</option>' in page


def test_no_match_offers_the_way_back(visitor: Visitor) -> None:
    page = visitor.read(f"/?q=nothing+like+it&week={BEFORE}")
    assert "No candidate matches" in page
    assert f'<a href="/?week={BEFORE}">Show all 1</a>' in page


def test_long_queues_come_in_pages_that_add_up(store: Store) -> None:
    mine(store, WEEK, [candidate(f"PC-{n}", 2, hours=n) for n in range(103)])
    visitor, seen, address = Visitor(store), [], "/?show=all"
    while address:
        page = visitor.read(address)
        seen += shown(page)
        found = re.search(r'<a rel="next" href="([^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert seen == [f"PC-{n}" for n in range(102, -1, -1)]
    assert "Showing 26 to 50 of 103." in visitor.read("/?show=all&page=2")
    assert shown(visitor.read("/?show=all&page=99")) == shown(visitor.read("/?show=all&page=5"))


@pytest.mark.parametrize("page", ["0", "-1", "x", "1e9", "²", "9" * 40, ""])
def test_a_page_that_is_none_is_the_first(visitor: Visitor, page: str) -> None:
    assert "Showing 1 to 3 of 3." in visitor.read(f"/?show=all&page={page}")


def test_before_the_first_run_the_page_names_the_command(store: Store) -> None:
    page = Visitor(store).read("/")
    assert "csi run --config csi.toml" in page
    assert "<table" not in page and "<form class" not in page


def test_a_week_without_candidates_says_so(store: Store) -> None:
    mine(store, WEEK, [])
    assert "looks like repeats of one cause" in Visitor(store).read("/")


def test_an_unknown_week_offers_those_there_are(visitor: Visitor) -> None:
    page = visitor.read("/?week=<b>1999-W01")
    assert "&lt;b&gt;1999-W01" in page and "<b>1999" not in page
    assert f'href="/?week={WEEK}"' in page and f'href="/?week={BEFORE}"' in page


def test_a_week_that_is_mined_again_is_read_again(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1")], "M-1")
    visitor = Visitor(store)
    assert shown(visitor.read("/")) == ["PC-1"]
    mine(store, WEEK, [candidate("PC-1"), candidate("PC-2")], "M-2")
    assert shown(visitor.read("/")) == ["PC-1", "PC-2"]


def test_a_statement_that_may_quote_a_restricted_record_is_not_shown(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1"), candidate("PC-2")])
    land(store, [incident("PC-1-1", restricted=True)])
    page = Visitor(store).read("/")
    assert "(PC-1)" not in page and "(PC-2)" in page
    assert "Not shown: an incident in it has been restricted" in page
