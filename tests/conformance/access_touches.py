"""What a request asks of a practice system, in the words of the access sheet of its connector."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from simulator.web import Request

_VERBS = {"GET": "read", "POST": "create", "PUT": "change", "PATCH": "change", "DELETE": "delete"}
_REFERENCES = {
    "sla": "contract_sla",
    "task": "task",
    "request": "sc_request",
    "user": "",
    "sys_created_by": "",
    "metric": "asmt_metric",
    "definition": "metric_definition",
}
"""The tables that columns of ServiceNow lead to; "" where the column holds a mere word."""
_NUMBER = re.compile(r"/(?:\d+|[A-Z]+-\d+)(?=/|$)")


@dataclass(frozen=True)
class Touch:
    """One place that was read or written; `fields` are those that were named, if any were."""

    place: str
    verb: str
    fields: frozenset[str] = frozenset()


Touches = Callable[[Request], Iterable[Touch]]


def _json(request: Request) -> Any:  # whatever the system's body holds
    return orjson.loads(request.body) if request.body else {}


def _servicenow(request: Request) -> Iterator[Touch]:
    _, _, rest = request.path.partition("/api/now/table/")
    table = rest.partition("/")[0]
    verb = _VERBS[request.method]
    named = request.parameters.get("sysparm_fields", "") if verb == "read" else ""
    body = _json(request) if verb != "read" else {}
    fields = [*filter(None, named.split(",")), *body]
    walked = {one.partition(".")[0] for one in fields if "." in one}
    for reference in sorted(walked):
        told = {one.partition(".")[2] for one in fields if one.startswith(f"{reference}.")}
        if _REFERENCES[reference]:
            yield Touch(_REFERENCES[reference], "read", frozenset(told))
    yield Touch(table, verb, frozenset(one.partition(".")[0] for one in fields))


def _bmc_helix(request: Request) -> Iterator[Touch]:
    _, _, rest = unquote(request.path).partition("/api/arsys/v1/entry/")
    if not rest:
        return
    form, verb = rest.partition("/")[0], _VERBS[request.method]
    named = request.parameters.get("fields", "") if verb == "read" else ""
    body = _json(request).get("values", {}) if verb != "read" else {}
    inner = named.removeprefix("values(").removesuffix(")")
    met = re.findall(r"'([A-Za-z][^']*)'", request.parameters.get("q", ""))
    yield Touch(form, verb, frozenset([*filter(None, inner.split(",")), *met, *body]))


def _itop(request: Request) -> Iterator[Touch]:
    asked = orjson.loads(request.form.get("json_data", "{}"))
    verbs = {"core/get": "read", "core/create": "create", "core/update": "change",
             "core/apply_stimulus": "change"}  # fmt: skip
    if asked.get("operation") in verbs:
        named = asked.get("output_fields", "") if asked["operation"] == "core/get" else ""
        fields = [one.strip() for one in named.split(",") if one.strip()]
        body = asked.get("fields", {})
        yield Touch(asked["class"], verbs[asked["operation"]], frozenset([*fields, *body]))


def _glpi(request: Request) -> Iterator[Touch]:
    path = urlsplit(request.target).path.partition("/apirest.php/")[2]
    parts = [one for one in path.split("/") if one and not one.isdecimal()]
    if not parts or (parts[0][0].islower() and parts[0] not in {"search", "listSearchOptions"}):
        return
    yield Touch(parts[-1], _VERBS[request.method])


def _paths(root: str) -> Touches:
    def touched(request: Request) -> Iterator[Touch]:
        path = unquote(urlsplit(request.target).path)
        if root not in path:
            return
        told = _NUMBER.sub("/{id}", path.partition(root)[2] and f"/{path.partition(root)[2]}")
        yield Touch(told.lstrip("/"), "read" if _is_question(request) else _VERBS[request.method])

    return touched


def _is_question(request: Request) -> bool:
    """Whether a POST only asks."""
    path = urlsplit(request.target).path
    ends = ("/search", "/bulkfetch", "approximate-count", "/attachments", "/aql", "/transactions")
    return request.method == "GET" or path.endswith(ends)


def _jira(request: Request) -> Iterator[Touch]:
    path = unquote(urlsplit(request.target).path)
    told = re.sub(r"^/rest/api/(?:2|3|latest)/", "", path)
    told = re.sub(r"^.*/rest/servicedeskapi/", "servicedeskapi/", told)
    told = re.sub(r"^.*/(?:jsm/)?assets/workspace/[^/]+/v1/", "assets/", told)
    told = re.sub(r"^.*/rest/assets/1\.0/", "assets/", told)
    told = _NUMBER.sub("/{id}", told)
    if not told.endswith("oauth/token"):
        yield Touch(told, "read" if _is_question(request) else _VERBS[request.method])


_RT = _paths("/REST/2.0/")


def _rt(request: Request) -> Iterator[Touch]:
    for one in _RT(request):
        parts = one.place.split("/")
        if parts[0] in {"user", "queue", "customfield", "catalog"} and len(parts) > 1:
            parts[1] = "{id}"
        yield Touch("/".join(parts), one.verb)


class Cherwell:
    """Names objects by the ids that the summaries have told."""

    def __init__(self, names: Mapping[str, str], fields: Mapping[str, str]) -> None:
        self._names = names
        self._fields = fields

    def __call__(self, request: Request) -> Iterator[Touch]:
        """Reads and saves of business objects, and links between two of them."""
        path = unquote(request.path).partition("/api/V1/")[2]
        head, _, rest = path.partition("/")
        if head == "linkrelatedbusinessobject" or head == "unlinkrelatedbusinessobject":
            sides = dict(zip(*[iter(rest.split("/"))] * 2, strict=True))
            yield Touch(self._names[sides["parentbusobid"]], "change")
            yield Touch(self._names[sides["busobid"]], "change")
        elif head == "getsearchresults":
            body = _json(request)
            met = [one["fieldId"] for one in (*body.get("filters", ()), *body.get("sorting", ()))]
            ids = [one.rpartition("FI:")[2] for one in (*body["fields"], *met)]
            named = frozenset(self._fields.get(one, one) for one in ids)
            yield Touch(self._names[body["busObId"]], "read", named)
        elif head == "getbusinessobjectbatch":
            for one in _json(request)["readRequests"]:
                yield Touch(self._names[one["busObId"]], "read")
        elif head == "savebusinessobject":
            body = _json(request)
            named = frozenset(one["name"] for one in body["fields"] if one.get("dirty"))
            verb = "change" if body.get("busObRecId") else "create"
            yield Touch(self._names[body["busObId"]], verb, named)
        elif head == "saverelatedbusinessobject":
            body = _json(request)
            named = frozenset(one["name"] for one in body["fields"] if one.get("dirty"))
            yield Touch(self._names[body["busObId"]], "create", named)


KNOWN: Mapping[str, Touches] = {
    "bmc_helix": _bmc_helix,
    "freshservice": _paths("/api/v2/"),
    "glpi": _glpi,
    "itop": _itop,
    "jira": _jira,
    "rt": _rt,
    "servicenow": _servicenow,
}
"""By system; Cherwell's needs the names of its objects."""


def parameters(request: Request) -> Mapping[str, str]:
    """The parameters of the address."""
    return dict(parse_qsl(urlsplit(request.target).query, keep_blank_values=True))
