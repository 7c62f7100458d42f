"""Files as raw records: none lost, none twice, and reading goes on where it stopped."""

import logging
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.config import FileSourceConfig
from connectors.files.source import FileSource
from itsm.errors import ConfigError, FatalSourceError
from itsm.records import Incident, RawRecord
from itsm.states import IncidentState, RecordKind
from tests.connectors.export_files import (
    csv_text,
    mapped_of,
    plain_incidents,
    raw_of,
    records_of,
    source_of,
    write_rows,
)

INCIDENT = RecordKind.INCIDENT
Factory = pytest.TempPathFactory


def log_rows(keys: list[int]) -> list[dict[str, str]]:
    """Rows of an event log, one per entry of `keys`, each with its place among its key's rows."""
    seen: dict[int, int] = {}
    rows = []
    for key in keys:
        n = seen[key] = seen.get(key, -1) + 1
        rows.append(
            {
                "number": f"INC{key}",
                "sys_mod_count": str(n),
                "incident_state": "Active" if n % 2 else "New",
                "made_sla": "true",
                "opened_at": "1/3/2016 08:00",
                "sys_updated_at": f"{1 + n % 28}/3/2016 09:00",
            }
        )
    return rows


keys = st.lists(st.integers(0, 8), min_size=1, max_size=40)


@given(keys=keys, size=st.integers(1, 5), killed_after=st.integers(0, 12), is_plain=st.booleans())
def test_reading_goes_on_where_it_was_killed(
    tmp_path_factory: Factory, keys: list[int], size: int, killed_after: int, is_plain: bool
) -> None:
    path = write_rows(tmp_path_factory.mktemp("x") / "log.csv", log_rows(keys))
    settings: dict[str, object] = {"preset": "uci", "batch_size": size}
    if is_plain:
        columns = {INCIDENT: {"state": "incident_state", "updated_at": "sys_updated_at"}}
        settings = {"fields": columns, "batch_size": size, "day_first": True}
    whole = raw_of(source_of(INCIDENT, path, **settings), INCIDENT)
    before: list[RawRecord] = []
    cursor = None
    for n, page in enumerate(source_of(INCIDENT, path, **settings).pages(INCIDENT, None)):
        if n == killed_after:
            break
        before.extend(page.records)
        cursor = page.cursor
    after = source_of(INCIDENT, path, **settings).pages(INCIDENT, cursor)
    assert before + [record for page in after for record in page.records] == whole
    assert sorted({f"INC{key}" for key in keys}) == sorted(record.key for record in whole)


@given(keys=keys, seed=st.integers(0, 99), n_files=st.integers(1, 3))
def test_raw_records_do_not_depend_on_the_order_of_rows(
    tmp_path_factory: Factory, keys: list[int], seed: int, n_files: int
) -> None:
    rows = log_rows(keys)
    folder = tmp_path_factory.mktemp("x")
    ordered = raw_of(
        source_of(INCIDENT, write_rows(folder / "a.csv", rows), preset="uci"), INCIDENT
    )
    random.Random(seed).shuffle(rows)
    parts = [rows[n::n_files] or rows[:1] for n in range(n_files)]
    paths = [write_rows(folder / f"{n}.csv", part) for n, part in enumerate(parts)]
    shuffled = raw_of(source_of(INCIDENT, *paths, preset="uci"), INCIDENT)
    assert {r.key: r.payload for r in shuffled} == {r.key: r.payload for r in ordered}
    assert len(shuffled) == len(ordered)


def test_files_that_were_read_to_the_end_are_not_read_again(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "x.csv", plain_incidents(5))
    source = source_of(INCIDENT, path, batch_size=2)
    pages = list(source.pages(INCIDENT, None))
    assert [len(page.records) for page in pages] == [2, 2, 1]
    assert list(source.pages(INCIDENT, pages[-1].cursor)) == []


def test_a_changed_file_is_read_from_its_start(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "x.csv", plain_incidents(5))
    cursor = list(source_of(INCIDENT, path, batch_size=2).pages(INCIDENT, None))[1].cursor
    write_rows(path, plain_incidents(6))
    pages = source_of(INCIDENT, path).pages(INCIDENT, cursor)
    assert sum(len(page.records) for page in pages) == 6


def test_a_changed_way_of_reading_starts_over(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "x.csv", plain_incidents(5))
    cursor = list(source_of(INCIDENT, path).pages(INCIDENT, None))[-1].cursor
    other = source_of(INCIDENT, path, fields={INCIDENT: {"number": "title"}})
    assert sum(len(page.records) for page in other.pages(INCIDENT, cursor)) == 5


@pytest.mark.parametrize("cursor", ["", "{", "[]", '{"read": 1}', "garbage"])
def test_a_cursor_of_something_else_starts_over(tmp_path: Path, cursor: str) -> None:
    path = write_rows(tmp_path / "x.csv", plain_incidents(3))
    assert len(list(source_of(INCIDENT, path).pages(INCIDENT, cursor))) == 1


def test_the_same_row_twice_is_one_record(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = plain_incidents(3)
    path = write_rows(tmp_path / "x.csv", [*rows, rows[0], rows[2]])
    with caplog.at_level(logging.WARNING):
        assert len(records_of(source_of(INCIDENT, path), INCIDENT)) == 3
    assert "2 rows repeated others word for word and 0 older rows" in caplog.text


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_rows_with_one_key_the_newest_counts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, newest_first: bool
) -> None:
    old, other = plain_incidents(2)
    new = {**old, "updated_at": "2026-11-20T00:00:00Z", "title": "newest"}
    undated = {**old, "updated_at": "", "title": "undated"}
    rows = [new, other, old, undated] if newest_first else [undated, old, other, new]
    path = write_rows(tmp_path / "x.csv", rows)
    with caplog.at_level(logging.WARNING):
        records = records_of(source_of(INCIDENT, path), INCIDENT)
    titles = {record.number: record.title for record in records if isinstance(record, Incident)}
    assert titles == {"INC000": "newest", "INC001": other["title"]}
    assert "2 older rows of the same key" in caplog.text


def test_the_newest_is_told_by_dates_as_they_are_configured(tmp_path: Path) -> None:
    (row,) = plain_incidents(1)
    rows = [
        {**row, "updated_at": "1/12/2026", "title": "newest"},
        {**row, "updated_at": "11/2/2026", "title": "older"},
    ]
    source = source_of(INCIDENT, write_rows(tmp_path / "x.csv", rows), day_first=True)
    assert [r.title for r in records_of(source, INCIDENT) if isinstance(r, Incident)] == ["newest"]


def test_a_key_may_come_back_in_another_file(tmp_path: Path) -> None:
    old = plain_incidents(3)
    new = [{**old[1], "state": "closed", "updated_at": "2026-11-20T00:00:00Z"}]
    paths = write_rows(tmp_path / "a.csv", old), write_rows(tmp_path / "b.jsonl.gz", new)
    records = records_of(source_of(INCIDENT, *paths), INCIDENT)
    states = {r.number: r.state for r in records if isinstance(r, Incident)}
    assert states == {
        "INC000": IncidentState.NEW,
        "INC001": IncidentState.CLOSED,
        "INC002": IncidentState.NEW,
    }


def test_rows_without_a_key_are_set_aside_by_their_place(tmp_path: Path) -> None:
    rows = plain_incidents(3)
    rows[1]["number"] = "  "
    mapped = mapped_of(source_of(INCIDENT, write_rows(tmp_path / "x.csv", rows)), INCIDENT)
    assert [item.key for item in mapped.mapped] == ["INC000", "INC002"]
    (bad,) = mapped.quarantined
    assert (bad.key, bad.field, bad.rule) == ("x.csv:row 3", "number", "mapping")
    assert "no value in column number" in bad.reason
    assert bad.remedy


def test_names_that_differ_only_in_case_give_key_and_number_alike(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(
        '{"number": "a", "Number": "B", "state": "new", "opened_at": "2026-11-01"}\n'
        '{"Number": "C", "number": "d", "state": "new", "opened_at": "2026-11-01"}\n'
    )
    mapped = mapped_of(source_of(INCIDENT, path), INCIDENT)
    assert [(m.key, m.records[0].number) for m in mapped.mapped] == [("B", "B"), ("C", "C")]


def test_places_tell_files_of_one_name_apart(tmp_path: Path) -> None:
    rows = [{**row, "number": ""} for row in plain_incidents(1)]
    paths = []
    for folder in ("may", "june"):
        (tmp_path / folder).mkdir()
        paths.append(write_rows(tmp_path / folder / "x.csv", rows))
    mapped = mapped_of(source_of(INCIDENT, *paths), INCIDENT)
    assert [item.key for item in mapped.quarantined] == [f"{path}:row 2" for path in paths]


def test_torn_rows_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(csv_text(plain_incidents(2)) + "INC9,2026-11-01T08:00:00Z\n")
    (bad,) = mapped_of(source_of(INCIDENT, path), INCIDENT).quarantined
    assert (bad.key, bad.field) == ("x.csv:row 4", "row")
    assert bad.reason == "2 cells where the header has 5"


hostile = st.text(max_size=20) | st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "=1+1",
        "@SUM(A1)",
        "-1",
        "x" * 5000,
        "a\nb\r\nc",
        '"',
        "';--",
        "\u202e",
        "new",
    ]
)


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"number": hostile, "opened_at": hostile | st.just("2026-11-01"), "state": hostile,
             "title": hostile, "priority": hostile, "is_major": hostile, "handling_h": hostile}
        ),
        min_size=1, max_size=8,
    ),
    ending=st.sampled_from(["csv", "jsonl", "parquet"]),
)  # fmt: skip
def test_every_row_is_mapped_or_set_aside(
    tmp_path_factory: Factory, rows: list[dict[str, str]], ending: str
) -> None:
    path = tmp_path_factory.mktemp("x") / f"x.{ending}"
    source = source_of(INCIDENT, write_rows(path, [*plain_incidents(1), *rows]))
    mapped = mapped_of(source, INCIDENT)
    keys = {item.key for item in mapped.mapped} | {item.key for item in mapped.quarantined}
    named = {number for row in rows if (number := row["number"].replace("\x00", "").strip())}
    assert named <= keys
    assert mapped == source.map(INCIDENT, raw_of(source, INCIDENT))


def test_mapping_keeps_the_order_and_does_not_depend_on_pages(tmp_path: Path) -> None:
    rows = plain_incidents(7)
    rows[3]["opened_at"] = "soon"
    source = source_of(INCIDENT, write_rows(tmp_path / "x.csv", rows))
    raw = raw_of(source, INCIDENT)
    whole = source.map(INCIDENT, raw)
    parts = [source.map(INCIDENT, [record]) for record in raw]
    assert whole.mapped == tuple(item for part in parts for item in part.mapped)
    assert whole.quarantined == tuple(item for part in parts for item in part.quarantined)
    assert [item.key for item in whole.mapped] == [r.key for r in raw if r.key != "INC003"]


def test_what_is_set_aside_shows_no_value(tmp_path: Path) -> None:
    rows = plain_incidents(2)
    rows[0]["opened_at"] = "call Jane 555"
    rows[1]["priority"] = "secret"
    mapped = mapped_of(source_of(INCIDENT, write_rows(tmp_path / "x.csv", rows)), INCIDENT)
    told = [(bad.field, bad.reason) for bad in mapped.quarantined]
    assert told == [
        ("opened_at", "'aaaa aaaa 999' is not a time that can be read"),
        ("priority", "'aaaaaa' in column priority is not a whole number"),
    ]


def test_codes_without_a_meaning_are_kept_and_counted(tmp_path: Path) -> None:
    rows = plain_incidents(3)
    rows[0]["state"] = rows[1]["state"] = "Parked"
    mapped = mapped_of(source_of(INCIDENT, write_rows(tmp_path / "x.csv", rows)), INCIDENT)
    assert mapped.unmapped_codes == {("state", "Parked"): 2}
    first = mapped.mapped[0].records[0]
    assert isinstance(first, Incident)
    assert (first.state, first.state_code) == (IncidentState.UNMAPPED, "Parked")


def dated(tmp_path: Path, *dates: str, **settings: object) -> Mapping[str, datetime]:
    rows = [
        {**row, "opened_at": at} for row, at in zip(plain_incidents(len(dates)), dates, strict=True)
    ]
    for row in rows:
        del row["updated_at"]
    source = source_of(INCIDENT, write_rows(tmp_path / "x.csv", rows), **settings)
    records = records_of(source, INCIDENT)
    return {r.number: r.opened_at for r in records if isinstance(r, Incident)}


def test_the_dates_of_a_file_tell_their_order(tmp_path: Path) -> None:
    april = datetime(2026, 4, 3, tzinfo=UTC)
    march = datetime(2026, 3, 4, tzinfo=UTC)
    assert dated(tmp_path, "3/4/2026", "21/4/2026")["INC000"] == april
    assert dated(tmp_path, "3/4/2026", "4/21/2026")["INC000"] == march
    assert dated(tmp_path, "3/4/2026", day_first=True)["INC000"] == april
    assert dated(tmp_path, "3/4/2026", day_first=False)["INC000"] == march


def test_dates_that_read_both_ways_ask_for_a_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"can be read both ways.*day_first"):
        dated(tmp_path, "3/4/2026", "5/6/2026")
    with pytest.raises(ConfigError, match=r"in both orders.*day_first"):
        dated(tmp_path, "21/4/2026", "4/21/2026")


def test_local_times_are_of_the_zone(tmp_path: Path) -> None:
    at = dated(tmp_path, "2026-07-01 10:00", zone="Europe/Berlin")["INC000"]
    assert at == datetime(2026, 7, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id;title\n1;x\n", "no column for number .looked for number.; it has: id, title"),
        ("number,title\n1,x\n", "no column for opened_at.*fields.incident"),
        ("number,opened_at\n1,2026-01-01\n", "no column for state"),
        ("number^state^opened_at\n1^new^2026-01-01\n", "one column only, so `delimiter`"),
    ],
)
def test_a_column_that_every_record_needs_is_missed(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(FatalSourceError, match=told) as caught:
        raw_of(source_of(INCIDENT, path), INCIDENT)
    assert str(path) in str(caught.value)
    assert caught.value.source == "ours"


def test_a_file_with_a_header_and_no_rows_has_no_records(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("number,state,opened_at\n")
    assert list(source_of(INCIDENT, path).pages(INCIDENT, None)) == []


def test_kinds_are_those_with_files(tmp_path: Path) -> None:
    config = FileSourceConfig.model_validate(
        {"files": {"change": ["c.csv"], "incident": "i.csv", "problem": []}}
    )
    source = FileSource("ours", config)
    assert source.name == "ours"
    assert source.kinds == (RecordKind.INCIDENT, RecordKind.CHANGE)
    assert list(source.pages(RecordKind.VENDOR, None)) == []
