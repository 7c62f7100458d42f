"""A round through a Request Tracker with the client `rt`; run by its own interpreter."""

import json
import sys
from typing import Any

from rt.exceptions import AuthorizationError, NotFoundError
from rt.rest2 import Rt


def main() -> dict[str, Any]:
    """Searches, reads, writes and deletes."""
    given = json.load(sys.stdin)
    url = f"{given['url']}/REST/2.0/"
    client = Rt(url, http_auth=(given["user"], given["password"]))
    found = list(client.search(queue="Incidents", order="LastUpdated", query_format=["Subject"]))
    first = client.get_ticket(given["ticket"])
    history = client.get_ticket_history(given["ticket"])
    attachments = list(client.get_attachments(given["ticket"]))
    made = client.create_ticket(
        queue="Problems", subject="Recurring VPN drops", content="fourteen incidents"
    )
    client.edit_ticket(made, Status="open", Subject="VPN drops again")
    client.comment(made, content="looked at it")
    changed = client.get_ticket(made)
    client.edit_link(made, "RefersTo", given["ticket"])
    linked = client.get_links(made)
    client.delete_ticket(made)
    try:
        client.get_ticket("9999999")
        missing = "found"
    except NotFoundError:
        missing = "missing"
    try:
        list(Rt(url, http_auth=(given["user"], "wrong")).search(queue="Incidents"))
        refused = "let in"
    except AuthorizationError:
        refused = "refused"
    return {
        "seen": len({one["id"] for one in found}),
        "rows": len(found),
        "subject": first["Subject"],
        "status": first["Status"],
        "history": len(history),
        "attachments": len(attachments),
        "changed": [changed["Subject"], changed["Status"]],
        "linked": [link["ref"] for link in linked],
        "gone": client.get_ticket(made)["Status"],
        "missing": missing,
        "refused": refused,
        "queues": len(client.get_all_queues()),
        "token": len(list(Rt(url, token=given["token"]).search(queue="Problems"))),
    }


sys.stdout.write(json.dumps(main()))
