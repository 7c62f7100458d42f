"""The editions that readers get are made and archived; late data makes a version that says so."""

import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.delivering import deliver
from flows.settings import load_settings
from flows.stages.publish import Published, publish_editions
from flows.subscribing import declared, seed_subscriptions
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.deliveries import DeliveryState
from itsm.packs import SectionComment
from itsm.records import Incident
from itsm.states import IncidentState
from reports.pack import pack_from_json
from tests.flows.post_office import Mailbox, installation, post_office, settings_text

WEEK = ReportingWeek.parse("2026-W40", "Europe/London")
CUTOFF = WEEK.cutoff(timedelta(hours=24))
NOW = datetime(2026, 10, 6, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=90)
SUBSCRIPTION = '\n[[subscriptions]]\nname = "{0}"\naddress = "{0}@example.com"\n{1}\n'.format
DOCS = Path(__file__).parents[2] / "docs"


def an_incident(n: int) -> Incident:
    at = WEEK.end_at - timedelta(hours=12 * n + 1)
    return Incident(
        source="desk",
        number=f"INC{n:03d}",
        opened_at=at,
        updated_at=at,
        state=IncidentState.NEW,
        state_code="1",
        title="VPN drops",
        service="E-mail",
    )


@pytest.fixture
def text() -> str:
    readers = (
        ("ana", 'formats = ["json"]'),
        ("bo", 'language = "de"\nformats = ["json"]'),
        ("cy", 'edition = "cab"\nformats = ["json"]\nrhythm = "month"'),
        ("di", 'edition = "service-owner"\nservices = ["E-mail", "Gone"]\nformats = ["json"]'),
    )
    return "".join(SUBSCRIPTION(*one) for one in readers)


def filled(folder: Path, text: str, port: int = 1) -> Parts:
    parts = installation(folder, settings_text(port, ()) + text)
    seed_subscriptions(parts, LONG_AGO)
    with parts.store.begin() as uow:
        uow.records.save([an_incident(n) for n in range(14 * 14)])
        uow.commit()
    return parts


def published(parts: Parts) -> Published:
    return publish_editions(parts, WEEK, CUTOFF, None, {})


def test_each_edition_somebody_gets_is_made_once_and_archived(tmp_path: Path, text: str) -> None:
    parts = filled(tmp_path, text)
    first = published(parts)
    assert set(first.packs) == {
        "2026-W40.executive.v1",
        "2026-W40.executive-de.v1",
        "2026-W40.service-owner-e-mail.v1",
        "2026-09.cab.v1",
    }
    assert list(first.troubles) == ["2026-W40 service-owner-gone"]
    assert "Gone" in first.troubles["2026-W40 service-owner-gone"]
    assert first.told == "4 editions archived for their readers; 1 could not be made"
    with parts.store.look() as uow:
        assert all(len(uow.packs.files(item)) == 1 for item in first.packs)
        files = uow.packs.all_files()
    assert published(parts) == first, "the same records are the same version"
    with parts.store.look() as uow:
        assert uow.packs.all_files() == files


def test_late_data_and_a_remark_make_a_version_that_names_what_moved(
    tmp_path: Path, text: str
) -> None:
    parts = filled(tmp_path, text)
    published(parts)
    with parts.store.begin() as uow:
        uow.records.save([replace(an_incident(1), number="INC900")])
        uow.section_comments.add(
            SectionComment(
                comment_id="",
                week="2026-W40",
                edition="executive",
                section="brief",
                text="One came late.",
                actor="olga",
                signed="Olga Owner",
                at=NOW,
            )
        )
        uow.commit()
    assert "2026-W40.executive.v2" in published(parts).packs
    with parts.store.look() as uow:
        snapshot = uow.packs.by_id("2026-W40.executive.v2")
        german = uow.packs.by_id("2026-W40.executive-de.v2")
        first = uow.packs.by_id("2026-W40.executive.v1")
    assert any("Comment by Olga Owner added" in line for line in snapshot.moved)
    assert [one.text for one in pack_from_json(snapshot.content).comments] == ["One came late."]
    assert pack_from_json(german.content).comments == ()
    assert pack_from_json(first.content).comments == ()
    assert german.moved


def test_from_the_records_to_the_mailbox(tmp_path: Path, text: str) -> None:
    box = Mailbox()
    with post_office(box) as port:
        timer = settings_text(port, ()).replace("[delivery]", '[delivery]\nrelease = "timer"')
        parts = installation(tmp_path, timer + text)
        seed_subscriptions(parts, LONG_AGO)
        with parts.store.begin() as uow:
            uow.records.save([an_incident(n) for n in range(14 * 14)])
            uow.commit()
        made = published(parts)
        assert deliver(parts, week="2026-W40").sent.told == "nothing to send"
        later = datetime.now(UTC) + timedelta(hours=5)
        assert set(deliver(parts, "2026-W40", later).released) == set(made.packs)
        deliver(parts, "2026-09", later)
    assert box.got == {"ana": 1, "bo": 1, "cy": 1, "di": 1}
    subjects = {mail["To"].addresses[0].username: mail["Subject"] for mail in box.messages()}
    assert "Ausgabe für die Leitung" in subjects["bo"]
    assert "E-mail" in subjects["di"]


class TestDocument:
    def test_the_settings_it_shows_can_be_used(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(os.environ, "CSI_DELIVERY__CHATS__OPS__URL", "https://x.example/y")
        found = re.search(r"```toml\n(.*?)```", (DOCS / "delivery.md").read_text(), re.DOTALL)
        assert found is not None
        file = tmp_path / "csi.toml"
        file.write_text(found[1])
        settings = load_settings(file)
        assert len(declared(settings, NOW)) == 5
        assert "x.example" not in repr(settings)

    def test_it_names_every_state_of_a_delivery(self) -> None:
        page = (DOCS / "delivery.md").read_text()
        table = page.split("## Sent once")[1].split("An **unclear** letter")[0]
        named = set(re.findall(r"^\| ([a-z ]+) \|", table, re.MULTILINE)) - {"state"}
        passing = {DeliveryState.SENDING}
        assert named == {one.value.replace("_", " ") for one in set(DeliveryState) - passing}
