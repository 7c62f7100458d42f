"""Where a record can be opened in the tool it comes from."""

from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import quote

from flows.settings import Settings
from itsm.errors import ConfigError
from itsm.states import RecordKind

RecordLink = Callable[[str], str | None]
"""The address of an incident by its number; None where it has none."""
KindLink = Callable[[RecordKind, str], str | None]
"""The address of a record of any kind by its number; None where it has none."""


def record_links(settings: Settings) -> dict[str, RecordLink]:
    """The addresses of incidents, by source: as configured, or as the system is known to have them.

    Raises:
        ConfigError: an address is given for a source that is not configured.
    """
    strangers = sorted(settings.review.links.keys() - settings.sources.keys())
    if strangers:
        raise ConfigError(f"review.links: there is no source {strangers[0]!r}")
    links: dict[str, RecordLink] = {}
    for name, source in settings.sources.items():
        template, url = settings.review.links.get(name), getattr(source, "url", None)
        known = KNOWN.get(source.kind)
        if template is not None:
            links[name] = partial(filled, template)
        elif known is not None and url is not None:
            links[name] = partial(known, str(url))
    return links


def kind_links(settings: Settings) -> dict[str, KindLink]:
    """The addresses of other records, by source, where the system is known to have them."""
    links: dict[str, KindLink] = {}
    for name, source in settings.sources.items():
        known, url = KINDS_KNOWN.get(source.kind), getattr(source, "url", None)
        if known is not None and url is not None:
            links[name] = partial(known, str(url))
    return links


def filled(template: str, number: str) -> str:
    """An address with a number in it, encoded as one piece of a path or a query."""
    return template.replace("{number}", quote(number, safe=""))


def servicenow_incident(url: str, number: str) -> str | None:
    """An incident in a ServiceNow instance, with the frame around it.

    The query is an address inside an address, so it is encoded twice. A caret would end the
    condition on the number, so such a number has no address.

    Source:
        ServiceNow documentation, "Navigating by URL"; docs/review-app.md.
    """
    if "^" in number:
        return None
    return _framed(url, "incident", number)


def servicenow_record(url: str, kind: RecordKind, number: str) -> str | None:
    """A record of another kind in a ServiceNow instance; None for tables of a company's own."""
    table = _SERVICENOW_TABLES.get(kind)
    if table is None or "^" in number:
        return None
    return _framed(url, table, number)


def _framed(url: str, table: str, number: str) -> str:
    inner = f"{table}.do?sysparm_query={quote(f'number={number}', safe='=')}"
    return f"{url.rstrip('/')}/nav_to.do?uri={quote(inner, safe='')}"


_SERVICENOW_TABLES = {
    RecordKind.PROBLEM: "problem",
    RecordKind.CHANGE: "change_request",
    RecordKind.KNOWLEDGE_ARTICLE: "kb_knowledge",
}


def jira_record(url: str, _kind: RecordKind, number: str) -> str | None:
    """A record of a Jira site: every kind is an issue there."""
    return jira_issue(url, number)


def jira_issue(url: str, number: str) -> str | None:
    """An issue of a Jira site by its key."""
    return f"{url.rstrip('/')}/browse/{quote(number, safe='')}"


def rt_ticket(url: str, number: str) -> str | None:
    """A ticket of a Request Tracker by its number."""
    return f"{url.rstrip('/')}/Ticket/Display.html?id={quote(number, safe='')}"


def glpi_ticket(url: str, number: str) -> str | None:
    """A ticket of a GLPI by its number; the address may be that of the API."""
    base = url.rstrip("/").removesuffix("/apirest.php").removesuffix("/api.php/v1")
    return f"{base}/front/ticket.form.php?id={quote(number, safe='')}"


def freshservice_ticket(url: str, number: str) -> str | None:
    """A ticket of a Freshservice by its number, such as INC-7: the address has the id alone."""
    return f"{url.rstrip('/')}/a/tickets/{quote(number.rpartition('-')[2], safe='')}"


KNOWN: Mapping[str, Callable[[str, str], str | None]] = {
    "jira": jira_issue,
    "freshservice": freshservice_ticket,
    "glpi": glpi_ticket,
    "rt": rt_ticket,
    "servicenow": servicenow_incident,
}
"""How the systems that are read over their API show an incident, by kind of source."""

KINDS_KNOWN: Mapping[str, Callable[[str, RecordKind, str], str | None]] = {
    "jira": jira_record,
    "servicenow": servicenow_record,
}
"""How systems show records of other kinds, by kind of source."""
