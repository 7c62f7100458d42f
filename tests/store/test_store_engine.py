"""Opening, refusing, waiting: what the database says becomes an error with a remedy."""

import sqlite3
import stat
import threading
import traceback
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event

from itsm.errors import StoreError
from itsm.records import Incident
from itsm.states import IncidentState, RecordKind
from store import Store, open_engine, upgrade

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)


def incident(number: str) -> Incident:
    return Incident(
        source="desk", number=number, opened_at=NOW, state=IncidentState.NEW, state_code="1"
    )


@pytest.fixture
def lite(tmp_path: Path) -> Store:
    engine = open_engine(f"sqlite:///{tmp_path / 'csi.db'}")
    upgrade(engine)
    return Store(engine)


def test_a_sqlite_file_is_its_owners_alone(tmp_path: Path, lite: Store) -> None:
    with lite.begin() as uow:
        uow.records.save([incident("1")])
        files = sorted(tmp_path.iterdir())
        assert [path.name for path in files] == ["csi.db", "csi.db-shm", "csi.db-wal"]
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_sqlite_connections_are_set_up(tmp_path: Path) -> None:
    with open_engine(f"sqlite:///{tmp_path / 'csi.db'}").connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    assert settings == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 1,
        "busy_timeout": 60_000,
    }


@pytest.mark.parametrize("lock", ["BEGIN", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_who_opens_a_file_that_another_still_sets_up_waits(tmp_path: Path, lock: str) -> None:
    file = tmp_path / "csi.db"
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE held (name)")
        other.execute(lock)
        other.execute("SELECT * FROM held").fetchall()
        is_over = threading.Event()

        def let_go() -> None:
            is_over.set()
            other.execute("ROLLBACK")

        end = threading.Timer(0.3, let_go)
        end.start()
        with open_engine(f"sqlite:///{file}").connect() as connection:
            assert is_over.is_set()
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        end.join()


def test_a_new_file_has_large_pages_and_an_older_one_keeps_its_own(tmp_path: Path) -> None:
    older = tmp_path / "older.db"
    with closing(sqlite3.connect(older)) as connection:
        connection.execute("PRAGMA page_size = 4096")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (x)")
    for path, size in ((older, 4_096), (tmp_path / "new.db", 16_384)):
        engine = open_engine(f"sqlite:///{path}")
        upgrade(engine)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA page_size").scalar() == size
        engine.dispose()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("csi.db", "not one; write sqlite:///"),
        ("mysql://user:secret@host/name", "'mysql' is not supported; use sqlite or postgresql"),
        ("sqlite://", "in memory is lost at once; name a file"),
        ("sqlite:////nowhere/at/all/csi.db", "check that the folder exists"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        open_engine(url)
    assert "secret" not in str(caught.value)


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    engine = open_engine("postgresql://csi:s3cret@127.0.0.1:1/records?password=0ther")
    with pytest.raises(StoreError, match="check host and port, and that PostgreSQL") as caught:
        upgrade(engine)
    assert "127.0.0.1:1/records" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "0ther" not in str(caught.value)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("nothing like a database" * 100)
    with pytest.raises(StoreError, match="something else or damaged"):
        upgrade(open_engine(f"sqlite:///{path}"))
    assert path.read_text() == "nothing like a database" * 100


def test_a_database_without_the_schema_says_what_to_do(empty_url: str) -> None:
    engine = open_engine(empty_url)
    with pytest.raises(StoreError, match="run the upgrade"):
        Store(engine).queries.counts()
    with pytest.raises(StoreError, match="run the upgrade"), Store(engine).begin() as uow:
        uow.records.save([incident("1")])
    engine.dispose()


def test_an_error_shows_no_record(store: Store) -> None:
    broken = incident("1")
    object.__setattr__(broken, "state_code", None)
    object.__setattr__(broken, "title", "a private matter")
    with pytest.raises(StoreError, match="incidents") as caught, store.begin() as uow:
        uow.records.save([broken])
    assert "private" not in "".join(traceback.format_exception(caught.value))


def test_a_writer_waits_for_the_one_before_it(store: Store) -> None:
    """Both are kept; neither sees a locked database."""
    errors: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for n in range(15):
                with store.begin() as uow:
                    uow.records.save([incident(f"{name}{n}"), incident("shared")])
                    uow.watermarks.set(name, RecordKind.INCIDENT, str(n), NOW)
                    uow.commit()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert store.queries.counts()[RecordKind.INCIDENT] == 31


def test_what_is_read_in_a_unit_of_work_cannot_change_before_it_writes(lite: Store) -> None:
    """Without the lock at BEGIN, SQLite would refuse the write, and no waiting would help."""
    started, errors = threading.Event(), []

    def count_up() -> None:
        started.wait(10)
        try:
            for _ in range(20):
                with lite.begin() as uow:
                    seen = int(uow.watermarks.get("desk", RecordKind.INCIDENT) or 0)
                    uow.watermarks.set("desk", RecordKind.INCIDENT, str(seen + 1), NOW)
                    uow.commit()
        except StoreError as error:
            errors.append(error)

    threads = [threading.Thread(target=count_up) for _ in range(3)]
    for thread in threads:
        thread.start()
    started.set()
    for thread in threads:
        thread.join(60)
    assert errors == []
    with lite.begin() as uow:
        assert uow.watermarks.get("desk", RecordKind.INCIDENT) == "60"


def test_readers_are_not_stopped_by_a_writer(store: Store) -> None:
    with store.begin() as uow:
        uow.records.save([incident("1")])
        assert store.queries.counts()[RecordKind.INCIDENT] == 0
        uow.commit()
    assert store.queries.counts()[RecordKind.INCIDENT] == 1


def test_a_writer_that_waits_too_long_is_told_so(tmp_path: Path, lite: Store) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'csi.db'}")
    event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA busy_timeout = 20").close())
    second = Store(engine).begin()
    with lite.begin(), pytest.raises(StoreError, match="another process is writing"), second:
        pass
    engine.dispose()


def test_commit_outside_the_with_block_is_a_defect(store: Store) -> None:
    with pytest.raises(AssertionError, match="inside the with block"):
        store.begin().commit()
