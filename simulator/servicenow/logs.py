"""Rows that hang on others: audit, clocks, journal, surveys, catalogue tasks, metrics."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from itsm.states import RecordKind
from simulator.columns import Column, ColumnBlock
from simulator.draws import Ints
from simulator.servicenow.ids import user_name
from simulator.servicenow.rows import TABLE_OF, Filler, Row, codes_of, words
from simulator.servicenow.tables import STORED, TABLES
from simulator.sheets import Cells, hours_as_duration, iso_times

Named = dict[str, Cells]
Change = tuple[str, str, str]
_NEVER_S = int(np.iinfo(np.int64).min)
"""The instant that numpy takes for none."""
_times = iso_times()
SURVEY = "Satisfaction survey"
QUESTIONS = (
    ("Satisfaction", "How satisfied are you with the solution?", "score"),
    ("Recommendation", "Would you recommend us to a colleague?", "nps"),
    ("Remarks", "What else would you like to tell us?", "text"),
)
"""Metrics of the survey: name, question, and the estate's field that holds the answer."""
METRICS = {
    "state": ("incident_state", "Incident State Duration"),
    "team": ("assignment_group", "Assignment group duration"),
    "assignee": ("assigned_to", "Assigned to Duration"),
}
"""What the product measures out of the box, by the estate's field: its field and definition."""
_FORM = "%Y-%m-%d %H:%M:%S"


@dataclass(slots=True)
class Logs:
    """Makes these rows, and remembers the agreements that clocks run under."""

    filler: Filler
    agreements: dict[tuple[str, str, str], Row] = field(default_factory=dict)

    def tables(self, block: ColumnBlock) -> Iterator[tuple[str, Iterator[Row]]]:
        """Tables and the rows a block puts into them."""
        if block.kind is RecordKind.HISTORY:
            yield "sys_audit", self._audit(block)
            if block.hangs_on == RecordKind.INCIDENT.value:
                yield "metric_instance", self._metrics(block)
            return
        named = self.filler.cells(TABLES[TABLE_OF[block.kind]], block)
        if block.kind is RecordKind.SLA_CLOCK:
            named.update(self._clocks(block))
        elif block.kind is RecordKind.COMMENT:
            named.update(element_id=self._owners(block))
        elif block.kind is RecordKind.SURVEY_RESPONSE:
            named.update(self._surveys(block))
            yield from self._answers(block, named)
        elif block.kind is RecordKind.SERVICE_REQUEST:
            yield "sc_task", self._tasks(block, named)
        stored = TABLES[TABLE_OF[block.kind]].stored_in
        yield stored, rows_of(stored, named, block.n)

    def _owners(self, block: ColumnBlock) -> Cells:
        """The ids of the records that a block's rows hang on."""
        kind = RecordKind(str(block.hangs_on)) if block.n else RecordKind.INCIDENT
        return self.filler.ids.many(TABLE_OF[kind], [str(key) for key in block.columns["record"]])

    def _audit(self, block: ColumnBlock) -> Iterator[Row]:
        """Changes as codes and ids; a wait is a change of state and one of the hold reason."""
        table = TABLE_OF[RecordKind(str(block.hangs_on))]
        columns = block.columns
        logins: dict[object, str] = {}
        names, rows = [], []
        for owner, when, number, actor, sequence, changes in zip(
            self._owners(block),
            _times(columns["at"]),
            columns["number"],
            columns["actor"],
            words(columns["sequence"]),
            self._changes(table, block),
            strict=True,
        ):
            by = logins.get(actor) or logins.setdefault(actor, user_name(str(actor)))
            for name, old, new in changes:
                names.append(f"{number}/{name}")
                rows.append((table, owner, name, old, new, by, when, sequence, "", sequence, by))
        keys = self.filler.ids.many("sys_audit", names)
        return ((key, *row) for key, row in zip(keys, rows, strict=True))

    def _changes(self, table: str, block: ColumnBlock) -> Iterator[tuple[Change, ...]]:
        """What changed at each event: field, raw value before and after."""
        of = self.filler.ids.of
        states, holds = codes_of(table, "state"), codes_of(table, "hold_reason")
        known: dict[tuple[object, object, object], tuple[Change, ...]] = {}
        columns = block.columns
        for event in zip(columns["field"], columns["old_shown"], columns["new_shown"], strict=True):
            changes = known.get(event)
            if changes is None:
                about = str(event[0])
                old, new = ("" if shown is None else str(shown) for shown in event[1:])
                if about == "state":
                    before, after = _state(states, holds, old), _state(states, holds, new)
                    both = zip(("state", "hold_reason"), before, after, strict=True)
                    changes = tuple((name, a, b) for name, a, b in both if a != b)
                elif about in _AUDITED:
                    name, target = _AUDITED[about]
                    changes = ((name, of(target, old), of(target, new)),)
                else:
                    changes = ((about, old, new),)
                known[event] = changes
            yield changes

    def _metrics(self, block: ColumnBlock) -> Iterator[Row]:
        """How long each state, team and person had an incident, as metric instances."""
        columns = block.columns
        owners, start_s = self._owners(block), _instants(columns["at"]).tolist()
        last: dict[tuple[str, object], int] = {}
        kept: list[int] = []
        end_s: list[int] = []
        for place, about in enumerate(columns["field"]):
            if about in METRICS:
                before = last.get((owners[place], about))
                if before is not None:
                    end_s[before] = start_s[place]
                last[owners[place], about] = len(kept)
                kept.append(place)
                end_s.append(_NEVER_S)
        told = [METRICS[str(columns["field"][place])] for place in kept]
        shown = [str(columns["new_shown"][place] or "") for place in kept]
        starts, ends = np.array(start_s)[kept], np.array(end_s)
        begun, ended = _written(starts), _written(ends)
        named: Named = {
            "sys_id": self.filler.ids.many(
                "metric_instance", [str(columns["number"][place]) for place in kept]
            ),
            "id": [owners[place] for place in kept],
            "table": ["incident"] * len(kept),
            "definition": self.filler.ids.many("metric_definition", [name for _, name in told]),
            "field": [field for field, _ in told],
            "value": ["On Hold" if word.startswith("Awaiting ") else word for word in shown],
            "start": begun,
            "end": ended,
            "duration": _written(np.where(ends == _NEVER_S, _NEVER_S, ends - starts)),
            "calculation_complete": ["true" if end else "false" for end in ended],
            "sys_created_on": begun,
            "sys_updated_on": [end or start for start, end in zip(begun, ended, strict=True)],
        }
        return rows_of("metric_instance", named, len(kept))

    def _clocks(self, block: ColumnBlock) -> Named:
        columns = block.columns
        durations = hours_as_duration(columns["target_h"])
        sla = []
        for name, kind, target, duration in zip(
            columns["agreement"], columns["type_code"], columns["target"], durations, strict=True
        ):
            sla.append(self._agreement(str(name), str(kind), str(target), duration))
        ended = _times(columns["ended_at"])
        return {
            "task": self._owners(block),
            "sla": sla,
            "active": ["false" if end else "true" for end in ended],
            "duration": hours_as_duration(columns["elapsed_h"]),
        }

    def _agreement(self, name: str, kind: str, target: str, duration: str) -> str:
        key = (name, target, duration)
        if key not in self.agreements:
            number = f"{name}/{duration}"
            cells = {"name": name, "type": kind, "target": target, "duration": duration}
            self.agreements[key] = entered(self.filler, "contract_sla", number, cells)
        return self.agreements[key][0]

    def _surveys(self, block: ColumnBlock) -> Named:
        owners = self._owners(block)
        taken = _times(block.columns["answered_at"])
        survey = self.filler.ids.of("asmt_metric_type", SURVEY)
        return {
            "trigger_id": owners,
            "task_id": owners,
            "metric_type": [survey] * block.n,
            "state": ["complete" if at else "ready" for at in taken],
            "percent_answered": ["100" if at else "0" for at in taken],
        }

    def _answers(self, block: ColumnBlock, named: Named) -> Iterator[tuple[str, Iterator[Row]]]:
        """One row per question answered, and what is made of it."""
        questions, results = [], []
        of = self.filler.ids.of
        for name, _, estate in QUESTIONS:
            metric = of("asmt_metric", name)
            for row, answer in enumerate(block.columns[estate]):
                if answer is None:
                    continue
                number = f"{block.columns['number'][row]}/{name}"
                said = str(answer) if estate == "text" else str(round(float(str(answer))))
                value = "" if estate == "text" else said
                shared = {"instance": named["sys_id"][row], "metric": metric, "string_value": said}
                when = dict.fromkeys(("sys_created_on", "sys_updated_on"), named["taken_on"][row])
                asked = entered(
                    self.filler,
                    "asmt_assessment_instance_question",
                    number,
                    {**shared, **when, "value": value, "category": SURVEY},
                )
                questions.append(asked)
                numbers = dict.fromkeys(("actual_value", "scaled_value"), value or "-1")
                cells = {**shared, **when, **numbers, "instance_question": asked[0]}
                results.append(entered(self.filler, "asmt_metric_result", number, cells))
        yield "asmt_assessment_instance_question", iter(questions)
        yield "asmt_metric_result", iter(results)

    def _tasks(self, block: ColumnBlock, named: Named) -> Iterator[Row]:
        """One catalogue task per request, with the life of the request."""
        numbers = [f"SC{number}".replace("RITM", "TASK") for number in named["number"]]
        kept = """short_description state priority assignment_group assigned_to opened_at closed_at
            active sys_created_on sys_created_by sys_updated_on sys_updated_by""".split()
        cells = {name: named[name] for name in kept}
        cells["number"] = numbers
        cells["sys_id"] = self.filler.ids.many("sc_task", numbers)
        cells["request_item"] = named["sys_id"]
        return rows_of("sc_task", cells, block.n)


_AUDITED = {
    "team": ("assignment_group", "sys_user_group"),
    "assignee": ("assigned_to", "sys_user"),
}


def _state(states: dict[str, str], holds: dict[str, str], shown: str) -> tuple[str, str]:
    """State and hold reason behind the word that the state list showed."""
    if shown in holds:
        return states["On Hold"], holds[shown]
    return states.get(shown, shown), ""


def _instants(column: Column) -> Ints:
    """Seconds since 1970."""
    return np.asarray(column, dtype="datetime64[s]").astype(np.int64)


def _written(seconds: Ints) -> Cells:
    """Instants, or durations, as raw values; `_NEVER_S` is none."""
    return _times(seconds.astype("datetime64[s]"))


def rows_of(table: str, named: Named, n: int) -> Iterator[Row]:
    """Rows of a stored table from the columns that are filled."""
    columns = [named.get(one.name) or [one.preset] * n for one in STORED[table].fields]
    return zip(*columns, strict=True)


def words_of(second: int) -> str:
    """An instant as raw values have it, from seconds since 1970."""
    return datetime.fromtimestamp(second, UTC).strftime(_FORM)


def entered(filler: Filler, table: str, number: str, cells: dict[str, str]) -> Row:
    """One row of a stored table; its times are those given, or the start of the estate."""
    start = words_of(filler.settings.start_s - 86_400)
    own = {
        "sys_id": filler.ids.of(table, number),
        "sys_created_on": start,
        "sys_updated_on": start,
        "sys_created_by": "admin",
        "sys_updated_by": "admin",
        **cells,
    }
    return tuple(own.get(one.name, one.preset) for one in STORED[table].fields)
