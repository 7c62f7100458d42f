"""The archive says of a pack whose bytes were removed why, and what took its place."""

import pytest

from itsm.packs import REISSUED, Withdrawal
from store import Store
from tests.review_app.office import AT, OTTO, SVEN, Office
from tests.review_app.test_review_packs import keep, pack


@pytest.fixture
def gone(store: Store) -> str:
    """The id of a version that named a person, and was re-issued."""
    old = keep(store, pack(organisation="named somebody"))
    new = keep(store, pack(), (REISSUED,))
    with store.begin() as uow:
        uow.packs.withdraw(
            Withdrawal(pack_id=old, why="a person was erased", replaced_by=new, at=AT)
        )
        uow.commit()
    return old


def test_the_archive_says_why_and_that_no_figure_moved(store: Store, gone: str) -> None:
    said = Office(store, OTTO).read("/packs?show=all")
    assert f"a person was erased; {gone.replace('v1', 'v2')} takes its place" in said
    assert "bytes removed" in said
    assert REISSUED in said
    assert "1 figure" not in said, "nothing moved, so nothing is counted"
    assert gone not in Office(store, OTTO).read("/packs"), "a version that was replaced is not new"


def test_its_own_page_says_so_with_its_hash_and_the_newer_one_marks_it(
    store: Store, gone: str
) -> None:
    office = Office(store, OTTO)
    answer = office.ask(f"/packs/{gone}")
    assert answer.status_code == 404
    assert "its bytes were removed" in answer.text and "SHA-256 of its content" in answer.text
    assert ": bytes removed" in office.read(f"/packs/{gone.replace('v1', 'v2')}")
    assert office.ask(f"/packs/{gone}/page").status_code == 404


def test_who_may_not_open_it_is_told_nothing_of_it(store: Store, gone: str) -> None:
    said = Office(store, SVEN).ask(f"/packs/{gone}").text
    assert "erased" not in said
    assert "for you" in said
