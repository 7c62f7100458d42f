"""Lists of a practice Freshservice: tickets by what changed, and everything else."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsm.states import RecordKind
from simulator.desk.records import Held
from simulator.faults import FaultName
from simulator.freshservice.account import Account
from simulator.freshservice.answers import denied, invalid, missing, paged
from simulator.freshservice.rendering import WORKSPACE, Json, Show
from simulator.freshservice.shown import told
from simulator.freshservice.words import ASSET_TYPES, SERVICE_TYPE
from simulator.web import Answer, Request, json_answer

K = RecordKind
Places = Mapping[str, str]
_WINDOW = timedelta(days=30)
_CLAUSE = re.compile(r"(\w+):\s*(?:'([^']*)'|(\S+))")
_TYPES = {"Incident": K.INCIDENT, "Service Request": K.SERVICE_REQUEST}


@dataclass(slots=True)
class Lists:
    """Handlers that read."""

    account: Account
    show: Show
    page_cap: int

    def tickets(self, request: Request, _: Places) -> Answer:
        """`GET /tickets`: those created in the last 30 days, unless it is said since when."""
        self._check("tickets")
        wanted = request.parameters
        named = wanted.get("filter", "")
        if named not in {"", "new_and_my_open", "watching", "spam", "deleted"}:
            raise invalid("filter", "It should be one of these values: 'new_and_my_open,watching,"
                                    "spam,deleted'")  # fmt: skip
        account = self.account
        if named in {"spam", "deleted"}:
            found: Iterable[Held] = [one for one in account.trash.values()
                                     if (one.id in account.spam) == (named == "spam")]  # fmt: skip
        else:
            found = account.tickets()
        kind = _TYPES.get(wanted.get("type", ""))
        rows = self._since(request, found)
        rows = [one for one in rows if kind is None or one.kind is kind]
        include = frozenset(wanted.get("include", "").split(","))
        return self._page(request, "tickets", rows, lambda one: self.show.ticket(one, include))

    def found(self, request: Request, _: Places) -> Answer:
        """`GET /tickets/filter?query="..."`: dates count by the day, the total is told."""
        query = request.parameters.get("query", "")
        if not (query.startswith('"') and query.endswith('"')):
            raise invalid("query", "Given query is invalid")
        clauses = _CLAUSE.findall(query[1:-1])
        rows = [one for one in self._visible(self.account.tickets())
                if all(_meets(self.show.ticket(one), name, quoted or bare)
                       for name, quoted, bare in clauses)]  # fmt: skip
        page = self._page(request, "tickets", rows, self.show.ticket)
        body = page.body[:-1] + f',"total":{len(rows)}}}'.encode()
        return Answer(page.status, body, page.headers)

    def ticket(self, request: Request, places: Places) -> Answer:
        """`GET /tickets/7`; one in the trash is shown, too."""
        include = frozenset(request.parameters.get("include", "").split(","))
        return json_answer({"ticket": self.show.ticket(self.seen(places["id"]), include)})

    def conversations(self, request: Request, places: Places) -> Answer:
        """`GET /tickets/7/conversations`."""
        said = [self.show.conversation(one) for one in self.seen(places["id"]).remarks]
        return paged(request, "conversations", said, self.page_cap)

    def activities(self, request: Request, places: Places) -> Answer:
        """`GET /tickets/7/activities`."""
        self._check("activities")
        events = sorted(self.seen(places["id"]).events, key=lambda one: (one.at, one.id))
        shown = [said for one in events if (said := self.show.activity(one)) is not None]
        return paged(request, "activities", shown, self.page_cap)

    def rating(self, _request: Request, places: Places) -> Answer:
        """`GET /tickets/7/csat_response`."""
        found = self.show.rating(self.seen(places["id"]))
        if found is None:
            raise missing()
        return json_answer({"csat_response": found})

    def problems(self, request: Request, _: Places) -> Answer:
        """`GET /problems`."""
        rows = self._since(request, self.account.desk.of(K.PROBLEM).values())
        return self._page(request, "problems", rows, self.show.problem)

    def problem(self, _request: Request, places: Places) -> Answer:
        """`GET /problems/3`."""
        return json_answer({"problem": self.show.problem(self.work(K.PROBLEM, places["id"]))})

    def tasks(self, request: Request, places: Places) -> Answer:
        """`GET /problems/3/tasks`."""
        problem = self.work(K.PROBLEM, places["id"])
        rows = [one for one in self.account.desk.of(K.PROBLEM_TASK).values()
                if one.text("problem") == problem.number]  # fmt: skip
        return self._page(request, "tasks", rows, self.show.task)

    def changes(self, request: Request, _: Places) -> Answer:
        """`GET /changes`."""
        rows = self._since(request, self.account.desk.of(K.CHANGE).values())
        return self._page(request, "changes", rows, self.show.change)

    def assets(self, request: Request, _: Places) -> Answer:
        """`GET /assets`: items and services alike."""
        self._check("assets")
        desk = self.account.desk
        rows = [*desk.of(K.CONFIGURATION_ITEM).values(), *desk.of(K.SERVICE).values()]
        return self._page(request, "assets", sorted(rows, key=lambda one: one.id), self._asset)

    def vendors(self, request: Request, _: Places) -> Answer:
        """`GET /vendors`."""
        rows = list(self.account.desk.of(K.VENDOR).values())
        return self._page(request, "vendors", rows, _named)

    def contracts(self, request: Request, _: Places) -> Answer:
        """`GET /contracts`."""
        vendors = {one.number: one.id for one in self.account.desk.of(K.VENDOR).values()}
        rows = list(self.account.desk.of(K.CONTRACT).values())
        return self._page(request, "contracts", rows, lambda one: {
            **_named(one), "name": one.text("title"), "contract_number": one.number,
            "vendor_id": vendors.get(one.text("vendor")), "status": "active",
            "start_date": told(one.time("starts_at")), "end_date": told(one.time("ends_at")),
            "cost": one.values.get("cost_per_year")})  # fmt: skip

    def groups(self, request: Request, _: Places) -> Answer:
        """`GET /groups`."""
        rows = list(self.account.desk.of(K.TEAM).values())
        return self._page(request, "groups", rows, _named)

    def articles(self, request: Request, _: Places) -> Answer:
        """`GET /solutions/articles`."""
        rows = list(self.account.desk.of(K.KNOWLEDGE_ARTICLE).values())
        return self._page(request, "articles", rows, lambda one: {
            "id": one.id, "title": one.text("title"), "status": 2,
            "agent_id": self.account.agent(one.text("owner")), "views": one.values.get("uses") or 0,
            "category": one.text("category") or None, "created_at": told(one.time("opened_at")),
            "updated_at": told(one.updated)})  # fmt: skip

    def agents(self, request: Request, _: Places) -> Answer:
        """`GET /agents`."""
        self._check("agents")
        shown = [self.account.shown_person(name) for name in sorted(self.account.agents)]
        return paged(request, "agents", shown, self.page_cap)

    def requesters(self, request: Request, _: Places) -> Answer:
        """`GET /requesters`."""
        names = sorted(set(self.account.people) - self.account.agents)
        shown = [self.account.shown_person(name) for name in names]
        return paged(request, "requesters", shown, self.page_cap)

    def requester(self, _request: Request, places: Places) -> Answer:
        """`GET /requesters/21000000001`."""
        key = int(places["id"]) if places["id"].isdecimal() else 0
        name = self.account.by_person.get(key, "")
        if not name or name in self.account.agents:
            raise missing()
        return json_answer({"requester": self.account.shown_person(name)})

    def asset_types(self, request: Request, _: Places) -> Answer:
        """`GET /asset_types`."""
        named = {SERVICE_TYPE: "Business Service", **dict(ASSET_TYPES.values())}
        shown = [{"id": key, "name": name, "visible": True} for key, name in named.items()]
        return paged(request, "asset_types", shown, self.page_cap)

    def workspaces(self, request: Request, _: Places) -> Answer:
        """`GET /workspaces`."""
        shown = [{"id": WORKSPACE, "name": "IT", "primary": True, "state": "active"}]
        return paged(request, "workspaces", shown, self.page_cap)

    def seen(self, word: str) -> Held:
        """A ticket that the agent may see."""
        found = self.account.ticket(int(word)) if word.isdecimal() else None
        if found is None or self.account.chances.hidden("tickets")(str(found.id)):
            raise missing()
        return found

    def work(self, kind: RecordKind, word: str) -> Held:
        """A problem or change."""
        found = self.account.desk.of(kind).get(int(word)) if word.isdecimal() else None
        if found is None:
            raise missing()
        return found

    def _check(self, table: str) -> None:
        faults = self.account.chances.faults.of(FaultName.DENIED)
        if any(table in fault.tables for fault in faults):
            raise denied()

    def _visible(self, rows: Iterable[Held]) -> list[Held]:
        is_hidden = self.account.chances.hidden("tickets")
        return [one for one in rows if not is_hidden(str(one.id))]

    def _since(self, request: Request, rows: Iterable[Held]) -> list[Held]:
        """Rows that changed since a moment, or were created in the last 30 days."""
        since = request.parameters.get("updated_since")
        with self.account.desk.lock:
            if since is None:
                oldest = int((self.account.now() - _WINDOW).timestamp())
                found = [one for one in rows if one.created >= oldest]
            else:
                at = _moment(since)
                found = [one for one in rows if one.updated >= at]
            order = request.parameters.get("order_type", "desc")
            if order not in {"asc", "desc"}:
                raise invalid("order_type", "It should be one of these values: 'asc,desc'")
            found.sort(key=lambda one: (one.created, one.id), reverse=order == "desc")
            return self._visible(found)

    def _page(
        self, request: Request, name: str, rows: Sequence[Held], show: Callable[[Held], Json]
    ) -> Answer:
        """A page; only what is on it is written."""
        fault = self.account.chances.faults.first(FaultName.INTERNAL_LINKS)
        with self.account.desk.lock:
            lazy = _Shown(rows, show)
            return paged(request, name, lazy, self.page_cap, fault.text if fault else "")

    def _asset(self, one: Held) -> Json:
        """An item, or a service."""
        is_service = one.kind is K.SERVICE
        team = self.account.number(K.TEAM, one.text("team"))
        kind = SERVICE_TYPE if is_service else ASSET_TYPES[one.text("ci_class")][0]
        retired = "Retired" if one.values.get("is_retired") else "In Use"
        return {**_named(one), "display_id": one.id, "asset_type_id": kind, "group_id": team,
                "impact": "low", "usage_type": "permanent", "asset_tag": None,
                "type_fields": {"asset_state": retired,
                                "service": one.text("service") or None}}  # fmt: skip


class _Shown(Sequence[Json]):
    """Rows that are written when they are looked at."""

    def __init__(self, rows: Sequence[Held], show: Callable[[Held], Json]) -> None:
        self._rows, self._show = rows, show

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int | slice) -> "Json | list[Json]":  # type: ignore[override]  # slices are lists
        if isinstance(place, slice):
            return [self._show(one) for one in self._rows[place]]
        return self._show(self._rows[place])


def _named(one: Held) -> Json:
    return {"id": one.id, "name": one.text("name") or one.number, "description": "",
            "created_at": told(one.created), "updated_at": told(one.updated)}  # fmt: skip


def _moment(text: str) -> int:
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError:
        raise invalid("updated_since", "It should be in the 'combined date and time ISO8601' "
                                       "format", "invalid_date") from None  # fmt: skip


def _meets(shown: Json, name: str, value: str) -> bool:
    """Whether a ticket meets a clause; `:>` and `:<` are at least and at most."""
    sign = value[:1] if value[:1] in {">", "<"} else ""
    wanted = value.removeprefix(sign).strip("'")
    there = shown.get(name, shown["custom_fields"].get(name))
    if name == "tag":
        return wanted in shown["tags"]
    text = "" if there is None else str(there)
    if name.endswith("_at") or name.endswith("due_by"):
        text = text[:10]
    if sign == ">":
        return text >= wanted
    return text <= wanted if sign else text == wanted
