"""One request as it was asked for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import orjson
import requests

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it was asked for.

    Attributes:
        url: absolute, on the source's origin.
        params: put on the URL; never told.
        json: posted as JSON, if there is anything.
        form: posted as form fields, if there is anything.
        repeatable: whether asking twice does no harm, as with anything that only reads.
        wants_json: whether a page for people is trouble that may pass.
        accept: statuses besides success that the caller looks at itself.
        hidden: texts that must not be told, besides the secrets of the auth.
        headers: besides the usual ones; never told.
    """

    method: str
    url: str
    params: Params = field(default_factory=dict, repr=False)
    json: object = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    repeatable: bool = True
    wants_json: bool = False
    accept: frozenset[int] = frozenset()
    hidden: Collection[str] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def told(self) -> str:
        """Method and path, without the query."""
        return f"{self.method} {urlsplit(self.url).path}"

    def request(self) -> requests.Request:
        """What `requests` makes of it, without credentials."""
        headers = {"Accept": "application/json", **self.headers}
        data: bytes | dict[str, str] | None = None
        if self.form is not None:
            data = dict(self.form)
        elif self.json is not None:
            headers["Content-Type"] = "application/json"
            data = orjson.dumps(self.json)
        return requests.Request(
            self.method, self.url, headers=headers, params=dict(self.params), data=data
        )
