"""The page of the results."""

import re
from html.parser import HTMLParser

from checks.page import render_page
from itsm.quality import CheckReport, ExpectationResult, QuarantineCount, Severity
from itsm.states import RecordKind

HOSTILE = '<script>alert("x")</script>'
RESULT = ExpectationResult(
    rule="priority_in_range", title=f"priority {HOSTILE}", severity=Severity.QUARANTINE,
    is_met=False, n_checked=1234, n_failed=12, failed=("INC1", "INC2", "INC3", "INC4"),
    field="priority", observed=f"12 fail {HOSTILE}", remedy="map it",
)  # fmt: skip
MET = ExpectationResult(
    rule="number_filled", title="number is given", severity=Severity.QUARANTINE, is_met=True,
    n_checked=1234, n_failed=0, field="number",
)  # fmt: skip
NOTE = ExpectationResult(
    rule="text_present", title="texts", severity=Severity.WARNING, is_met=True, n_checked=0,
    n_failed=0, observed="this source carries no text: mining works on codes",
)  # fmt: skip
STOP = ExpectationResult(
    rule="set_aside_share", title="few are set aside", severity=Severity.CRITICAL, is_met=False,
    n_checked=9, n_failed=9, observed="everything is set aside",
)  # fmt: skip
ASIDE = QuarantineCount(
    source="desk", kind=RecordKind.VENDOR_CASE, rule="mapping", field="vendor", reason=HOSTILE,
    remedy="name the vendor", n=4321, examples=("V1",),
)  # fmt: skip


def _report(*results: ExpectationResult) -> CheckReport:
    return CheckReport(source="desk", kind=RecordKind.INCIDENT, n_records=1234, results=results)


class _Structure(HTMLParser):
    """Counts what makes a table readable to those who cannot see it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.unscoped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.unscoped += tag == "th" and "scope" not in dict(attrs)


def test_the_page_shows_what_stops_what_warns_and_what_was_set_aside() -> None:
    page = render_page([_report(MET, RESULT, NOTE, STOP)], [ASIDE])
    assert "The gate is closed" in page
    assert "everything is set aside" in page
    assert "INC1, INC2, INC3, …" in page
    assert "INC4" not in page
    assert "4,321" in page
    assert "This source carries no text: mining works on codes." in page
    assert page.index("map it") < page.index("number is given")


def test_an_open_gate_and_an_empty_quarantine_are_said() -> None:
    page = render_page([_report(MET)])
    assert "The gate is open" in page
    assert "No record is set aside." in page


def test_hostile_text_stays_text_and_nothing_is_loaded() -> None:
    page = render_page([_report(RESULT, STOP)], [ASIDE], title=HOSTILE)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 4
    assert re.search(r"(src|href)=\"(?!#)", page) is None
    assert "@import" not in page
    assert "url(" not in page


def test_tables_have_captions_and_their_heads_say_what_they_head() -> None:
    structure = _Structure()
    structure.feed(render_page([_report(MET, RESULT)], [ASIDE]))
    assert structure.tags.count("table") == structure.tags.count("caption") == 3
    assert structure.unscoped == 0
    assert structure.tags.count("h1") == structure.tags.count("main") == 1


def test_the_same_results_give_the_same_bytes() -> None:
    pages = {render_page([_report(MET, RESULT, NOTE)], [ASIDE]) for _ in range(2)}
    assert len(pages) == 1
