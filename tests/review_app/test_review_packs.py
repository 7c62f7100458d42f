"""The pack archive in the browser: versions, release, remarks, the page in its box, the records."""

from dataclasses import replace

import pytest

from itsm.deliveries import Delivery, DeliveryState
from itsm.packs import ArchivedFile, ReleaseState
from itsm.subscriptions import Channel
from reports.archive import Archive
from reports.model import (
    Brief,
    Card,
    EvidenceList,
    Opening,
    Pack,
    Section,
)
from reports.pack import pack_to_json
from review_app.identity.actors import Actor
from store import Store
from store.runs import PackSnapshot
from tests.review_app.desk import incident, land
from tests.review_app.office import ADA, AT, HOSTILE, OTTO, SVEN, VERA, WORKS, Office

TEXT = HOSTILE[:-1]


def pack(**fields: object) -> Pack:
    """A pack of a week with one figure, counted from three incidents."""
    card = Card(
        figure_id="opened",
        title="Incidents opened",
        value="3",
        verdict="Signal",
        tone="worse",
        facts=(),
        n_rows=3,
        anchor="rows-opened",
    )
    plain = Pack(
        organisation="Example & Co",
        edition="full",
        language="en",
        week="2026-W46",
        period="Week 46",
        cutoff="17 Nov 2026",
        brief=Brief(headline="3 were opened.", asks=(), changes=(), gaps=(), cards=()),
        sections=(
            Section(
                id="service-health",
                title="Service health",
                opening=Opening(sentence="3 incidents were opened.", ask="Ask why."),
                cards=(card,),
            ),
        ),
        missing=(),
        definitions=(),
        evidence=(
            EvidenceList(
                figure_id="opened",
                anchor="rows-opened",
                title="Incidents opened",
                dimension="",
                period="2026-W46",
                rows=("INC1", "INC2", "INC3"),
            ),
        ),
        provenance=(),
        run_id="M-1",
        made_at=AT,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]  # each field fits


def keep(store: Store, one: Pack, moved: tuple[str, ...] = ()) -> str:
    """Keep a pack; gives its id."""
    content = pack_to_json(one)
    snapshot = PackSnapshot(
        week=one.week,
        edition=one.edition,
        content=content,
        content_hash=str(hash(content)),
        made_at=one.made_at,
        moved=moved,
    )
    with store.begin() as uow:
        kept = uow.packs.save(snapshot)
        uow.commit()
    return kept.pack_id


PAYROLL = {"edition": "service-owner-payroll", "kind": "service-owner", "about": "Payroll"}


class TestArchive:
    def test_without_packs_it_says_how_one_is_made(self, store: Store) -> None:
        assert "csi pack" in Office(store).read("/packs")

    def test_the_newest_versions_come_first_and_all_on_request(self, store: Store) -> None:
        keep(store, pack())
        keep(store, pack(period="Week 46, again"), moved=("Incidents opened: 3, before 2",))
        page = Office(store).read("/packs")
        assert "2026-W46.full.v2" in page
        assert "2026-W46.full.v1" not in page
        assert "Incidents opened: 3, before 2" in page
        assert "2026-W46.full.v1" in Office(store).read("/packs?show=all")

    def test_a_service_owner_sees_the_packs_of_their_services(self, store: Store) -> None:
        keep(store, pack())
        keep(store, pack(**PAYROLL))
        page = Office(store, SVEN).read("/packs")
        assert "service-owner-payroll" in page
        assert ".full." not in page
        assert Office(store, SVEN).ask("/packs/2026-W46.full.v1").status_code == 404
        own = "/packs/2026-W46.service-owner-payroll.v1"
        assert Office(store, SVEN).ask(own).status_code == 200

    def test_a_key_that_looks_like_theirs_is_not_enough(self, store: Store) -> None:
        name = keep(store, pack(**{**PAYROLL, "about": "Payroll Abroad"}))
        assert Office(store, SVEN).ask(f"/packs/{name}").status_code == 404
        assert Office(store, SVEN).ask(f"/packs/{name}/page").status_code == 404


class TestPage:
    def test_it_walks_the_sections_with_their_figures(self, store: Store) -> None:
        name = keep(store, pack())
        page = Office(store).read(f"/packs/{name}")
        assert "3 incidents were opened." in page
        assert f'href="/packs/{name}/rows/rows-opened"' in page

    def test_a_figure_opens_to_its_records(self, store: Store) -> None:
        land(
            store,
            [
                incident("INC1", title="VPN drops"),
                incident("INC2", title="A secret of the board", restricted=True),
            ],
        )
        name = keep(store, pack())
        page = Office(store).read(f"/packs/{name}/rows/rows-opened")
        assert "VPN drops" in page
        assert "A secret of the board" not in page
        assert "INC2" not in page
        assert "Restricted: not shown" in page
        assert "No longer held" in page
        assert Office(store).ask(f"/packs/{name}/rows/other").status_code == 404

    def test_the_archived_page_is_boxed_in(self, store: Store) -> None:
        name = keep(store, pack(title=TEXT))
        answer = Office(store).ask(f"/packs/{name}/page")
        policy = answer.headers["content-security-policy"]
        assert "sandbox" in policy
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "allow-scripts" not in policy
        assert "allow-same-origin" not in policy
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert "<script>alert" not in answer.text
        frame = Office(store).read(f"/packs/{name}")
        assert 'sandbox="allow-popups"' in frame

    def test_what_was_sent_is_handed_out_byte_by_byte(self, store: Store, tmp_path: object) -> None:
        archive = Archive(f"{tmp_path}/artefacts")
        name = keep(store, pack())
        files = [("pack.html", "html", "text/html"), ("pack.pdf", "pdf", "application/pdf")]
        kept = [
            ArchivedFile(
                item=name,
                name=called,
                position=0,
                format=kind,
                media_type=media,
                content_id=None,
                sha256=archive.put(f"bytes of {called}".encode()),
                size=10,
                made_at=AT,
                made_with="1",
            )
            for called, kind, media in files
        ]
        with store.begin() as uow:
            uow.packs.keep_files(kept)
            uow.commit()
        office = Office(store, works=replace(WORKS, archive=archive))
        assert office.read(f"/packs/{name}/page") == "bytes of pack.html"
        answer = office.ask(f"/packs/{name}/files/{kept[1].sha256}")
        assert answer.content == b"bytes of pack.pdf"
        assert answer.headers["content-disposition"].startswith("attachment")
        other = keep(store, pack(edition="executive"))
        assert office.ask(f"/packs/{other}/files/{kept[1].sha256}").status_code == 404

    def test_hostile_text_is_shown_as_text(self, store: Store) -> None:
        section = Section(id="x", title=TEXT, opening=Opening(sentence=TEXT, ask=TEXT))
        name = keep(store, pack(title=TEXT, sections=(section,)), moved=(TEXT,))
        for path in ("/packs", f"/packs/{name}"):
            page = Office(store).read(path)
            assert "<script>alert" not in page
            assert "\u202e" not in page


class TestRelease:
    def test_a_manager_releases_and_it_is_told_once(self, store: Store) -> None:
        name = keep(store, pack())
        office = Office(store)
        sent = {"state": "released", "reason": "checked"}
        first = office.send(f"/packs/{name}/release", sent)
        assert first.headers["location"].endswith("?done=released")
        again = office.send(f"/packs/{name}/release", sent)
        assert again.headers["location"].endswith("?done=same")
        with store.look() as uow:
            release = uow.packs.release(name)
        assert release is not None
        assert (release.state, release.actor) == (ReleaseState.RELEASED, "anna")
        assert "released by Anna Berg" in office.read(f"/packs/{name}")

    def test_holding_back_takes_a_reason(self, store: Store) -> None:
        name = keep(store, pack())
        office = Office(store)
        assert office.send(f"/packs/{name}/release", {"state": "held"}).status_code == 422
        sent = {"state": "held", "reason": "a figure is wrong"}
        assert office.send(f"/packs/{name}/release", sent).status_code == 303
        assert "a figure is wrong" in office.read(f"/packs/{name}")

    def test_a_version_that_was_overtaken_is_not_released(self, store: Store) -> None:
        old = keep(store, pack())
        keep(store, pack(period="again"))
        answer = Office(store).send(f"/packs/{old}/release", {"state": "released"})
        assert answer.status_code == 422
        assert "has taken its place" in answer.text

    def test_an_owner_signs_a_remark_and_takes_it_back(self, store: Store) -> None:
        name = keep(store, pack())
        office = Office(store)
        sent = {"section": "service-health", "text": "One storm made most of it."}
        assert office.send(f"/packs/{name}/remarks", sent).status_code == 303
        page = office.read(f"/packs/{name}")
        assert "One storm made most of it." in page
        assert "Anna Berg" in page
        assert office.send(f"/packs/{name}/remarks/R1/withdraw", {}).status_code == 303
        assert "One storm" not in office.read(f"/packs/{name}")

    @pytest.mark.parametrize("who", [VERA, OTTO, ADA])
    @pytest.mark.parametrize("path", ["release", "remarks", "remarks/R1/withdraw"])
    def test_others_release_and_remark_nothing(self, store: Store, who: Actor, path: str) -> None:
        name = keep(store, pack())
        sent = {"state": "released", "section": "brief", "text": "x"}
        assert Office(store, who).send(f"/packs/{name}/{path}", sent).status_code == 403

    @pytest.mark.parametrize(
        ("path", "sent"),
        [
            ("release", {}),
            ("release", {"state": "waiting"}),
            ("remarks", {}),
            ("remarks", {"section": "nowhere", "text": "x"}),
            ("remarks/R9/withdraw", {}),
        ],
    )
    def test_a_form_without_sense_is_refused(
        self, store: Store, path: str, sent: dict[str, str]
    ) -> None:
        name = keep(store, pack())
        assert Office(store).send(f"/packs/{name}/{path}", sent).status_code in {404, 422}
        assert Office(store).send(f"/packs/none.x.v1/{path}", sent).status_code in {404, 422}


class TestDeliveries:
    def unclear(self, store: Store, item: str) -> str:
        one = Delivery(
            item=item,
            channel=Channel.MAIL,
            recipient="board@example.com",
            name="The board",
            subscription_id="SUB-0001",
            formats=("pdf",),
            made_at=AT,
            changed_at=AT,
        )
        with store.begin() as uow:
            uow.deliveries.plan([one])
            (planned,) = uow.deliveries.list(item=item)
            name = planned.delivery_id
            uow.deliveries.finish(name, DeliveryState.UNCLEAR, "its sender ended", AT)
            uow.commit()
        return name

    @pytest.mark.parametrize(
        ("arrived", "state"), [("1", DeliveryState.ARRIVED), ("0", DeliveryState.WAITING)]
    )
    def test_what_nobody_knows_is_settled(
        self, store: Store, arrived: str, state: DeliveryState
    ) -> None:
        name = keep(store, pack())
        one = self.unclear(store, name)
        office = Office(store)
        assert "its sender ended" in office.read(f"/packs/{name}")
        path = f"/packs/{name}/deliveries/{one}"
        assert Office(store, VERA).send(path, {"arrived": arrived}).status_code == 403
        assert office.send(path, {}).status_code == 422
        assert office.send(path, {"arrived": arrived}).status_code == 303
        with store.look() as uow:
            assert uow.deliveries.get(one).state is state
        other = keep(store, pack(edition="executive"))
        elsewhere = f"/packs/{other}/deliveries/{one}"
        assert office.send(elsewhere, {"arrived": "1"}).status_code == 404

    def test_addresses_are_for_those_who_send(self, store: Store) -> None:
        name = keep(store, pack())
        self.unclear(store, name)
        page = Office(store, VERA).read(f"/packs/{name}")
        assert "board@example.com" not in page
        assert "its sender ended" not in page
