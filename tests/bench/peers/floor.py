"""The floor: fetch pages, parse them, upsert every row into one table. Nothing can do less.

    python -m tests.bench.peers.floor URL_OF_FIRST_PAGE DATABASE_URL

The fastest way each database has: the bare driver on SQLite, COPY and one statement on PostgreSQL.
Prints seconds and rows.
"""

import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import requests


def pages(url: str) -> Iterator[list[dict[str, dict[str, str]]]]:
    """The rows of every page."""
    session = requests.Session()
    session.trust_env = False
    following: str | None = url
    while following:
        answer = session.get(following, timeout=600)
        answer.raise_for_status()
        yield orjson.loads(answer.content)["result"]
        following = answer.links.get("next", {}).get("url")


def values(rows: list[dict[str, dict[str, str]]], names: list[str]) -> list[tuple[str, ...]]:
    """The raw values of rows."""
    return [tuple([row[name]["value"] for name in names]) for row in rows]


def into_sqlite(url: str, path: Path) -> int:
    """Upsert into a SQLite table, a transaction a page."""
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536"):
        database.execute(f"PRAGMA {pragma}")
    n, statement = 0, ""
    names: list[str] = []
    for rows in pages(url):
        if not names:
            names = sorted(rows[0])
            statement = _statement(names, "?")
            database.execute(_table(names))
        database.execute("BEGIN IMMEDIATE")
        database.executemany(statement, values(rows, names))
        database.execute("COMMIT")
        n += len(rows)
    return n


def into_postgresql(url: str, database_url: str) -> int:
    """Upsert into a PostgreSQL table by COPY, a transaction a page."""
    import psycopg

    n = 0
    names: list[str] = []
    url_of_driver = database_url.replace("+psycopg", "")
    with psycopg.connect(url_of_driver) as connection:
        for rows in pages(url):
            if not names:
                names = sorted(rows[0])
                connection.execute(_table(names))
                connection.execute("CREATE TEMP TABLE floor_page (LIKE floor_incident)")
            _copy(connection, rows, names)
            connection.commit()
            n += len(rows)
    return n


def _copy(connection: Any, rows: list[dict[str, dict[str, str]]], names: list[str]) -> None:
    columns = ", ".join(f'"{name}"' for name in names)
    changed = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name != "sys_id")
    connection.execute("TRUNCATE floor_page")
    with connection.cursor().copy(f"COPY floor_page ({columns}) FROM STDIN") as copy:
        for row in values(rows, names):
            copy.write_row(row)
    connection.execute(
        f"INSERT INTO floor_incident ({columns}) SELECT {columns} FROM floor_page "
        f"ON CONFLICT (sys_id) DO UPDATE SET {changed}"
    )


def _table(names: list[str]) -> str:
    columns = ", ".join(
        f'"{name}" TEXT' + (" PRIMARY KEY" if name == "sys_id" else "") for name in names
    )
    return f"CREATE TABLE floor_incident ({columns})"


def _statement(names: list[str], mark: str) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    changed = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name != "sys_id")
    marks = ", ".join(mark for _ in names)
    return (
        f"INSERT INTO floor_incident ({columns}) VALUES ({marks}) "
        f"ON CONFLICT (sys_id) DO UPDATE SET {changed}"
    )


def main() -> None:
    """Run and tell."""
    url, database = sys.argv[1:]
    started = time.perf_counter()
    if database.startswith("sqlite:///"):
        n = into_sqlite(url, Path(database.removeprefix("sqlite:///")))
    else:
        n = into_postgresql(url, database)
    print(f"{time.perf_counter() - started:.2f} {n}")


if __name__ == "__main__":
    main()
