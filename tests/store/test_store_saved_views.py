"""Saved views: each person has an own list, replaced by name, and forgotten with the person."""

from datetime import UTC, datetime

import pytest

from itsm.errors import StoreError
from itsm.journal import JournalKind, JournalNote
from store import Store
from store.saved_views import MAX_VIEWS, SavedView

AT = datetime(2026, 11, 16, 6, tzinfo=UTC)


def view(person: str, name: str, query: str = "life=active") -> SavedView:
    return SavedView(person=person, name=name, query=query, saved_at=AT)


def test_a_person_sees_the_own_views_by_name_and_replaces_one_by_its_name(store: Store) -> None:
    with store.begin() as uow:
        for one in (view("ann", "b"), view("ann", "a"), view("bob", "a"), view("ann", "b", "q=x")):
            uow.views.save(one)
        assert [(v.name, v.query) for v in uow.views.of("ann")] == [
            ("a", "life=active"),
            ("b", "q=x"),
        ]
        assert uow.views.remove("ann", "a") and not uow.views.remove("ann", "a")
        assert [v.name for v in uow.views.of("bob")] == ["a"]


def test_there_is_a_limit_that_replacing_does_not_meet(store: Store) -> None:
    with store.begin() as uow:
        for n in range(MAX_VIEWS):
            uow.views.save(view("ann", f"v{n}"))
        uow.views.save(view("ann", "v0", "q=new"))
        with pytest.raises(StoreError, match="remove one"):
            uow.views.save(view("ann", "one more"))


def test_views_go_with_the_person_who_is_erased(store: Store) -> None:
    note = JournalNote(kind=JournalKind.ERASURE, subject="person", at=AT, actor="eve")
    with store.begin() as uow:
        uow.views.save(view("ann", "a"))
        uow.views.save(view("bob", "a"))
        uow.erasing.person(["ann", "Ann Ex"], note)
        assert uow.views.of("ann") == () and len(uow.views.of("bob")) == 1
