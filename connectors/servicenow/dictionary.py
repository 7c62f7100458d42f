"""What an instance says of its own columns and choices, held against what is read."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.core.examining import Unexplained, unexplained
from connectors.core.mapping.preset import FieldRule
from connectors.core.mapping.readers import CodeReader
from connectors.core.source import Finding, Level
from connectors.servicenow.api import Query, TableApi, label_of, parts_of, value_of
from connectors.servicenow.classes import line_of, tables_above
from connectors.servicenow.mapping import KindMapping
from connectors.servicenow.reading import TableReader
from connectors.servicenow.tables import KindTable, Tables
from itsm.errors import FatalSourceError
from itsm.fields import FieldSpec, fields_of
from itsm.states import RecordKind

SAMPLE = 500
_CODES_OF = frozenset(RecordKind) - {RecordKind.HISTORY, RecordKind.COMMENT}


@dataclass(slots=True)
class Dictionary:
    """Looks at sys_dictionary, sys_choice and the newest rows of each kind."""

    api: TableApi
    tables: Tables

    def fields(self) -> Iterator[Finding]:
        """The fields whose columns the instance does not have."""
        lines = self._lines()
        names = sorted({name for line in lines.values() for name in line})
        known: dict[str, set[str]] = {name: set() for name in names}
        for some in parts_of(names, 60):
            query = Query("sys_dictionary", "elementISNOTEMPTY", columns=("name", "element"))
            for row in self.api.by_value(query, "name", some):
                known[value_of(row, "name")].add(value_of(row, "element"))
        for kind, table in self.tables.kinds.items():
            columns = {column for name in lines[table.table] for column in known[name]}
            if columns:
                yield from self._missing(kind, table, columns)

    def codes(self) -> Iterator[Finding]:
        """The codes nobody has given a meaning: those offered, and those the newest rows have."""
        lines = self._lines()
        for kind, table in self.tables.kinds.items():
            if kind not in _CODES_OF:
                continue
            specs = {spec.name: spec for spec in fields_of(kind)}
            seen = self._seen(table)
            for rule in table.preset.rules:
                if rule.codes is None or rule.unit == "listed":
                    continue
                offered = self._offered(lines[table.table], rule)
                found = self._unmapped(rule, specs[rule.field], offered)
                for code in seen.get(rule.field, ()):
                    found.setdefault(code, offered.get(code, ""))
                for code, label in sorted(found.items()):
                    yield self._told(kind, rule, specs[rule.field], (code, label))

    def _lines(self) -> dict[str, tuple[str, ...]]:
        """Each table that is read, with those it extends."""
        above = tables_above(self.api)
        names = {one.table for one in self.tables.kinds.values()}
        return {name: line_of(name, above) for name in names}

    def _missing(self, kind: RecordKind, table: KindTable, known: set[str]) -> Iterator[Finding]:
        own = self.api.config.fields.get(kind, {})
        lacking = []
        for rule in table.preset.rules:
            there = [name for name in rule.columns if name.partition(".")[0] in known]
            if there or rule.constant is not None or not rule.columns:
                continue
            lacking.append(rule.field)
            if rule.field in own:
                yield Finding(
                    check="fields",
                    level=Level.WARNING,
                    subject=kind,
                    said=f"{rule.field}: {table.table} has no column {' or '.join(rule.columns)}",
                    remedy=f"name another under [sources.{self.api.name}.fields.{kind}]",
                )
        if lacking:
            yield Finding(
                check="fields",
                level=Level.OK,
                subject=kind,
                said=f"{table.table} has no column for {', '.join(lacking)}",
                remedy="name columns of your own, if there are any",
                line=f'[sources.{self.api.name}.fields.{kind}]\n{lacking[0]} = "u_..."',
            )

    def _offered(self, line: tuple[str, ...], rule: FieldRule) -> dict[str, str]:
        """The labels of the choices of a field by code, from the lowest class that has any."""
        where = (
            f"nameIN{','.join(line)}^elementIN{','.join(rule.columns)}"
            "^language=en^inactive=false^valueISNOTEMPTY"
        )
        columns = ("name", "value", "label")
        rows = self.api.all_rows(Query("sys_choice", where, ("sequence",), columns))
        for table in line:
            own = [row for row in rows if value_of(row, "name") == table]
            if own:
                return {value_of(row, "value"): label_of(row, "label") for row in own}
        return {}

    def _unmapped(
        self, rule: FieldRule, spec: FieldSpec, offered: dict[str, str]
    ) -> dict[str, str]:
        reader = CodeReader(rule, spec, self.tables.codes)
        return {code: label for code, label in offered.items() if not reader.knows(code, label)}

    def _seen(self, table: KindTable) -> dict[str, Counter[str]]:
        """The codes without a meaning in the newest rows, by field."""
        mapping = KindMapping(self.api.name, table, self.tables)
        query = Query(table.table, table.filter, (f"DESC{table.updated}",), mapping.columns)
        try:
            rows = self.api.whole(query, SAMPLE, counts=False).rows
        except FatalSourceError:
            return {}
        raw = TableReader(self.api, table, mapping.columns).raw(rows)
        found: dict[str, Counter[str]] = {}
        for (field, code), n in mapping.map(raw).unmapped_codes.items():
            found.setdefault(field, Counter())[code] += n
        return found

    def _told(
        self, kind: RecordKind, rule: FieldRule, spec: FieldSpec, code: tuple[str, str]
    ) -> Finding:
        word, label = code
        table, subject = str(rule.codes), f"{kind}.{rule.field}"
        return unexplained(Unexplained(self.api.name, subject, table, word, label), spec)
