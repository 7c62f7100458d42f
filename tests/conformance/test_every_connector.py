"""What every connector must survive, on fakes that misbehave.

Each test runs for the systems whose fake can make the trouble it is about; `fakes.py` says which.
"""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import islice

import pytest

from connectors.core.config import HttpSourceConfig
from connectors.core.source import Countable, Source, TellsDeletions
from connectors.registry import REGISTRY
from itsm.errors import AuthError, FatalSourceError, PagingError, TransientSourceError
from itsm.records import RawRecord
from itsm.states import RecordKind
from simulator.web import Answer, json_answer
from tests.conformance.fakes import PAGE_SIZE, Fake, HttpFake, Trouble
from tests.conformance.gateway import Sometimes, gateway_before
from tests.conformance.known_fakes import FAKES, able_to

EVERY = pytest.mark.parametrize("system", sorted(FAKES))
HTTP = pytest.mark.parametrize("system", able_to(Trouble.HTTP))
COUNTING = pytest.mark.parametrize(
    "system",
    sorted(name for name, one in FAKES.items() if one().registered.capabilities.counts),
)

Start = Callable[[str], Fake]
StartHttp = Callable[[str], HttpFake]


def unable(*troubles: Trouble) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("system", able_to(*troubles))


def pulled(source: Source, kind: RecordKind, cursor: str | None = None) -> list[RawRecord]:
    """All raw records from a cursor on, in the order they came."""
    return [raw for page in source.pages(kind, cursor) for raw in page.records]


def versions(fake: Fake, records: list[RawRecord]) -> dict[str, str]:
    """The last version that came of each record."""
    return {raw.key: fake.version(raw) for raw in records}


def last_cursor(source: Source, kind: RecordKind, cursor: str | None = None) -> str:
    """Where the next pull starts."""
    return list(source.pages(kind, cursor))[-1].cursor


def test_every_system_has_a_fake_and_every_trouble_somebody_who_makes_it() -> None:
    assert {fake.system for fake in FAKES.values()} == {*REGISTRY, "sample"}
    assert [trouble for trouble in Trouble if not able_to(trouble)] == []
    assert {name for name in FAKES if issubclass(FAKES[name], HttpFake)} == set(
        able_to(Trouble.HTTP)
    )


@EVERY
def test_every_record_comes_once(system: str, start: Start) -> None:
    fake = start(system)
    records = pulled(fake.source(), fake.kind)
    assert Counter(raw.key for raw in records) == Counter(fake.truth(fake.kind).keys())
    assert versions(fake, records) == fake.truth(fake.kind)
    assert {(raw.source, raw.kind) for raw in records} == {("ours", fake.kind)}


@EVERY
def test_every_raw_record_is_mapped_or_set_aside_with_a_reason(system: str, start: Start) -> None:
    fake = start(system)
    source = fake.source(**fake.wide)
    for kind in fake.kinds:
        records = pulled(source, kind)
        mapped = source.map(kind, records)
        done = [one.key for one in mapped.mapped] + [one.key for one in mapped.quarantined]
        assert sorted(done) == sorted(raw.key for raw in records)
        assert all(one.reason for one in mapped.quarantined)
        assert len(mapped.mapped) > len(records) / 2


@EVERY
def test_reading_twice_gives_the_same_bytes(system: str, start: Start) -> None:
    fake = start(system)
    for kind in fake.kinds:
        assert pulled(fake.source(**fake.wide), kind) == pulled(fake.source(**fake.wide), kind)


@EVERY
def test_a_pull_that_is_stopped_at_any_page_goes_on_there(system: str, start: Start) -> None:
    fake = start(system)
    records: list[RawRecord] = []
    cursor: str | None = None
    n_pages = 0
    while page := next(fake.source().pages(fake.kind, cursor), None):
        n_pages += 1
        assert n_pages < 100
        if page.cursor == cursor:
            break
        records += page.records
        cursor = page.cursor
    assert versions(fake, records) == fake.truth(fake.kind)
    assert n_pages > len(records) / (2 * PAGE_SIZE)
    assert len(records) < 2 * len(fake.truth(fake.kind))


def reads_windows(system: str) -> bool:
    config = FAKES[system]().registered.config
    return issubclass(config, HttpSourceConfig) and config.reads_windows


@pytest.mark.parametrize("system", sorted(filter(reads_windows, FAKES)))
def test_two_windows_hold_what_a_pull_of_all_holds(system: str, start: Start) -> None:
    fake = start(system)
    source = fake.source(**fake.wide)
    mapped = source.map(fake.kind, pulled(source, fake.kind)).mapped
    days = sorted(at.date() for one in mapped if (at := one.records[0].updated_at) is not None)
    middle = days[len(days) // 2] + timedelta(days=days[0] == days[-1])
    older = pulled(fake.source(until=middle), fake.kind)
    newer = pulled(fake.source(since=middle), fake.kind)
    assert len(older) + len(newer) == len(mapped)
    assert versions(fake, older + newer) == fake.truth(fake.kind)
    begun = next(iter(fake.source(until=middle).pages(fake.kind, None)))
    rest = pulled(fake.source(until=middle), fake.kind, begun.cursor)
    assert versions(fake, [*begun.records, *rest]) == versions(fake, older), "and goes on"


@unable(Trouble.CHURN)
def test_a_pull_that_is_stopped_while_rows_change_loses_none(
    system: str, start_http: StartHttp
) -> None:
    fake = start_http(system)
    before = fake.truth(fake.kind).keys()
    fake.misbehave(Trouble.CHURN)
    records: list[RawRecord] = []
    cursor: str | None = None
    for n_pages in (1, 3, 2, 1, 4):
        for page in islice(fake.source().pages(fake.kind, cursor), n_pages):
            records += page.records
            cursor = page.cursor
    fake.misbehave(None)
    records += pulled(fake.source(), fake.kind, cursor)
    there = fake.truth(fake.kind)
    assert there.keys() != before
    assert versions(fake, records).items() >= there.items()


@unable(Trouble.CHURN)
def test_no_row_is_lost_when_rows_change_between_pages(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    source, before = fake.source(), fake.truth(fake.kind).keys()
    fake.misbehave(Trouble.CHURN)
    pages = list(source.pages(fake.kind, None))
    first = [raw for page in pages for raw in page.records]
    throughout = before & fake.truth(fake.kind).keys()
    assert throughout <= versions(fake, first).keys()
    assert len(throughout) < len(before)  # some were deleted
    fake.misbehave(None)
    held = versions(fake, first + pulled(source, fake.kind, pages[-1].cursor))
    assert held.items() >= fake.truth(fake.kind).items()
    assert len(first) < 2 * len(before)  # it did not go round in circles


@unable(Trouble.ALL)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_row_is_lost_when_everything_goes_wrong_at_once(
    system: str, seed: int, start_http: StartHttp
) -> None:
    fake = start_http(system)
    fake.misbehave(Trouble.ALL, seed)
    source = fake.source(**fake.token_settings())
    before = fake.visible(fake.kind)
    pages = list(source.pages(fake.kind, None))
    first = versions(fake, [raw for page in pages for raw in page.records])
    assert before.keys() & fake.visible(fake.kind).keys() <= first.keys()
    fake.misbehave(Trouble.HIDDEN, seed)
    held = first | versions(fake, pulled(source, fake.kind, pages[-1].cursor))
    assert held.items() >= fake.visible(fake.kind).items()


@unable(Trouble.SKEW)
def test_a_clock_that_is_off_changes_nothing(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    fake.misbehave(Trouble.SKEW)
    source = fake.source(**fake.token_settings())
    pages = list(source.pages(fake.kind, None))
    records = [raw for page in pages for raw in page.records]
    assert versions(fake, records) == fake.truth(fake.kind)
    assert len(records) == len(fake.truth(fake.kind))
    assert len(pulled(source, fake.kind, pages[-1].cursor)) <= 2


@unable(Trouble.TIES)
def test_more_rows_of_one_moment_than_fit_a_page_are_all_read(
    system: str, start_http: StartHttp
) -> None:
    fake = start_http(system)
    fake.misbehave(Trouble.TIES)
    records = pulled(fake.source(), fake.kind)
    assert Counter(raw.key for raw in records) == Counter(fake.truth(fake.kind).keys())


@unable(Trouble.HIDDEN)
def test_short_and_empty_pages_are_not_the_end(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    fake.misbehave(Trouble.HIDDEN)
    visible = fake.visible(fake.kind)
    assert 0 < len(visible) < len(fake.truth(fake.kind)) - PAGE_SIZE
    assert versions(fake, pulled(fake.source(), fake.kind)) == visible


@HTTP
def test_only_what_changed_is_read_the_next_time(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    source = fake.source()
    cursor = last_cursor(source, fake.kind)
    assert len(pulled(source, fake.kind, cursor)) <= 2
    if Trouble.CHURN in fake.troubles:
        before = fake.truth(fake.kind)
        fake.misbehave(Trouble.CHURN)
        pulled(source, fake.kind, cursor)
        fake.misbehave(None)
        after = fake.truth(fake.kind)
        changed = {key: one for key, one in after.items() if before.get(key) != one}
        again = versions(fake, pulled(source, fake.kind, cursor))
        assert again.items() >= changed.items()
        assert changed
        assert len(again) <= len(changed) + 2


@HTTP
def test_waits_as_told_on_429(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    limited = json_answer({}, 429, ("Retry-After", "37"))
    fake.gateway.meddle = Sometimes(limited, frozenset({2, 5}))
    assert versions(fake, pulled(fake.source(), fake.kind)) == fake.truth(fake.kind)
    assert fake.time.waits_s == [37, 37]


@HTTP
def test_does_not_wait_for_ever_on_429(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    fake.gateway.meddle = Sometimes(json_answer({}, 429, ("Retry-After", "1")))
    with pytest.raises(TransientSourceError):
        pulled(fake.source(http={"max_wait_s": 120}), fake.kind)
    assert 0 < sum(fake.time.waits_s) <= 120
    assert len(fake.gateway.asked) < 50


@HTTP
@pytest.mark.parametrize("trouble", [Answer(503, b"busy"), Answer(500, b"{}"), Answer(cut_at=0)])
def test_trouble_that_passes_loses_no_row(
    system: str, trouble: Answer, start_http: StartHttp
) -> None:
    fake = start_http(system)
    fake.gateway.meddle = Sometimes(trouble, frozenset({1, 2, 4, 9}))
    assert versions(fake, pulled(fake.source(), fake.kind)) == fake.truth(fake.kind)


@HTTP
def test_trouble_that_does_not_pass_is_given_up(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    fake.gateway.meddle = Sometimes(Answer(503, b"busy"))
    with pytest.raises(TransientSourceError):
        pulled(fake.source(http={"tries": 3}), fake.kind)
    assert len(fake.gateway.asked) == 3


@unable(Trouble.EXPIRY)
def test_a_token_that_ended_is_renewed_once(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    fake.misbehave(Trouble.EXPIRY)
    records = pulled(fake.source(**fake.token_settings()), fake.kind)
    assert versions(fake, records) == fake.truth(fake.kind)
    assert sum(map(fake.is_token_request, fake.gateway.asked)) == 2


@HTTP
def test_a_wrong_secret_is_not_tried_again(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    with pytest.raises(AuthError) as caught:
        pulled(fake.source(**fake.wrong()), fake.kind)
    assert len(fake.gateway.asked) == 1
    assert "wrong-secret-of-ours" not in str(caught.value)


@HTTP
def test_a_page_for_people_is_not_no_rows(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    page = Answer(200, b"<html><title>Sign in</title></html>", content_type="text/html")
    fake.gateway.meddle = Sometimes(page)
    with pytest.raises(TransientSourceError, match="Sign in"):
        pulled(fake.source(), fake.kind)


@unable(Trouble.CUT)
def test_a_cut_answer_is_asked_for_again_and_smaller(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    fake.misbehave(Trouble.CUT)
    records = pulled(fake.source(page_size=40), fake.kind)
    assert versions(fake, records) == fake.truth(fake.kind)
    limits = [n for n in map(fake.limit, fake.gateway.asked) if n is not None]
    assert limits[:5] == [40, 40, 20, 20, 10]


@HTTP
def test_a_system_that_ignores_the_filter_is_noticed(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    source = fake.source()
    cursor = last_cursor(source, fake.kind)
    fake.gateway.meddle = lambda request, pass_on: pass_on(fake.unfiltered(request))
    fake.gateway.asked.clear()
    with pytest.raises(PagingError):
        pulled(source, fake.kind, cursor)
    assert len(fake.gateway.asked) < 4


@HTTP
def test_credentials_go_nowhere_else(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    with gateway_before(fake.gateway.behind) as elsewhere:
        away = Answer(302, headers=(("Location", f"{elsewhere.url}/login"),))
        fake.gateway.meddle = Sometimes(away)
        with pytest.raises(FatalSourceError, match=r"refused|redirects"):
            pulled(fake.source(), fake.kind)
        assert elsewhere.asked == []


@unable(Trouble.DELETES)
def test_deletions_are_told_and_hidden_rows_are_none(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    source = fake.source()
    assert isinstance(source, TellsDeletions)
    cursor = next((page.cursor for page in reversed(list(source.deletions(None)))), None)
    gone = sorted(fake.truth(fake.kind))[3:25:4]
    fake.delete(gone)
    fake.misbehave(Trouble.HIDDEN)
    told = [one for page in source.deletions(cursor) for one in page.deletions]
    assert sorted(one.key for one in told if one.kind is fake.kind) == gone
    assert {one.source for one in told} == {"ours"}
    assert all(one.deleted_at.tzinfo for one in told)


@unable(Trouble.DELETES)
def test_reading_deletions_goes_on_where_it_was_stopped(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    gone = sorted(fake.truth(fake.kind))[:25]
    fake.delete(gone)
    told: set[str] = set()
    cursor: str | None = None
    for _ in range(20):
        source = fake.source()
        assert isinstance(source, TellsDeletions)
        page = next(source.deletions(cursor), None)
        if page is None or page.cursor == cursor:
            break
        told |= {one.key for one in page.deletions if one.kind is fake.kind}
        cursor = page.cursor
    assert told == set(gone)


@COUNTING
def test_the_systems_own_count_is_that_of_all_records(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    source = fake.source()
    assert isinstance(source, Countable)
    assert source.count(fake.kind) == len(fake.truth(fake.kind))
    some = sorted(fake.truth(fake.kind))[:7]
    assert source.count(fake.kind, some) == 7
    if Trouble.HIDDEN in fake.troubles:
        fake.misbehave(Trouble.HIDDEN)
        assert source.count(fake.kind) == len(fake.truth(fake.kind))


@COUNTING
def test_keys_come_in_order_and_records_by_key(system: str, start_http: StartHttp) -> None:
    fake = start_http(system)
    if Trouble.HIDDEN in fake.troubles:
        fake.misbehave(Trouble.HIDDEN)
    source = fake.source()
    assert isinstance(source, Countable)
    keys = [one.key for page in source.keys(fake.kind) for one in page]
    assert keys == sorted(fake.visible(fake.kind))
    by_key = {raw.key: raw for raw in pulled(source, fake.kind)}
    assert {raw.key: raw for raw in source.fetch(fake.kind, keys)} == by_key
    hidden = sorted(fake.truth(fake.kind).keys() - by_key.keys())
    assert list(source.fetch(fake.kind, hidden)) == []


@EVERY
def test_nothing_personal_and_no_secret_is_told(
    system: str, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    fake = start(system)
    source = fake.source(**fake.wide)
    caplog.set_level(logging.DEBUG)
    said = repr(source)
    for kind in fake.kinds:
        source.map(kind, pulled(source, kind))
    if isinstance(fake, HttpFake):
        fake.gateway.meddle = Sometimes(Answer(500, b"{}"))
        with pytest.raises(TransientSourceError) as caught:
            pulled(source, fake.kind)
        assert caplog.text
        said += str(caught.value)
    said += caplog.text
    assert fake.personal()
    assert [word for word in (*fake.personal(), *fake.secrets) if word in said] == []
