"""What reads each kind of a site: issues, what hangs on them, objects of Assets."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.core.kind_source import KindReader
from connectors.core.mapping.raw import cell, raw_of
from connectors.jira.api import CHANGES_IN_BULK, Issue, JiraApi
from connectors.jira.assets import AssetsApi, ObjectReader, object_cells, relation_cells
from connectors.jira.changes import ChangeMaker, followed
from connectors.jira.facts import CLOCK, RATED_AT, RATING
from connectors.jira.hanging import ApprovalMaker, ClockMaker, CommentMaker, RatingMaker
from connectors.jira.reading import Expand, IssueReader, Wanted
from connectors.jira.rows import IssueForm, with_names
from connectors.jira.tables import HANGING, OBJECTS, KindTable, Tables
from itsm.records import RawRecord
from itsm.states import RecordKind

LOGGER = logging.getLogger(__name__)

K = RecordKind
_OWNED = ("issuetype", "created", "updated")


@dataclass(slots=True)
class ReaderMaker:
    """Makes the reader of each kind; the site is asked once what it has."""

    api: JiraApi
    assets: AssetsApi
    tables: Tables
    columns: Mapping[RecordKind, tuple[str, ...]]
    _made: dict[RecordKind, KindReader | None] = field(default_factory=dict, init=False)

    def of(self, kind: RecordKind) -> KindReader | None:
        """The reader of a kind; None if the site has no such issue type or field."""
        if kind not in self._made:
            reader = self._reader(self.tables.kinds[kind])
            if reader is None:
                LOGGER.info("%s: no %s records: no such type or field", self.api.name, kind)
            self._made[kind] = reader
        return self._made[kind]

    def _reader(self, table: KindTable) -> KindReader | None:
        kind = table.kind
        if kind in OBJECTS:
            return ObjectReader(self.assets, kind, table.types[0], object_cells)
        if kind is K.CI_RELATION:
            return ObjectReader(self.assets, kind, table.types[0], relation_cells)
        if kind in HANGING:
            return self._hanging(kind)
        types = self.api.facts().type_ids(table.types)
        form = IssueForm(self.columns[kind], self.api.facts())
        make = IssueMaker(self.api, self.assets, kind, form)
        return IssueReader(self.api, Wanted(kind, types, form.asked), make) if types else None

    def _hanging(self, kind: RecordKind) -> KindReader | None:
        kinds = self._kinds_of_types()
        if kind is K.APPROVAL:
            change = self.tables.kinds.get(K.CHANGE)
            types = self.api.facts().type_ids(change.types) if change is not None else ()
        else:
            types = tuple(kinds)
        found = self._wanted(kind, types, kinds) if types else None
        return None if found is None else IssueReader(self.api, *found)

    def _wanted(
        self, kind: RecordKind, types: tuple[str, ...], kinds: Mapping[str, RecordKind]
    ) -> tuple[Wanted, Expand] | None:
        api, facts = self.api, self.api.facts()
        if kind is K.HISTORY:
            told = followed(self.tables, facts)
            fields = tuple(dict.fromkeys((*_OWNED, *told.created_with)))
            gathers = CHANGES_IN_BULK if api.config.is_cloud else 0
            wanted = Wanted(kind, types, fields, expand="changelog", gathers=gathers)
            return wanted, ChangeMaker(api, facts, kinds, told)
        if kind is K.COMMENT:
            return Wanted(kind, types, (*_OWNED, "comment")), CommentMaker(api, kinds)
        if kind is K.APPROVAL:
            return Wanted(kind, types, _OWNED), ApprovalMaker(api)
        if kind is K.SLA_CLOCK:
            clocks = facts.of_custom(CLOCK)
            wanted = Wanted(kind, types, (*_OWNED, *clocks), rereads_open=True)
            return (wanted, ClockMaker(api, kinds, clocks)) if clocks else None
        rated, rating = facts.of_custom(RATED_AT), facts.of_custom(RATING)
        if not rated or not rating:
            return None
        number = rated[0].removeprefix("customfield_")
        fields = (*_OWNED, rating[0], rated[0])
        wanted = Wanted(
            kind, types, fields, f"cf[{number}] is not EMPTY", f"cf[{number}]", rated[0]
        )
        return wanted, RatingMaker(api, kinds, facts, rated[0])

    def _kinds_of_types(self) -> dict[str, RecordKind]:
        """The kinds that others hang on, by the ids of their issue types."""
        facts = self.api.facts()
        return {
            key: table.kind for table in self.tables.work for key in facts.type_ids(table.types)
        }


@dataclass(frozen=True, slots=True)
class IssueMaker:
    """Makes raw records of issues, one each, with the names of the objects they hold."""

    api: JiraApi
    assets: AssetsApi
    kind: RecordKind
    form: IssueForm

    def __call__(self, issues: Sequence[Issue]) -> Sequence[RawRecord]:
        """A raw record per issue."""
        if self.form.objects and issues:
            names = self.assets.names_in(issues, self.form.objects)
            for issue in issues:
                for name in self.form.objects:
                    issue["fields"][name] = with_names(issue["fields"].get(name), names)
        return [
            raw_of(self.api.name, self.kind, str(one["id"]), self._cells(one)) for one in issues
        ]

    def _cells(self, issue: Issue) -> dict[str, dict[str, str]]:
        cells = self.form.cells(issue)
        cells.setdefault("key", cell(str(issue["id"])))
        return cells
