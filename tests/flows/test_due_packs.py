"""Which pack goes to whom and when; who may let it out; what csi.toml and people say about it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import csi
from flows.delivering import deliver
from flows.settings import load_settings
from flows.stages.daily import MAKERS, Piece
from flows.stages.due import due
from flows.stages.publish import _ended
from flows.subscribing import choices_of, declared, seed_subscriptions
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.deliveries import DeliveryState
from itsm.errors import ConfigError, CsiError
from itsm.subscriptions import Rhythm, Subscription
from tests.flows.post_office import (
    NOW,
    Mailbox,
    a_pack,
    installation,
    post_office,
    settings_text,
    with_pack,
)
from tests.flows.test_sending import LONG_AGO, office

S = DeliveryState
SUBSCRIPTION = '[[subscriptions]]\nname = "Ana"\naddress = "ana@example.com"\n'


def with_subscription(folder: Path, lines: str, more: str = "") -> Parts:
    parts = installation(folder, f'zone = "Europe/London"\n{more}\n{SUBSCRIPTION}{lines}')
    seed_subscriptions(parts, LONG_AGO)
    return parts


def due_at(parts: Parts, now: datetime, week: str | None = None) -> list[str]:
    return sorted(one.item for one in due(parts, now, week).deliveries)


def key_of(parts: Parts) -> str:
    """What the edition of the only subscription is kept under."""
    with parts.store.look() as uow:
        (one,) = uow.subscriptions.list()
    (choice,) = choices_of(parts.settings, one)
    return choice.key


class TestWhen:
    def test_a_pack_is_due_on_its_day_and_hour_in_its_zone(self, tmp_path: Path) -> None:
        parts = with_subscription(
            tmp_path, 'zone = "Asia/Tokyo"\nday = "wednesday"\nhour = 7\nformats = ["json"]'
        )
        pack_id = with_pack(parts, a_pack(key_of(parts)))
        at = datetime(2026, 8, 25, 22, tzinfo=UTC)  # Wednesday at 7 in Tokyo
        assert due_at(parts, at - timedelta(seconds=1)) == []
        assert due_at(parts, at) == [pack_id]

    def test_no_pack_is_due_before_its_week_is_over(self, tmp_path: Path) -> None:
        """Weeks end on Sunday evening where the reader is, long after Sunday at 8."""
        parts = with_subscription(tmp_path, 'zone = "America/New_York"\nday = "sunday"')
        pack_id = with_pack(parts, a_pack(key_of(parts)))
        first = datetime(2026, 8, 23, 23, tzinfo=UTC)
        at = datetime(2026, 8, 30, 12, tzinfo=UTC)  # the Sunday after, at 8 in New York
        assert due_at(parts, first) == due_at(parts, at - timedelta(seconds=1)) == []
        assert due_at(parts, at) == [pack_id]

    def test_what_fell_due_long_ago_or_before_it_began_is_sent_only_when_asked(
        self, tmp_path: Path
    ) -> None:
        parts = with_subscription(tmp_path, "")
        pack_id = with_pack(parts, a_pack())
        assert due_at(parts, NOW + timedelta(days=13)) == [pack_id]
        assert due_at(parts, NOW + timedelta(days=15)) == []
        assert due_at(parts, NOW + timedelta(days=15), "2026-W34") == [pack_id]
        with parts.store.begin() as uow:
            one = uow.subscriptions.get("SUB-0001")
            uow.subscriptions.put(replace(one, hour=9, since=NOW), "olga", NOW, seen=1)
            uow.commit()
        assert due_at(parts, NOW) == []
        assert due_at(parts, NOW, "2026-W34") == [pack_id]
        assert due_at(parts, NOW, "2026-W33") == []

    def test_only_the_rhythm_edition_and_scope_asked_for(self, tmp_path: Path) -> None:
        parts = with_subscription(
            tmp_path,
            'edition = "service-owner"\nservices = ["E-mail", "Payroll"]\nrhythm = "month"',
        )
        for week in ("2026-W31", "2026-07", "2026-Q2"):
            for edition in ("service-owner-e-mail", "service-owner-payroll", "executive", "full"):
                with_pack(parts, a_pack(edition, week=week))
        assert due_at(parts, datetime(2026, 8, 5, tzinfo=UTC)) == [
            "2026-07.service-owner-e-mail.v1",
            "2026-07.service-owner-payroll.v1",
        ]

    def test_only_the_newest_version_goes_out_and_an_older_one_that_waits_is_given_up(
        self, tmp_path: Path
    ) -> None:
        with office(tmp_path) as (parts, box):
            first = with_pack(parts, a_pack())
            box.faults.defer["ana"] = 1
            deliver(parts, now=NOW)
            second = with_pack(parts, a_pack(headline="Late data came."), released=False)
            assert due(parts, NOW).waits == {second: "waits for release"}
            with_pack(parts, a_pack(headline="Late data came."))
            deliver(parts, now=NOW + timedelta(minutes=6))
            with parts.store.look() as uow:
                gone = next(
                    one for one in uow.deliveries.list(item=first) if one.state is not S.SENT
                )
        assert (gone.state, gone.said) == (S.GIVEN_UP, "version 2 takes its place")
        assert box.got["ana"] == 1
        assert box.got["bo"] == 2
        bodies = {mail["To"].addresses[0].username: str(mail) for mail in box.messages()}
        assert "takes the place of the one you have" in bodies["bo"]
        assert "takes the place of the one you have" not in bodies["ana"]

    def test_months_and_quarters_are_made_in_the_week_they_end_in(self) -> None:
        def ended(year: int, week: int) -> list[str]:
            return [p.label for _, p in _ended(ReportingWeek(year, week, "Europe/London"))]

        assert ended(2026, 34) == ["2026-W34"]
        assert ended(2026, 36) == ["2026-W36", "2026-08"]
        assert ended(2026, 40) == ["2026-W40", "2026-09", "2026-Q3"]
        assert ended(2026, 22) == ["2026-W22", "2026-05"], "it ended with its last Sunday"
        assert ended(2026, 53) == ["2026-W53", "2026-12", "2026-Q4"]
        labels = [label for week in range(1, 54) for label in ended(2026, week)]
        assert len(set(labels)) == len(labels) == 53 + 13 + 5, "December 2025 ended in week 1"

    @pytest.mark.parametrize(
        ("label", "rhythm"),
        [
            ("2026-W34", Rhythm.WEEK),
            ("2026-08", Rhythm.MONTH),
            ("2026-Q3", Rhythm.QUARTER),
            ("2026-11-22 09:00", None),
        ],
    )
    def test_a_label_tells_its_rhythm(self, label: str, rhythm: Rhythm | None) -> None:
        assert Rhythm.of(label) is rhythm


class TestOneLetter:
    def test_two_subscriptions_of_one_reader_to_one_pack_are_one_letter(
        self, tmp_path: Path
    ) -> None:
        with office(tmp_path) as (parts, box):
            with_pack(parts, a_pack())
            with parts.store.begin() as uow:
                other = Subscription(
                    name="Ana again",
                    address="ANA@example.com",
                    edition="executive",
                    services=(),
                    language="de",
                    since=LONG_AGO,
                    formats=("html",),
                )
                with pytest.raises(CsiError, match="sends the same edition to the same recipient"):
                    uow.subscriptions.add(other, "olga", NOW)
            deliver(parts, now=NOW)
        assert box.got["ana"] == 1

    def test_at_most_one_letter_a_day_of_what_a_person_has_to_look_at(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def made(_parts: Parts, one: Subscription, _now: datetime) -> Piece | None:
            return Piece(subject=f"{one.edition} {one.team}".strip(), text="INC1 is late.")

        monkeypatch.setattr("flows.stages.daily.MAKERS", dict.fromkeys(MAKERS, made))
        box = Mailbox()
        daily = [
            SUBSCRIPTION + f'edition = "watch-list"\nteam = "{team}"\nhour = {hour}'
            for team, hour in (("Mail", 8), ("Desk", 8), ("Night", 23))
        ]
        waits = SUBSCRIPTION + 'edition = "what-waits"\nhour = 8'
        with post_office(box) as port:
            text = settings_text(port, ()) + "\n".join([*daily, waits])
            parts = installation(tmp_path, text)
            seed_subscriptions(parts, LONG_AGO)
            early = datetime(2026, 8, 25, 6, 59, tzinfo=UTC)
            deliver(parts, now=early)
            assert box.got["ana"] == 0
            for hours in (0, 1, 5, 15):
                deliver(parts, now=early + timedelta(minutes=1, hours=hours))
            assert box.got["ana"] == 1
            deliver(parts, now=early + timedelta(minutes=1, days=1))
            assert box.got["ana"] == 2
        mail = box.messages()[0]
        assert mail["Subject"] == "watch-list Mail; watch-list Desk; what-waits"
        assert mail.get_content().count("INC1 is late.") == 3

    def test_an_empty_list_is_no_letter_and_a_day_that_is_over_is_given_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        says: list[Piece | None] = [None, Piece(subject="s", text="t")]
        monkeypatch.setattr(
            "flows.stages.daily.MAKERS", dict.fromkeys(MAKERS, lambda *_: says.pop(0))
        )
        box = Mailbox()
        box.faults.defer["ana"] = 99
        with post_office(box) as port:
            text = settings_text(port, ()) + SUBSCRIPTION + 'edition = "watch-list"\nhour = 0'
            parts = installation(tmp_path, text)
            seed_subscriptions(parts, LONG_AGO)
            assert deliver(parts, now=NOW).sent.told == "nothing to send"
            assert deliver(parts, now=NOW).sent.told == "1 waiting"
            says.append(None)
            deliver(parts, now=NOW + timedelta(days=1))
            with parts.store.look() as uow:
                (one,) = uow.deliveries.list()
        assert one.state is S.GIVEN_UP
        assert one.said == "its day is over: 451 4.7.1 greylisted, try again later"


class TestSettings:
    @pytest.mark.parametrize(
        ("lines", "said"),
        [
            ('edition = "board"', "there is no edition 'board'; choose from"),
            ('edition = "vendor"', "the vendor edition is about one vendor; name it with"),
            ('edition = "executive"\nteam = "Mail"', "executive edition is not about one team"),
            ('language = "fr"', "there is no catalogue of language 'fr'"),
            ('formats = ["doc"]', "format 'doc': there are pdf, html, mail"),
            ('channel = "chat"', "there is no chat 'ana@example.com' (there are: none yet)"),
            ('channel = "folder"', "there is no folder 'ana@example.com'"),
        ],
    )
    def test_a_subscription_that_asks_for_what_there_is_not_is_told(
        self, lines: str, said: str, tmp_path: Path
    ) -> None:
        file = tmp_path / "csi.toml"
        file.write_text(SUBSCRIPTION + lines)
        with pytest.raises(ConfigError) as error:
            declared(load_settings(file), NOW)
        assert str(error.value).startswith("subscriptions: Ana: ")
        assert said in str(error.value)

    @pytest.mark.parametrize(
        ("lines", "said"),
        [
            (SUBSCRIPTION + 'zone = "Mars/Base"', "time zone 'Mars/Base' is not known"),
            (SUBSCRIPTION + 'day = "someday"', "day"),
            (SUBSCRIPTION + "hour = 24", "hour"),
            ('[delivery]\narchive_url = "https://x.example/"', "has {pack} in it"),
            ('[delivery.chats.Ops]\nkind = "slack"\nurl = "x"', "delivery.chats.Ops"),
            ('[delivery.mail]\nhost = "h"\nsender = "no address"', "is no mail address"),
            (
                '[delivery.mail]\nhost = "mail.example.com"\nsender = "a@b.example"\n'
                'security = "none"',
                "security none is for a server on this machine",
            ),
            (
                '[delivery.mail]\nhost = "127.0.0.1"\nsender = "a@b.example"\nsecurity = "none"\n'
                'username = "u"\npassword = "hidden word"',
                "a password would be read by others",
            ),
            (
                '[delivery.mail]\nhost = "h"\nsender = "a@b.example"\n'
                'unsubscribe = "https://x.example/<a>"',
                "no space, bracket or accent",
            ),
        ],
    )
    def test_a_setting_that_cannot_be_is_told_without_its_value(
        self, lines: str, said: str, tmp_path: Path
    ) -> None:
        file = tmp_path / "csi.toml"
        file.write_text(lines)
        with pytest.raises(ConfigError) as error:
            load_settings(file)
        assert said in str(error.value)
        assert "hidden word" not in str(error.value)

    def test_an_edition_brings_its_own_format_day_and_channel(self, tmp_path: Path) -> None:
        file = tmp_path / "csi.toml"
        file.write_text(SUBSCRIPTION + 'edition = "full"')
        (one,) = declared(load_settings(file), NOW)
        assert (one.channel, one.formats, one.day, one.hour) == ("mail", (), 2, 8)


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def runs(*arguments: str) -> Result:
        return CliRunner().invoke(csi, [*arguments, "--config", str(tmp_path / "csi.toml")])

    return runs


class TestVerbs:
    def test_from_a_pack_to_a_delivery_that_a_person_settles(
        self, tmp_path: Path, run: Run
    ) -> None:
        with office(tmp_path) as (parts, box):
            pack_id = with_pack(parts, a_pack(), released=False)
            assert "waits for release" in run("packs", "list").output
            refused = run("packs", "release", pack_id, "--by", "peter")
            assert refused.exit_code
            assert run("packs", "release", pack_id, "--by", "olga").output == (
                f"{pack_id} is released\n"
            )
            box.faults.drop["bo"] = 1
            told = run("deliver", "--week", "2026-W34")
            assert told.exit_code == 1
            assert "4 sent, 1 unclear" in told.output
            (line,) = run("deliveries").output.splitlines()
            assert "unclear" in line
            assert "bo@example.com" in line
            done = run("deliveries", "arrived", line.split()[0], "--by", "olga")
            assert "arrived" in done.output
            assert run("deliveries").output == "nothing waits, is unclear or was refused\n"
            shown = run("packs", "show", pack_id).output
            assert "released by olga" in shown
            assert "sha256" in shown
            out = run("packs", "reissue", pack_id, "--out", str(tmp_path / "again"))
            assert (tmp_path / "again/pack-2026-W34-executive.json").is_file(), out.output
            checked = run("packs", "check")
            assert checked.output == "1 files archived, 0 missing or damaged\n"

    def test_a_remark_comes_before_the_release(self, tmp_path: Path, run: Run) -> None:
        with office(tmp_path) as (parts, _):
            pack_id = with_pack(parts, a_pack(), released=False)
            words = ("We took on two people.", "--section")
            assert "has no section 'x'" in str(
                run("packs", "comment", pack_id, *words, "x", "--by", "olga").exception
            )
            said = run("packs", "comment", pack_id, *words, "brief", "--by", "olga")
            assert said.output == "R1: signed by olga; csi pack makes the version with it\n"
            assert "We took on two people. (olga" in run("packs", "comments").output
            run("packs", "release", pack_id, "--by", "olga")
            late = run("packs", "comment", pack_id, *words, "brief", "--by", "olga")
            assert "is released; a remark comes before that" in str(late.exception)
            assert "withdrawn" in run("packs", "withdraw", "R1", "--by", "olga").output
            assert run("packs", "comments").output == ""

    def test_subscriptions_are_added_changed_ended_and_resumed(
        self, tmp_path: Path, run: Run
    ) -> None:
        (tmp_path / "csi.toml").write_text(settings_text(1, ("ana",)))
        assert "SUB-0001  Ana: executive in en by mail to ana@example.com" in (
            run("subscriptions", "list").output
        )
        given = ("--set", "name=Lee", "--set", "address=lee@example.com", "--set")
        added = run("subscriptions", "add", *given, "edition=cab", "--set", "day=friday",
                    "--by", "olga")  # fmt: skip
        assert added.output.startswith("SUB-0002  Lee: cab in en by mail to lee@example.com")
        assert "friday 08:00 Europe/London, html" in added.output
        dry = run("subscriptions", "end", "SUB-0002", "--by", "olga", "--dry-run")
        assert "ended" in dry.output
        changed = run("subscriptions", "change", "SUB-0002", "--set", "formats=pdf,workbook",
                      "--by", "olga")  # fmt: skip
        assert "pdf+workbook" in changed.output
        assert "ended" in run("subscriptions", "end", "SUB-0002", "--by", "olga").output
        assert "SUB-0002" not in run("subscriptions", "list").output
        assert "SUB-0002" in run("subscriptions", "list", "--all").output
        assert "ended" not in run("subscriptions", "resume", "SUB-0002", "--by", "olga").output
        listed = json.loads(run("subscriptions", "list", "--json").stdout)
        assert [one["address"] for one in listed] == ["ana@example.com", "lee@example.com"]
        for wrong in ("hour=25", "day=x", "nothing=1", "channel=fax", "rhythm=daily"):
            tried = run("subscriptions", "change", "SUB-0002", "--set", wrong, "--by", "olga")
            assert isinstance(tried.exception, ConfigError), wrong

    def test_a_dry_run_sends_nothing_and_says_what_it_would(self, tmp_path: Path, run: Run) -> None:
        with office(tmp_path) as (parts, box):
            pack_id = with_pack(parts, a_pack())
            told = run("deliver", "--dry-run", "--week", "2026-W34").output
            assert f"would send {pack_id} (json) to ana@example.com by mail" in told
            assert told.count("would send") == 5
            assert not box.letters
            with parts.store.look() as uow:
                assert uow.deliveries.list() == ()
