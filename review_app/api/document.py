"""The API as a document: OpenAPI for programs, a page of our own for people, both offline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from review_app.identity.actors import rule_of

BASE = "/api/v1"
VERSION = "1"
ABOUT = (
    "What the review pages do, as JSON. Send a token as `Authorization: Bearer csi_...`; make one "
    "on the page of your account, or with `csi users token`. Errors are problem details (RFC "
    "9457). Lists take `limit` and `offset`. Changes take the `ETag` of what you looked at as "
    "`If-Match`."
)
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, and what to do."},
    },
}
REFUSALS = {
    "400": "The request cannot be read.",
    "401": "No token, or one that opens nothing any more.",
    "403": "The token has not the role.",
    "404": "There is nothing of this name.",
    "405": "The address does not take this method.",
    "409": "Somebody has changed it meanwhile.",
    "413": "The request is too large.",
    "422": "A value cannot be used; the detail names it.",
    "428": "The change does not say what it looked at (If-Match).",
    "503": "The database does not answer.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation in the page for people."""

    method: str
    path: str
    summary: str
    description: str
    roles: str
    parameters: tuple[tuple[str, str], ...]


def openapi(routes: Sequence[APIRoute]) -> dict[str, Any]:
    """The OpenAPI document of those routes that belong to the API."""
    own = [one for one in routes if one.path.startswith(f"{BASE}/") and one.include_in_schema]
    said = get_openapi(
        title="CSI review", version=VERSION, description=ABOUT, routes=own, openapi_version="3.1.0"
    )
    parts = said.setdefault("components", {})
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    parts.setdefault("schemas", {})["Problem"] = PROBLEM
    rules = {(route.path, m.lower()): rule_of(route) for route in own for m in route.methods or ()}
    for path, methods in said.get("paths", {}).items():
        for method, operation in methods.items():
            _complete(operation, rules.get((path, method)) or frozenset())
    return said


def operations(said: Mapping[str, Any]) -> tuple[Operation, ...]:
    """The operations of a document, as the page for people shows them."""
    return tuple(
        Operation(
            method=method.upper(),
            path=path,
            summary=str(operation.get("summary", "")),
            description=str(operation.get("description", "")),
            roles=", ".join(operation["x-roles"]).replace("_", " "),
            parameters=tuple(
                (str(one["name"]), str(one.get("description", one["in"])))
                for one in operation.get("parameters", ())
            ),
        )
        for path, methods in said.get("paths", {}).items()
        for method, operation in methods.items()
    )


def _complete(operation: dict[str, Any], roles: frozenset[Any]) -> None:
    """Say who may use an operation, and how it refuses."""
    operation["security"] = [{"token": []}]
    operation["x-roles"] = sorted(str(role) for role in roles)
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, text in REFUSALS.items():
        operation["responses"][status] = {"description": text, "content": content}
