"""`csi db rekey`: another key of names for a whole installation, whoever is killed on the way."""

import os
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import csi
from flows.settings import load_settings
from flows.wiring import Parts, build
from itsm.errors import PeopleKeyError
from itsm.journal import JournalKind
from itsm.records import Incident, RawRecord
from itsm.states import IncidentState, RecordKind

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
CONFIG = """\
organisation = "Contoso"

[people.cleo]
roles = ["manager"]

[people.ben]
roles = ["proposer"]
"""
GIVEN = "a key that the company drew by itself, long enough"
KILLED_AT = """\
import os, signal, sys
event, words = sys.argv[1], sys.argv[2]
def watch(told, args):
    if told == event and words in repr(args):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
from flows.cli import main
sys.argv = ["csi", *sys.argv[3:]]
main()
"""


@pytest.fixture(autouse=True)
def _without_the_key_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CSI_PRIVACY__PEOPLE_KEY", raising=False)


def built(folder: Path) -> Parts:
    return build(load_settings(folder / "csi.toml"), folder)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """An installation that knows two people."""
    (tmp_path / "csi.toml").write_text(CONFIG, encoding="utf-8")
    parts = built(tmp_path)
    with parts.store.begin() as uow:
        uow.records.save(tuple(map(incident, range(5))))
        raw = RawRecord(
            source="desk",
            kind=RecordKind.INCIDENT,
            key="k",
            payload=b'{"caller": "Anna Berg"}',
            content_hash="h",
        )
        uow.raw.save([raw], fetched_at=NOW)
        uow.commit()
    parts.store.engine.dispose()
    return tmp_path


def incident(n: int) -> Incident:
    return Incident(
        source="desk",
        number=f"INC{n}",
        opened_at=NOW,
        state=IncidentState.NEW,
        state_code="1",
        caller=("Anna Berg", "Bo Ek")[n % 2],
    )


def rekeyed(desk: Path, *more: str, by: str = "cleo") -> Result:
    given = ["db", "rekey", "--config", str(desk / "csi.toml"), "--by", by, "--reason", "he left"]
    return CliRunner().invoke(csi, [*given, *more])


def callers(desk: Path) -> list[object]:
    return list(built(desk).store.queries.columns(RecordKind.INCIDENT)["caller"])


def names(desk: Path) -> set[str]:
    return set(built(desk).store.people.all().values())


def test_pseudonyms_change_counts_do_not_and_the_key_before_is_gone(desk: Path) -> None:
    file, before = desk / "csi-people.key", callers(desk)
    old = file.read_text()
    done = rekeyed(desk)
    assert done.exit_code == 0, done.output
    assert "2 people have another pseudonym; 1 payloads and 0 holds" in done.output
    assert file.read_text() != old
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in desk.glob("csi-people*")] == ["csi-people.key"]
    after = callers(desk)
    assert not set(after) & set(before)
    assert [after.index(one) for one in after] == [before.index(one) for one in before]
    assert names(desk) == {"Anna Berg", "Bo Ek"}
    found = (desk / "csi.sqlite").read_bytes()
    assert not any(str(one).encode() in found for one in before)
    with built(desk).store.begin() as uow:
        assert uow.audit.verify() == ()
        (row,) = uow.journal.rows(kinds=[JournalKind.KEY])
    assert old.strip() not in repr(row)
    looked = CliRunner().invoke(csi, ["db", "check", "--config", str(desk / "csi.toml")])
    assert looked.exit_code == 0, looked.output


def test_a_key_of_ones_own_is_taken(desk: Path) -> None:
    new = desk / "csi-people.key.new"
    new.write_text(f"{GIVEN}\n")
    new.chmod(0o600)
    assert rekeyed(desk).exit_code == 0
    assert (desk / "csi-people.key").read_text().strip() == GIVEN
    assert names(desk) == {"Anna Berg", "Bo Ek"}


def test_a_key_of_the_environment_is_named_and_the_next_start_says_where_the_new_one_is(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSI_PRIVACY__PEOPLE_KEY", (desk / "csi-people.key").read_text().strip())
    (desk / "csi-people.key").unlink()
    done = rekeyed(desk)
    assert done.exit_code == 0, done.output
    new = desk / "csi-people.key.new"
    assert "put it where the one before is (CSI_PRIVACY__PEOPLE_KEY" in done.output
    with pytest.raises(PeopleKeyError, match=r"csi-people\.key\.new where the one before is"):
        built(desk)
    monkeypatch.setenv("CSI_PRIVACY__PEOPLE_KEY", new.read_text().strip())
    new.unlink()
    assert names(desk) == {"Anna Berg", "Bo Ek"}


@pytest.mark.parametrize(
    ("event", "words", "is_done"),
    [
        ("os.link", "csi-people.key.new", False),
        ("sqlite3.connect", "csi.sqlite", False),
        ("os.rename", "csi-people.key.new", True),
    ],
    ids=["before the key is there", "before the database", "before the key is in its place"],
)
def test_who_is_killed_starts_again(desk: Path, event: str, words: str, *, is_done: bool) -> None:
    before, old = callers(desk), (desk / "csi-people.key").read_text()
    given = ["db", "rekey", "--config", str(desk / "csi.toml"), "--by", "cleo", "--reason", "left"]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AT, event, words, *given],
        env={k: v for k, v in os.environ.items() if k != "CSI_PRIVACY__PEOPLE_KEY"},
        check=False,
        capture_output=True,
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (desk / "csi-people.key").read_text() == old
    after = callers(desk)
    assert (set(after).isdisjoint(before), names(desk)) == (is_done, {"Anna Berg", "Bo Ek"})
    assert ((desk / "csi-people.key").read_text() != old) is is_done
    assert rekeyed(desk).exit_code == 0
    assert names(desk) == {"Anna Berg", "Bo Ek"}
    assert not (desk / "csi-people.key.new").exists()


def test_only_who_may_erase_may_and_a_dry_run_changes_nothing(desk: Path) -> None:
    refused = rekeyed(desk, by="ben")
    assert refused.exit_code != 0
    before = callers(desk)
    assert rekeyed(desk, "--dry-run").exit_code == 0
    assert callers(desk) == before
    assert not (desk / "csi-people.key.new").exists()
