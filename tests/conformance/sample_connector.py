"""A whole connector for a desk that does not exist, to begin another one with.

What a system says differently goes here; waiting, trying again, walking through a table that
changes, and mapping is done by `connectors/core`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from pydantic import SecretStr

from connectors.core.auth import BasicAuth
from connectors.core.client import HttpClient
from connectors.core.config import HttpSourceConfig
from connectors.core.examining import ok, reached
from connectors.core.field_form import FieldForm
from connectors.core.kind_source import KindReader, KindSource
from connectors.core.mapping.raw import raw_of
from connectors.core.mapping.readers import read_utc
from connectors.core.named_kinds import Where, named_kinds
from connectors.core.paging import Limit
from connectors.core.places import word_of
from connectors.core.row_reader import RowReader, Span
from connectors.core.source import Finding
from connectors.core.surroundings import Surroundings
from connectors.core.walking import Ask, FetchedPage, FetchedRow, Reach
from itsm.errors import CutAnswerError, FatalSourceError
from itsm.records import RawRecord
from itsm.states import RecordKind

Row = Mapping[str, Any]
_WHERE = Where(
    name="sample",
    file=("tests.conformance", "sample_fields.toml"),
    lacks={kind: "the desk has none" for kind in RecordKind if kind is not RecordKind.INCIDENT},
    hanging=frozenset(),
    setting="names",
)
_REACH = {Reach.SINCE: "since", Reach.AT: "at", Reach.AFTER: "later_than"}


class SampleConfig(HttpSourceConfig):
    """The settings: those of every system, a password, and how much is asked for at a time."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"basic": ("user", "password")}
    password: SecretStr | None = None
    page_size: int = 100


@dataclass(slots=True)
class Records:
    """What the desk is asked for, and what is made of its answers."""

    name: str
    client: HttpClient
    kind: RecordKind
    form: FieldForm

    @property
    def way(self) -> str:
        """Other columns than before are read from the start."""
        return word_of(self.kind, self.form.asked)

    def page(self, ask: Ask, *, only_keys: bool = False) -> FetchedPage[Row]:
        """A page, by update and key; by key alone where no moment is asked for."""
        params: dict[str, str | int] = {"limit": ask.limit, "offset": ask.offset}
        if ask.updated_at is not None:
            params[_REACH[ask.reach]] = int(ask.updated_at.timestamp())
        elif ask.reach is Reach.AT:
            params["order"] = "id"
        if ask.after_key is not None:
            params["after"] = ask.after_key
        del only_keys  # rows are short here
        rows, has_more = self._asked(params)
        return FetchedPage([self._row(one) for one in rows], has_more)

    def with_keys(self, keys: Sequence[str]) -> Sequence[Row]:
        """The records with these ids."""
        return self._again({"ids": ",".join(keys), "limit": len(keys) or 1})[0]

    def total(self) -> int | None:
        """The desk counts."""
        return int(self.client.json("api/count").value["count"])

    def raw(self, rows: Sequence[Row]) -> Sequence[RawRecord]:
        """A raw record per row."""
        return [raw_of(self.name, self.kind, str(r["id"]), self.form.cells(r, {})) for r in rows]

    def _again(self, params: Mapping[str, str | int]) -> tuple[list[Row], bool]:
        return Limit(1, 1).fetch(lambda _n: self._asked(params))

    def _asked(self, params: Mapping[str, str | int]) -> tuple[list[Row], bool]:
        value = self.client.json("api/records", params).value
        if not isinstance(value, dict) or not isinstance(value.get("records"), list):
            raise CutAnswerError(self.name, "the answer holds no list of records")
        return value["records"], bool(value.get("more"))

    def _row(self, row: Row) -> FetchedRow[Row]:
        at = read_utc(str(row.get("updated", "")))
        if at is None:
            raise FatalSourceError(self.name, "a record came without a time of update")
        return FetchedRow(at, str(row["id"]), row)


class SampleSource(KindSource[SampleConfig]):
    """The desk as a source: incidents, in the order they were updated."""

    def __init__(self, name: str, config: SampleConfig, around: Surroundings | None = None) -> None:
        self._tables = named_kinds(_WHERE, config, {})
        mappings = self._tables.mappings(name)
        super().__init__(name, config, around, self._tables.kinds, mappings)
        config.require_credentials(name)
        auth = BasicAuth(config.user or "", config.password or SecretStr(""))
        budget, sleep, clock = self._around.budget, self._around.sleep, self._around.clock
        client = HttpClient(name, config.url, auth, budget, config.http, sleep, clock)
        columns = mappings[RecordKind.INCIDENT].columns
        self._records = Records(name, client, RecordKind.INCIDENT, FieldForm(columns, {}, {}))

    @property
    def by_key(self) -> frozenset[RecordKind]:
        """Nothing hangs on anything."""
        return frozenset()

    def _reader(self, kind: RecordKind) -> KindReader:
        overlap = timedelta(seconds=self._config.overlap_s)
        span = partial(Span, page_size=self._config.page_size, keys_at_once=100)
        made = span(overlap=overlap, since=self._config.since, until=self._config.until)
        return RowReader(self._name, kind, self._records, made)

    def _findings(self) -> Iterator[Finding]:
        yield from reached(self._config.url)
        yield ok("permission", RecordKind.INCIDENT, f"{self.count(RecordKind.INCIDENT):,} there")

    def _for(self, config: SampleConfig) -> "SampleSource":
        return SampleSource(self._name, config, self._around)
