"""The key of names: made once, private, never a second one beside the first, and never shown."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.installation import current_store
from flows.settings import load_settings
from flows.wiring import Parts, build
from itsm.errors import ConfigError, PeopleKeyError
from itsm.records import Incident
from itsm.states import IncidentState
from store.people import is_all_sealed
from store.sealing import Sealer
from store.unit_of_work import Store

NOW = datetime(2026, 8, 25, 6, tzinfo=UTC)
LONG = "a key of the company that nobody guesses"


@pytest.fixture(autouse=True)
def _without_the_key_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CSI_PRIVACY__PEOPLE_KEY", raising=False)


def installed(folder: Path, text: str = "") -> tuple[Parts, list[str]]:
    config, said = folder / "csi.toml", list[str]()
    config.write_text(f'organisation = "Contoso"\n{text}', encoding="utf-8")
    return build(load_settings(config), folder, said.append), said


def test_the_first_start_makes_a_private_file_and_says_to_keep_it(tmp_path: Path) -> None:
    parts, said = installed(tmp_path)
    file = tmp_path / "csi-people.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(said) == 1
    assert "Keep a copy in a safe" in said[0]
    again, nothing = installed(tmp_path)
    assert nothing == []
    assert again.store.sealer is not None and parts.store.sealer is not None
    assert again.store.sealer.fingerprint == parts.store.sealer.fingerprint
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_two_first_starts_at_once_end_with_one_key(tmp_path: Path) -> None:
    from flows.people_key import _made

    file = tmp_path / "one.key"
    first = _made(file, lambda _: None)
    said: list[str] = []
    assert _made(file, said.append) == first
    assert said == [], "who was second has no news"


def test_a_database_does_not_start_without_its_key_or_with_another(tmp_path: Path) -> None:
    installed(tmp_path)
    file = tmp_path / "csi-people.key"
    kept = file.rename(tmp_path / "in the safe")
    with pytest.raises(PeopleKeyError, match=r"csi-people\.key is not there: put it back"):
        installed(tmp_path)
    assert not file.exists(), "no second key is made"
    with pytest.raises(PeopleKeyError, match="give the right one"):
        installed(tmp_path, f'[privacy]\npeople_key = "{LONG}"\n')
    kept.rename(file)
    installed(tmp_path)


def test_the_key_may_come_from_the_environment_and_no_file_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSI_PRIVACY__PEOPLE_KEY", LONG)
    parts, said = installed(tmp_path)
    assert (parts.store.sealer is not None, said) == (True, [])
    assert not (tmp_path / "csi-people.key").exists()
    assert LONG not in repr(parts.settings)
    assert LONG.encode() not in (tmp_path / "csi.sqlite").read_bytes()


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [("short", 0o600, "holds no key of 32"), (LONG, 0o644, "other users of this machine may")],
)
def test_a_file_that_is_no_good_key_is_refused(
    tmp_path: Path, text: str, mode: int, why: str
) -> None:
    file = tmp_path / "csi-people.key"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(ConfigError, match=why):
        installed(tmp_path)


def test_a_short_key_in_the_settings_is_refused_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"privacy\.people_key: is too short") as refused:
        installed(tmp_path, '[privacy]\npeople_key = "hunter2"\n')
    assert "hunter2" not in str(refused.value)


def test_what_an_older_release_left_plain_is_sealed_at_the_next_start(tmp_path: Path) -> None:
    from flows.starting import start_run

    parts, said = installed(tmp_path)
    record = Incident(
        source="desk",
        number="INC1",
        opened_at=NOW,
        state=IncidentState.NEW,
        state_code="1",
        caller="Anna Berg",
    )
    with Store(parts.store.engine).begin() as uow:
        uow.records.save([record])
        uow.commit()
    start_run(parts)
    assert "names and payloads of 1 rows are under the key now" in said[-1]
    assert is_all_sealed(parts.store.engine)
    assert set(parts.store.people.all().values()) == {"Anna Berg"}
    assert "Anna Berg" not in parts.store.queries.dump(volatile=True)


def test_who_only_looks_needs_no_key(tmp_path: Path) -> None:
    parts, _ = installed(tmp_path)
    looked = current_store(parts.settings, tmp_path)
    assert looked is not None and looked.sealer is None


def test_a_key_never_shows_itself() -> None:
    sealer = Sealer(LONG.encode())
    assert LONG not in repr(sealer)
    assert sealer.open(sealer.seal(b"x" * 99)) == b"x" * 99
    assert sealer.seal(b"a") == sealer.seal(b"a") != sealer.seal(b"b")
    with pytest.raises(PeopleKeyError):
        sealer.open(sealer.seal(b"abc")[:-1] + b"?")
