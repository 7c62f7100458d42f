"""Links between incidents and problems: two entries each, one in the form of each application."""

from dataclasses import dataclass

from connectors.bmc_helix.api import ArApi, Asked, address, both, quoted
from connectors.bmc_helix.tables import form_fields
from connectors.bmc_helix.write_words import INCIDENTS, PROBLEMS
from connectors.core.field_form import text_of
from connectors.core.writing import send
from itsm.pushed import Remote

_LINKS, _MIRROR = "HPD:Associations", "PBM:Investigation Associations"
_PROBLEM, _INCIDENT = "Problem Investigation", "Incident"


@dataclass(frozen=True, slots=True)
class WriteLinks:
    """Reads, makes and deletes links on one server."""

    api: ArApi

    def of(self, incident: str) -> tuple[str, ...]:
        """The numbers of the problems that an incident is linked to."""
        where = both(
            f"'Request ID02' = {quoted(incident)}", f"'Request Type01' = {quoted(_PROBLEM)}"
        )
        key = form_fields(self.api.config, _LINKS).key
        rows = self.api.some(Asked(_LINKS, (key, "Request ID01"), where, (key,)))
        return tuple(text_of(one.get("Request ID01")) for one in rows)

    def link(self, incident: Remote, problem: Remote) -> None:
        """Post the entry of each side, if it is not there."""
        title = problem.fields.get("title", "")
        sides = (
            (_LINKS, problem.number, _PROBLEM, PROBLEMS, incident.number, INCIDENTS, "MAINPROBLEM"),
            (_MIRROR, incident.number, _INCIDENT, INCIDENTS, problem.number, PROBLEMS,
             "MAINHELPDESK"),
        )  # fmt: skip
        for form, related, type_, related_form, owner, owner_form, keyword in sides:
            if self._entries(form, related, owner):
                continue
            values = {
                "Request ID01": related,
                "Request Type01": type_,
                "Request Description01": title if type_ == _PROBLEM else "",
                "Request ID02": owner,
                "Form Name01": related_form,
                "Form Name02": owner_form,
                "Association Type01": "Caused By" if type_ == _PROBLEM else "Caused",
                "Lookup Keyword": keyword,
            }
            send(self.api.client, "POST", address(form), {"values": values})

    def unlink(self, incident: Remote, problem: Remote) -> None:
        """Delete the entries of both sides."""
        for form, related, owner in (
            (_LINKS, problem.number, incident.number),
            (_MIRROR, incident.number, problem.number),
        ):
            for key in self._entries(form, related, owner):
                send(self.api.client, "DELETE", address(form, key))

    def _entries(self, form: str, related: str, owner: str) -> list[str]:
        key = form_fields(self.api.config, form).key
        where = both(f"'Request ID01' = {quoted(related)}", f"'Request ID02' = {quoted(owner)}")
        return [str(one[key]) for one in self.api.some(Asked(form, (key,), where, (key,)))]
