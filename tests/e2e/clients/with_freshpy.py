"""Uses freshpy 2.0.0 on an account, and tells what it saw."""

import json
import sys

from freshpy import FreshPy

given = json.load(sys.stdin)


def used(key: str) -> dict[str, object]:
    """What a key sees."""
    account = FreshPy(given["url"], key)
    one = account.tickets.get_ticket(7, include=["stats", "problem"])
    page = account.tickets.get_tickets(
        include="stats", updated_since="2000-01-01T00:00:00Z", ascending=True, per_page=100, page=2
    )
    recent = account.tickets.get_tickets(per_page=100)
    found = account.tickets.get_tickets(filters={"priority": 4, "status": 5})
    gone = account.tickets.get_tickets(
        predefined_filter="deleted", updated_since="2000-01-01T00:00:00Z"
    )
    agents = account.get("agents?per_page=100")
    return {
        "one": [one["ticket"]["id"], one["ticket"]["type"], sorted(one["ticket"]["stats"])[:2]],
        "page": [ticket["id"] for ticket in page["tickets"]][:3],
        "n_page": len(page["tickets"]),
        "recent": len(recent["tickets"]),
        "found": found["total"],
        "gone": [ticket["id"] for ticket in gone["tickets"]],
        "agents": len(agents["agents"]),
        "missing": account.tickets.get_ticket(999_999)["status_code"],
    }


answer: dict[str, object] = {"good": used(given["api_key"])}
answer["refused"] = FreshPy(given["url"], "nonsense").tickets.get_ticket(7)
json.dump(answer, sys.stdout)
