"""What is given out, in the database: files, releases, remarks, subscriptions, deliveries."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from itsm.deliveries import Delivery, DeliveryState, wait_after
from itsm.errors import StaleDecisionError, StoreError
from itsm.journal import JournalKind, JournalNote
from itsm.packs import ArchivedFile, Release, ReleaseState, SectionComment, pack_id
from itsm.subscriptions import Channel, Subscription, scope_of
from store import PackSnapshot, Store
from store.send_lock import only_sender

AT = datetime(2026, 8, 25, 8, tzinfo=UTC)
S = DeliveryState
ANA = Subscription(name="Ana", address="ana@example.com", edition="executive", since=AT)


def pack(content: str, edition: str = "full", moved: tuple[str, ...] = ()) -> PackSnapshot:
    return PackSnapshot(
        week="2026-W34",
        edition=edition,
        content=content.encode(),
        content_hash=content,
        made_at=AT,
        moved=moved,
    )


def a_file(name: str, digest: str = "a" * 64, position: int = 0) -> ArchivedFile:
    return ArchivedFile(
        item="2026-W34.full.v1",
        name=name,
        position=position,
        format="pdf",
        media_type="application/pdf",
        content_id=None,
        sha256=digest,
        size=7,
        made_at=AT,
        made_with="0.1.0",
    )


def a_delivery(recipient: str = "ana@example.com", item: str = "2026-W34.full.v1") -> Delivery:
    return Delivery(
        item=item,
        channel=Channel.MAIL,
        recipient=recipient,
        name="Ana",
        subscription_id="SUB-0001",
        formats=("pdf",),
        made_at=AT,
        changed_at=AT,
    )


class TestPacks:
    def test_a_version_has_an_id_and_names_what_moved(self, store: Store) -> None:
        with store.begin() as uow:
            uow.packs.save(pack("one"))
            second = uow.packs.save(pack("two", moved=("P1: 3 -> 4",)))
            assert second.pack_id == "2026-W34.full.v2"
            assert uow.packs.by_id("2026-W34.full.v2") == second
            assert [one.moved for one in uow.packs.lines()] == [(), ("P1: 3 -> 4",)]
            assert [one.state for one in uow.packs.lines("2026-W34")] == [ReleaseState.WAITING] * 2
            assert uow.packs.lines("2026-W33") == ()
            with pytest.raises(StoreError, match=r"there is no pack '2026-W34\.full\.v3'"):
                uow.packs.by_id("2026-W34.full.v3")

    def test_ids_fit_a_message_id_and_are_told_apart(self) -> None:
        names = ["full", "service-owner-e-mail", "a b", "a-b", "ä", "ö", "x" * 90, "x" * 91, "a/b"]
        ids = {pack_id("2026-W34", name, 1) for name in names}
        assert len(ids) == len(names)
        assert all(one.isascii() and set(one) <= set(map(chr, range(33, 127))) for one in ids)
        assert not [one for one in ids if set(one) & set("/@<> \\")]

    def test_a_file_that_was_kept_never_changes(self, store: Store) -> None:
        with store.begin() as uow:
            assert uow.packs.keep_files([a_file("b.pdf", position=1), a_file("a.pdf")]) == 2
            assert uow.packs.keep_files([a_file("a.pdf", "b" * 64)]) == 0
            files = uow.packs.files("2026-W34.full.v1")
            assert [(one.name, one.sha256) for one in files] == [
                ("a.pdf", "a" * 64),
                ("b.pdf", "a" * 64),
            ]
            assert uow.packs.files("2026-W34.full.v2") == ()
            assert uow.packs.all_files() == files

    def test_a_release_is_one_release_by_whoever_was_first(self, store: Store) -> None:
        with store.begin() as uow:
            made = uow.packs.save(pack("one"))
            release = Release(
                pack_id=made.pack_id, state=ReleaseState.RELEASED, actor="olga", at=AT
            )
            assert uow.packs.decide(release)
            assert not uow.packs.decide(replace(release, actor="anna"))
            assert uow.packs.release(made.pack_id) == release
            assert uow.packs.decide(replace(release, state=ReleaseState.HELD, reason="wrong"))
            (line,) = uow.packs.lines()
            assert (line.state, line.release and line.release.reason) == (
                ReleaseState.HELD,
                "wrong",
            )
            with pytest.raises(StoreError, match="there is no pack"):
                uow.packs.decide(replace(release, pack_id="x"))
            rows = uow.journal.rows(subject=made.pack_id)
            assert [row.facts["release"] for row in rows] == ["released", "held"]
            assert "olga" not in str(rows)


class TestComments:
    def test_one_is_for_an_edition_or_for_all_that_stay_in_the_house(self, store: Store) -> None:
        bare = SectionComment(
            comment_id="",
            week="2026-W34",
            edition="",
            section="backlog",
            text="Two are on holiday.",
            actor="olga",
            signed="Olga O.",
            at=AT,
        )
        with store.begin() as uow:
            first = uow.section_comments.add(bare)
            second = uow.section_comments.add(replace(bare, edition="vendor-acme", text="Thanks."))
            uow.section_comments.add(replace(bare, week="2026-W35"))
            assert (first.comment_id, second.comment_id) == ("R1", "R2")
            get = uow.section_comments.of_pack
            assert get("2026-W34", "full") == (first,)
            assert get("2026-W34", "vendor-acme", leaves_house=True) == (second,)
            assert get("2026-W34", "vendor-acme") == (first, second)
            uow.section_comments.withdraw("R1", "olga", AT)
            assert get("2026-W34", "full") == ()
            assert len(uow.section_comments.list(all_of_them=True)) == 3
            with pytest.raises(StoreError, match="no remark 'R1' that could be taken back"):
                uow.section_comments.withdraw("R1", "olga", AT)
            with pytest.raises(StoreError, match="without words"):
                uow.section_comments.add(replace(bare, text=" \n"))
            assert uow.audit.verify() == ()


class TestSubscriptions:
    def test_a_change_is_a_version_and_what_was_seen_must_hold(self, store: Store) -> None:
        with store.begin() as uow:
            one = uow.subscriptions.add(ANA, "olga", AT)
            assert one.subscription_id == "SUB-0001"
            two = uow.subscriptions.put(replace(one, hour=9), "olga", AT, seen=1)
            assert (two.version, uow.subscriptions.get("SUB-0001")) == (2, two)
            assert uow.subscriptions.put(two, "olga", AT, seen=2).version == 2
            with pytest.raises(StaleDecisionError, match="version 2, you saw 1"):
                uow.subscriptions.put(replace(one, hour=10), "olga", AT, seen=1)
            with pytest.raises(StoreError, match="there is no subscription 'SUB-0009'"):
                uow.subscriptions.get("SUB-0009")
            rows = uow.journal.rows(subject="SUB-0001")
            assert [row.facts["said"] for row in rows] == ["added", "changed"]
            assert "ana" not in str([(row.facts, row.actor, row.subject) for row in rows])

    def test_nobody_gets_the_same_twice(self, store: Store) -> None:
        with store.begin() as uow:
            one = uow.subscriptions.add(ANA, "olga", AT)
            with pytest.raises(StoreError, match="SUB-0001 sends the same edition"):
                uow.subscriptions.add(replace(ANA, address="ANA@example.com"), "olga", AT)
            uow.subscriptions.add(replace(ANA, edition="cab"), "olga", AT)
            uow.subscriptions.put(replace(one, is_active=False), "olga", AT, seen=1)
            again = uow.subscriptions.add(ANA, "olga", AT)
            assert [s.subscription_id for s in uow.subscriptions.list()] == ["SUB-0002", "SUB-0003"]
            assert again.subscription_id == "SUB-0003"

    def test_the_configuration_seeds_and_a_persons_change_stays(self, store: Store) -> None:
        ana, bo = replace(ANA, seed="ana\n1"), replace(ANA, address="bo@x.org", seed="bo\n1")
        with store.begin() as uow:
            assert uow.subscriptions.seed([ana, bo], AT) == ("SUB-0001 added", "SUB-0002 added")
            assert uow.subscriptions.seed([ana, bo], AT) == ()
            mine = uow.subscriptions.get("SUB-0001")
            uow.subscriptions.put(replace(mine, hour=17), "olga", AT, seen=1)
            assert uow.subscriptions.seed([ana, bo], AT) == ()
            assert uow.subscriptions.get("SUB-0001").hour == 17
            changed = replace(ana, day=3, seed="ana\n2")
            assert uow.subscriptions.seed([changed, bo], AT) == ("SUB-0001 changed",)
            assert (uow.subscriptions.get("SUB-0001").hour, changed.hour) == (8, 8)
            (said,) = uow.subscriptions.seed([changed], AT)
            assert said == "SUB-0002 ended: no longer in the configuration"
            assert uow.subscriptions.seed([changed], AT) == ()
            later = AT + timedelta(days=9)
            assert uow.subscriptions.seed([changed, replace(bo, since=later)], later) == (
                "SUB-0002 changed",
            )
            back = uow.subscriptions.get("SUB-0002")
            assert (back.is_active, back.since) == (True, later)

    @pytest.mark.parametrize(
        ("zone", "day", "hour", "due"),
        [
            ("Europe/London", 1, 8, datetime(2026, 8, 24, 7, tzinfo=UTC)),
            ("Europe/London", 2, 0, datetime(2026, 8, 24, 23, tzinfo=UTC)),
            ("Pacific/Auckland", 7, 8, datetime(2026, 8, 29, 20, tzinfo=UTC)),
            ("UTC", 1, 23, datetime(2026, 8, 24, 23, tzinfo=UTC)),
        ],
    )
    def test_a_pack_is_due_at_a_local_hour(
        self, zone: str, day: int, hour: int, due: datetime
    ) -> None:
        one = replace(ANA, zone=zone, day=day, hour=hour)
        assert one.due_at(date(2026, 8, 24)) == due

    def test_an_hour_that_clocks_skip_is_the_one_after(self) -> None:
        one = replace(ANA, zone="Europe/Berlin", day=7, hour=2)
        assert one.due_at(date(2026, 3, 29)) == datetime(2026, 3, 29, 1, tzinfo=UTC)

    def test_a_scope_does_not_depend_on_the_order(self) -> None:
        assert scope_of(("b", "a", "b"), team="t") == "services: a, b; team: t"
        assert scope_of() == ""


class TestDeliveries:
    def test_there_is_one_per_item_and_recipient(self, store: Store) -> None:
        with store.begin() as uow:
            assert uow.deliveries.plan([a_delivery(), a_delivery("bo@x.org")]) == 2
            assert uow.deliveries.plan([replace(a_delivery(), formats=("html",))]) == 0
            assert uow.deliveries.plan([a_delivery("ANA@example.com")]) == 0
            assert [one.formats for one in uow.deliveries.list()] == [("pdf",)] * 2

    def test_only_one_may_begin(self, store: Store) -> None:
        with store.begin() as uow:
            uow.deliveries.plan([a_delivery()])
            (one,) = uow.deliveries.list()
            assert uow.deliveries.begin(one.delivery_id, "<m>", AT)
            assert not uow.deliveries.begin(one.delivery_id, "<m>", AT)
            assert uow.deliveries.get(one.delivery_id[:8]).state is S.SENDING
            (lost,) = uow.deliveries.flag_lost(AT)
            assert lost.delivery_id == one.delivery_id
            assert uow.deliveries.get(one.delivery_id).state is S.UNCLEAR
            assert uow.deliveries.flag_lost(AT) == ()
            assert not uow.deliveries.begin(one.delivery_id, "<m>", AT)

    def test_what_becomes_of_it_is_in_the_journal_without_a_name(self, store: Store) -> None:
        with store.begin() as uow:
            uow.deliveries.plan([a_delivery()])
            (one,) = uow.deliveries.list()
            uow.deliveries.begin(one.delivery_id, "<m>", AT)
            uow.deliveries.finish(one.delivery_id, S.WAITING, "451", AT, next_at=AT)
            uow.deliveries.finish(one.delivery_id, S.REFUSED, "550", AT)
            again = uow.deliveries.settle(one.delivery_id, arrived=False, actor="olga", at=AT)
            assert (again.state, again.attempts) == (S.WAITING, 1)
            rows = uow.journal.rows(subject=one.item)
            assert [row.facts["state"] for row in rows] == ["refused", "waiting"]
            assert "example.com" not in str([row.facts for row in rows])
            with pytest.raises(StoreError, match="is waiting: only what is unclear"):
                uow.deliveries.settle(one.delivery_id, arrived=True, actor="olga", at=AT)
            with pytest.raises(StoreError, match="there is no delivery 'zz'"):
                uow.deliveries.get("zz")

    def test_waits_double_up_to_six_hours(self) -> None:
        minutes = [wait_after(n).total_seconds() / 60 for n in (1, 2, 3, 7, 8, 9, 999)]
        assert minutes == [5, 10, 20, 320, 360, 360, 360]


def test_an_erased_person_is_in_none_of_it_and_the_journal_holds(store: Store) -> None:
    mail = "a.berg@example.com"
    with store.begin() as uow:
        made = uow.packs.save(pack("one"))
        one = uow.subscriptions.add(replace(ANA, name="Anna Berg", address=mail), "olga", AT)
        uow.subscriptions.add(replace(ANA, name="Bo", address="bo@example.com"), "olga", AT)
        uow.subscriptions.put(replace(one, address="berg@example.com"), "olga", AT, seen=1)
        sent = replace(a_delivery("berg@example.com"), name="Anna Berg")
        uow.deliveries.plan([sent, replace(a_delivery("bo@example.com"), subscription_id="SUB-2")])
        for delivery in uow.deliveries.list():
            uow.deliveries.begin(delivery.delivery_id, f"<{delivery.recipient}>", AT)
            uow.deliveries.finish(delivery.delivery_id, S.SENT, "250", AT)
        uow.packs.decide(
            Release(
                pack_id=made.pack_id,
                state=ReleaseState.RELEASED,
                actor="olga",
                at=AT,
                reason="asked Anna Berg",
            )
        )
        uow.section_comments.add(
            SectionComment(
                comment_id="",
                week="2026-W34",
                edition="",
                section="backlog",
                text="Anna Berg is back.",
                actor="olga",
                signed="Olga",
                at=AT,
            )
        )
        note = JournalNote(kind=JournalKind.ERASURE, subject="request 17", at=AT, actor="olga")
        erased = uow.erasing.person(["Anna Berg", "berg"], note)
        uow.commit()
    assert erased.given_out == 4, "a subscription, a delivery, a release and a remark"
    assert "berg" not in store.queries.dump(volatile=True).casefold()
    with store.begin() as uow:
        assert [one.name for one in uow.subscriptions.list()] == ["Bo"]
        assert [one.state for one in uow.deliveries.list()] == [S.SENT, S.SENT]
        assert uow.audit.verify() == ()


def test_one_sender_at_a_time(store: Store) -> None:
    for _ in range(2):  # it is free again once its holder let go
        with (
            only_sender(store),
            pytest.raises(StoreError, match="another delivery is at work"),
            only_sender(store),
        ):
            pass
