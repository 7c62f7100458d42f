"""Writes problems, links, private followups and register entries to a GLPI.

A GLPI has no lock and no field for keys: a problem carries its key in the last paragraph of its
description, a project in its code. The historical tells afterwards what people changed meanwhile. A
status that takes something back is missing: what was canceled is closed, and says so beside its
key.

Source:
    GLPI, `apirest.md`, "Add, update, delete item(s)".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import orjson

from connectors.core.mapping.html_writing import html_of_text, kept_text
from connectors.core.surroundings import Surroundings
from connectors.core.writing import Abilities, Creation, Edit, Identity, send
from connectors.glpi.api import ID, Criterion, GlpiApi, Query, Row
from connectors.glpi.config import GlpiConfig
from connectors.glpi.project_states import ProjectStates
from connectors.glpi.texts import html_of, text_of
from connectors.glpi.write_words import (
    CANCELED,
    CLOSED,
    COLUMNS,
    ITEMTYPES,
    LONGEST_TEXT,
    MARK,
    OPTIONS,
    SHOWN,
    STATUSES,
    cells_of,
    field_of,
    held,
    root_of,
    state_of,
    told_of,
)
from itsm.errors import FatalSourceError, TransientSourceError
from itsm.pushed import Remote
from itsm.pushing import STATE, PushKind
from itsm.register import RegisterState
from itsm.states import ProblemState


@dataclass(slots=True)
class GlpiWriter:
    """Writes to one GLPI."""

    name: str
    config: GlpiConfig
    around: Surroundings = field(default_factory=Surroundings)
    _api: GlpiApi = field(init=False, repr=False)
    _projects: ProjectStates = field(init=False, repr=False)
    _me: str | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Reads the settings; nothing is sent yet."""
        self._api = GlpiApi(self.name, self.config, self.around)
        self._projects = ProjectStates(self._api)

    @property
    def abilities(self) -> Abilities:
        """Problems and projects; a ticket may have several problems."""
        return Abilities(
            fields={kind: frozenset(one) for kind, one in COLUMNS.items() if one},
            states={
                PushKind.PROBLEM: frozenset(STATUSES),
                PushKind.REGISTER_ENTRY: frozenset(self._projects.names),
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
        return held(values)

    def find(self, kind: PushKind, key: str) -> Sequence[Remote]:
        """Problems whose description holds the key, projects with it as their code."""
        if kind is PushKind.REGISTER_ENTRY:
            rows = self._coded(key)
        else:
            query = Query(ITEMTYPES[kind], (Criterion(21, "contains", key),), (ID,), (ID,))
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
        body: dict[str, object] = dict(cells_of(what.kind, what.values))
        text = str(body.get("content", ""))
        body["content"] = text + html_of_text(f"[{what.key}]")
        if what.kind is PushKind.REGISTER_ENTRY:
            body["code"] = what.key
            body["projectstates_id"] = self._projects.id_of(RegisterState.NEW)
        else:
            body["status"] = STATUSES[ProblemState.NEW]
        return self._added(ITEMTYPES[what.kind], body)

    def write(self, before: Remote, values: Mapping[str, str]) -> None:
        """Put the columns of some fields; the key stays where it is."""
        body: dict[str, object] = dict(cells_of(before.kind, values))
        if "content" in body:
            body["content"] = f"{body['content']}{self._mark(before)}"
        self._put(before, body)

    def move(self, before: Remote, state: str, text: str) -> None:
        """Put the status, then say why, privately; what is canceled says so beside its key."""
        is_problem = before.kind is PushKind.PROBLEM
        column = "status" if is_problem else "projectstates_id"
        value = STATUSES[state] if is_problem else self._projects.id_of(state)
        body: dict[str, object] = {column: value}
        if state == CANCELED:
            mark = self._mark(before) or html_of_text("[csi]")
            row = self._row(before.kind, before.key) or {}
            shown = MARK.sub("", html_of(row.get("content")))
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
            "content": html_of_text(kept_text(text, LONGEST_TEXT)),
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
        name = OPTIONS.get(int(row.get("id_search_option") or 0))
        if name is None:
            return None
        is_of_project = kind is PushKind.REGISTER_ENTRY and name == STATE
        told = self._projects.told if is_of_project else partial(told_of, name)
        old, new = (told(row.get(side)) for side in ("old_value", "new_value"))
        by = text_of(row.get("user_name"))
        is_ours = by.endswith(f"({self._my_id()})")
        at = self._api.moment(row.get("date_mod"))
        return Edit(field=name, before=old, after=new, by=by, is_ours=is_ours, at=at)

    def _my_id(self) -> str:
        if self._me is None:
            told = self._api.whole("getFullSession").value
            session = told.get("session", {}) if isinstance(told, dict) else {}
            self._me = str(session.get("glpiID", ""))
        return self._me

    def _row(self, kind: PushKind, record: str) -> Row | None:
        try:
            row: Any = self._api.whole(f"{ITEMTYPES[kind]}/{record}", SHOWN).value
        except FatalSourceError as error:
            if "answered 404" in error.message:
                return None
            raise
        return row if isinstance(row, dict) and not row.get("is_deleted") else None

    def _remote(self, kind: PushKind, row: Row) -> Remote:
        itemtype, key = ITEMTYPES[kind], str(row["id"])
        content = html_of(row.get("content"))
        fields = {name: field_of(name, row.get(column)) for name, column in COLUMNS[kind].items()}
        mark = MARK.search(content)
        is_canceled = mark is not None and bool(mark[2])
        state = self._state(kind, row)
        page = {"Ticket": "ticket", "Problem": "problem", "Project": "project"}[itemtype]
        log = self._api.listed(f"{itemtype}/{key}/Log", 1, 0, "id", "DESC").rows
        newest = log[0]["id"] if log else 0
        return Remote(
            kind=kind,
            key=key,
            number=key,
            link=f"{root_of(self.config.url)}/front/{page}.form.php?id={key}",
            version=f"{row.get('date_mod') or ''}/{newest}",
            fields=fields,
            state=CANCELED if is_canceled and state == CLOSED else state,
            is_closed=state == CLOSED,
            problems=self._problems(key) if kind is PushKind.INCIDENT else (),
        )

    def _state(self, kind: PushKind, row: Row) -> str:
        if kind is not PushKind.REGISTER_ENTRY:
            return state_of(str(row.get("status") or ""))
        return self._projects.state_of(int(row.get("projectstates_id") or 0))

    def _problems(self, ticket: str) -> tuple[str, ...]:
        rows = (row for some in self._api.all(f"Ticket/{ticket}/Problem_Ticket") for row in some)
        return tuple(str(row["problems_id"]) for row in rows)

    def _key(self, remote: Remote) -> str:
        """The key that a record carries; "" for none."""
        row = self._row(remote.kind, remote.key) or {}
        if remote.kind is PushKind.REGISTER_ENTRY:
            return text_of(row.get("code"))
        found = MARK.search(html_of(row.get("content")))
        return found[1] if found is not None else ""

    def _mark(self, before: Remote) -> str:
        """The paragraph with the key, as it is now; "" where somebody took it away."""
        row = self._row(before.kind, before.key) or {}
        found = MARK.search(html_of(row.get("content")))
        return html_of_text(found[0].strip()) if found is not None else ""

    def _coded(self, key: str) -> Sequence[Row]:
        params = {"searchText[code]": f"^{key}$", "range": "0-49", **SHOWN}
        rows = self._api.whole("Project", params).value
        return rows if isinstance(rows, list) else []

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
