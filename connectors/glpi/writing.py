"""Writes problems, links, private followups and register entries to a GLPI.

A GLPI has no lock and no field for keys: a problem carries its key in the last paragraph of its
description, a project in its code. The historical tells afterwards what people changed meanwhile. A
status that takes something back is missing: what was canceled is closed, and says so beside its
key.

Source:
    GLPI, `apirest.md`, "Add, update, delete item(s)".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import orjson

from connectors.core.mapping.html_writing import html_of_text, kept_line, kept_text
from connectors.core.surroundings import Surroundings
from connectors.core.writing import Abilities, Creation, Edit, Identity, send
from connectors.glpi.api import ID, Criterion, GlpiApi, Query, Row
from connectors.glpi.config import GlpiConfig
from connectors.glpi.texts import html_of, text_of
from itsm.errors import FatalSourceError, MappingError, TransientSourceError
from itsm.pushed import Remote
from itsm.pushing import STATE, PushKind
from itsm.register import RegisterState
from itsm.states import ProblemState

_P, _R = ProblemState, RegisterState
ITEMTYPES: Mapping[PushKind, str] = MappingProxyType(
    {
        PushKind.INCIDENT: "Ticket",
        PushKind.PROBLEM: "Problem",
        PushKind.REGISTER_ENTRY: "Project",
    }
)
_COLUMNS: Mapping[PushKind, Mapping[str, str]] = {
    PushKind.INCIDENT: {},
    PushKind.PROBLEM: {
        "title": "name",
        "description": "content",
        "root_cause": "causecontent",
    },
    PushKind.REGISTER_ENTRY: {"title": "name", "description": "content"},
}
_OPTIONS = {1: "title", 21: "description", 62: "root_cause", 12: STATE}
"""The fields by the numbers that the historical tells them by."""
_STATUSES: Mapping[str, int] = {
    _P.NEW: 1,
    _P.ASSESS: 7,
    _P.ROOT_CAUSE_ANALYSIS: 2,
    _P.FIX_IN_PROGRESS: 8,
    _P.RESOLVED: 5,
    _P.CLOSED: 6,
    _P.CANCELED: 6,
}
_PROJECT_STATES: Mapping[str, str] = {
    _R.NEW: "New",
    _R.IN_PROGRESS: "Processing",
    _R.CLOSED: "Closed",
    _R.CANCELED: "Closed",
}
_CLOSED, _CANCELED = "closed", "canceled"
_LONGEST_TITLE, _LONGEST_TEXT = 250, 60_000
_MARK = re.compile(r"\n?\[(csi[^\]\s]*)( canceled)?\]\s*\Z")
_SHOWN = {"get_hateoas": "false", "expand_dropdowns": "false"}


@dataclass(slots=True)
class GlpiWriter:
    """Writes to one GLPI."""

    name: str
    config: GlpiConfig
    around: Surroundings = field(default_factory=Surroundings)
    _api: GlpiApi = field(init=False, repr=False)
    _states: dict[str, int] | None = field(default=None, init=False, repr=False)
    _me: str | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Reads the settings; nothing is sent yet."""
        self._api = GlpiApi(self.name, self.config, self.around)

    @property
    def abilities(self) -> Abilities:
        """Problems and projects; a ticket may have several problems."""
        projects = {**_PROJECT_STATES, **self.config.push.project_states}
        return Abilities(
            fields={kind: frozenset(one) for kind, one in _COLUMNS.items() if one},
            states={
                PushKind.PROBLEM: frozenset(_STATUSES),
                PushKind.REGISTER_ENTRY: frozenset(projects),
            },
            has_one_problem=False,
            settles_s=self.config.push.settle_s,
        )

    def identity(self) -> Identity:
        """The host of the address that the server tells as its own; a copy keeps it."""
        told = self._api.whole("getGlpiConfig").value
        settings = told.get("cfg_glpi", {}) if isinstance(told, dict) else {}
        name = urlsplit(str(settings.get("url_base", ""))).netloc
        if not name:
            raise FatalSourceError(
                self.name, "it does not say its address: set it under Setup > General"
            )
        reached = urlsplit(self.config.url).netloc
        copy = "" if reached == name else f"it says it is {name} and is reached as {reached}"
        return Identity(name=name, copy_of=copy)

    def held(self, kind: PushKind, values: Mapping[str, str]) -> Mapping[str, str]:
        """Names in one line, other texts with plain line ends, both cut."""
        del kind
        return {
            name: kept_line(text_of(one), _LONGEST_TITLE)
            if name == "title"
            else kept_text(text_of(one), _LONGEST_TEXT)
            for name, one in values.items()
        }

    def find(self, kind: PushKind, key: str) -> Sequence[Remote]:
        """Problems whose description holds the key, projects with it as their code."""
        itemtype = ITEMTYPES[kind]
        number = 4 if kind is PushKind.REGISTER_ENTRY else 21
        if kind is PushKind.REGISTER_ENTRY:
            rows = self._coded(key)
        else:
            query = Query(itemtype, (Criterion(number, "contains", key),), (ID,), (ID,))
            rows = [{"id": row[str(ID)]} for row in self._api.search(query, 100).rows]
        found = [self.read(kind, str(row["id"])) for row in rows]
        return [one for one in found if one is not None and self._key(one) == key]

    def read(self, kind: PushKind, record: str) -> Remote | None:
        """An item by its id; none that lies in the trash."""
        row = self._row(kind, record)
        return None if row is None else self._remote(kind, row)

    def numbered(self, kind: PushKind, number: str) -> Remote | None:
        """An item by its id, which is what people call it by."""
        return self.read(kind, number) if number.isdecimal() else None

    def create(self, what: Creation) -> str:
        """Post an item that carries the key."""
        body: dict[str, object] = dict(self._cells(what.kind, what.values))
        text = str(body.get("content", ""))
        body["content"] = text + html_of_text(f"[{what.key}]")
        if what.kind is PushKind.REGISTER_ENTRY:
            body["code"] = what.key
            body["projectstates_id"] = self._project_state(_R.NEW)
        else:
            body["status"] = _STATUSES[_P.NEW]
        return self._added(ITEMTYPES[what.kind], body)

    def write(self, before: Remote, values: Mapping[str, str]) -> None:
        """Put the columns of some fields; the key stays where it is."""
        body: dict[str, object] = dict(self._cells(before.kind, values))
        if "content" in body:
            body["content"] = f"{body['content']}{self._mark(before)}"
        self._put(before, body)

    def move(self, before: Remote, state: str, text: str) -> None:
        """Put the status, then say why, privately; what is canceled says so beside its key."""
        is_problem = before.kind is PushKind.PROBLEM
        column = "status" if is_problem else "projectstates_id"
        value = _STATUSES[state] if is_problem else self._project_state(state)
        body: dict[str, object] = {column: value}
        if state == _CANCELED:
            mark = self._mark(before) or html_of_text("[csi]")
            row = self._row(before.kind, before.key) or {}
            shown = _MARK.sub("", html_of(row.get("content")))
            body["content"] = html_of_text(shown) + mark.replace("]", " canceled]")
        self._put(before, body)
        if text and is_problem:
            self.note(before, text)

    def link(self, incident: Remote, problem: Remote) -> None:
        """Post a link; one that is there already is refused by the server, which is well."""
        body = {"problems_id": int(problem.key), "tickets_id": int(incident.key)}
        answer = send(self._api.client, "POST", "Problem_Ticket", {"input": body}, accept={400})
        if answer.status == 400 and problem.number not in self._problems(incident.key):
            raise FatalSourceError(self.name, f"{incident.number}: it was not linked")

    def unlink(self, incident: Remote, problem: Remote) -> None:
        """Delete the link between them."""
        for rows in self._api.all(f"Ticket/{incident.key}/Problem_Ticket"):
            for row in rows:
                if str(row["problems_id"]) == problem.key:
                    send(self._api.client, "DELETE", f"Problem_Ticket/{row['id']}")

    def note(self, record: Remote, text: str) -> None:
        """Add a private followup, which requesters never see; of a project into its description.

        Raises:
            FatalSourceError: the record takes no followups.
        """
        if record.kind is PushKind.REGISTER_ENTRY:
            raise FatalSourceError(self.name, f"{record.number}: projects have no followups")
        body = {
            "itemtype": ITEMTYPES[record.kind],
            "items_id": int(record.key),
            "content": html_of_text(kept_text(text, _LONGEST_TEXT)),
            "is_private": 1,
        }
        self._added("ITILFollowup", body)

    def has_note(self, record: Remote, mark: str) -> bool:
        """Whether a followup holds the mark."""
        path = f"{ITEMTYPES[record.kind]}/{record.key}/ITILFollowup"
        return any(
            mark in html_of(row.get("content")) for rows in self._api.all(path) for row in rows
        )

    def nobody_between(self, before: Remote, after: Remote) -> bool:
        """Never sure: only the historical tells."""
        del before, after
        return False

    def edits(self, before: Remote) -> Sequence[Edit] | None:
        """What the historical tells since its last row that was read before."""
        last = int(before.version.rpartition("/")[2] or 0)
        path = f"{ITEMTYPES[before.kind]}/{before.key}/Log"
        rows = [row for some in self._api.all(path) for row in some if int(row["id"]) > last]
        found = [self._edit(before.kind, row) for row in sorted(rows, key=lambda row: row["id"])]
        return [one for one in found if one is not None]

    def _edit(self, kind: PushKind, row: Row) -> Edit | None:
        name = _OPTIONS.get(int(row.get("id_search_option") or 0))
        if name is None or (kind is PushKind.REGISTER_ENTRY and name == STATE):
            return None
        old, new = (self._told(name, row.get(side)) for side in ("old_value", "new_value"))
        by = text_of(row.get("user_name"))
        is_ours = by.endswith(f"({self._my_id()})")
        at = self._api.moment(row.get("date_mod"))
        return Edit(field=name, before=old, after=new, by=by, is_ours=is_ours, at=at)

    def _told(self, name: str, value: object) -> str:
        """A value of the historical as `read` shows it, as far as it was not cut."""
        if name == STATE:
            return _state_of(str(value))
        return _MARK.sub("", html_of(value)) if name != "title" else text_of(value).strip()

    def _my_id(self) -> str:
        if self._me is None:
            told = self._api.whole("getFullSession").value
            session = told.get("session", {}) if isinstance(told, dict) else {}
            self._me = str(session.get("glpiID", ""))
        return self._me

    def _row(self, kind: PushKind, record: str) -> Row | None:
        try:
            row: Any = self._api.whole(f"{ITEMTYPES[kind]}/{record}", _SHOWN).value
        except FatalSourceError as error:
            if "answered 404" in error.message:
                return None
            raise
        return row if isinstance(row, dict) and not row.get("is_deleted") else None

    def _remote(self, kind: PushKind, row: Row) -> Remote:
        itemtype, key = ITEMTYPES[kind], str(row["id"])
        content = html_of(row.get("content"))
        fields = {name: _field(name, row.get(column)) for name, column in _COLUMNS[kind].items()}
        mark = _MARK.search(content)
        is_canceled = mark is not None and bool(mark[2])
        state = self._state(kind, row)
        page = {"Ticket": "ticket", "Problem": "problem", "Project": "project"}[itemtype]
        log = self._api.listed(f"{itemtype}/{key}/Log", 1, 0, "id", "DESC").rows
        newest = log[0]["id"] if log else 0
        return Remote(
            kind=kind,
            key=key,
            number=key,
            link=f"{_root(self.config.url)}/front/{page}.form.php?id={key}",
            version=f"{row.get('date_mod') or ''}/{newest}",
            fields=fields,
            state=_CANCELED if is_canceled and state == _CLOSED else state,
            is_closed=state == _CLOSED,
            problems=self._problems(key) if kind is PushKind.INCIDENT else (),
        )

    def _state(self, kind: PushKind, row: Row) -> str:
        if kind is not PushKind.REGISTER_ENTRY:
            return _state_of(str(row.get("status") or ""))
        names = {key: name for name, key in self._project_states().items()}
        name = names.get(int(row.get("projectstates_id") or 0), "")
        known = {**_PROJECT_STATES, **self.config.push.project_states}
        return next((state for state, one in known.items() if one.casefold() == name), name)

    def _problems(self, ticket: str) -> tuple[str, ...]:
        rows = (row for some in self._api.all(f"Ticket/{ticket}/Problem_Ticket") for row in some)
        return tuple(str(row["problems_id"]) for row in rows)

    def _key(self, remote: Remote) -> str:
        """The key that a record carries; "" for none."""
        row = self._row(remote.kind, remote.key) or {}
        if remote.kind is PushKind.REGISTER_ENTRY:
            return text_of(row.get("code"))
        found = _MARK.search(html_of(row.get("content")))
        return found[1] if found is not None else ""

    def _mark(self, before: Remote) -> str:
        """The paragraph with the key, as it is now; "" where somebody took it away."""
        row = self._row(before.kind, before.key) or {}
        found = _MARK.search(html_of(row.get("content")))
        return html_of_text(found[0].strip()) if found is not None else ""

    def _coded(self, key: str) -> Sequence[Row]:
        params = {"searchText[code]": f"^{key}$", "range": "0-49", **_SHOWN}
        rows = self._api.whole("Project", params).value
        return rows if isinstance(rows, list) else []

    def _project_states(self) -> dict[str, int]:
        """The states of projects by their names in small letters."""
        if self._states is None:
            rows = [row for some in self._api.all("ProjectState") for row in some]
            self._states = {text_of(row["name"]).casefold(): int(row["id"]) for row in rows}
        return self._states

    def _project_state(self, state: str) -> int:
        """The id of a state.

        Raises:
            MappingError: the server has none of that name.
        """
        name = {**_PROJECT_STATES, **self.config.push.project_states}[state]
        found = self._project_states().get(name.casefold())
        if found is None:
            raise MappingError(
                self.name, STATE, f"there is no project state {name!r}",
                f"name yours: [sources.{self.name}.push.project_states] {state} = ...",
            )  # fmt: skip
        return found

    def _cells(self, kind: PushKind, values: Mapping[str, str]) -> dict[str, str]:
        columns = _COLUMNS[kind]
        return {
            columns[name]: one if name == "title" else html_of_text(one)
            for name, one in values.items()
        }

    def _added(self, itemtype: str, body: Mapping[str, object]) -> str:
        answer = send(self._api.client, "POST", itemtype, {"input": dict(body)})
        try:
            key = orjson.loads(answer.body)["id"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise TransientSourceError(
                self.name, f"{itemtype}: added, and the answer does not say which"
            ) from None
        if not key:
            raise FatalSourceError(self.name, f"{itemtype}: the server added nothing")
        return str(key)

    def _put(self, record: Remote, body: Mapping[str, object]) -> None:
        path = f"{ITEMTYPES[record.kind]}/{record.key}"
        answer = send(self._api.client, "PUT", path, {"input": dict(body)})
        try:
            done = orjson.loads(answer.body)
            is_done = bool(done[0][record.key])
        except (orjson.JSONDecodeError, KeyError, TypeError, IndexError):
            is_done = False
        if not is_done:
            raise FatalSourceError(self.name, f"{path}: the server did not change it")


def _field(name: str, value: object) -> str:
    """A column as people read it, without the key."""
    if name == "title":
        return text_of(value).strip()
    text = html_of(value)
    return _MARK.sub("", text).strip() if name == "description" else text


def _state_of(status: str) -> str:
    """What a status means; itself where it means nothing."""
    return next((str(state) for state, one in _STATUSES.items() if str(one) == status), status)


def _root(url: str) -> str:
    return url.removesuffix("/apirest.php").removesuffix("/api.php/v1")
