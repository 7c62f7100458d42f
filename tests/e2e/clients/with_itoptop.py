"""A round through an iTop with the client `itoptop`; run by its own interpreter."""

import json
import sys
from typing import Any

from itoptop import Itop
from itoptop.exceptions import ItopError


def main() -> dict[str, Any]:
    """Finds, creates, changes, moves on and deletes."""
    given = json.load(sys.stdin)
    url = f"{given['url']}/webservices/rest.php"
    client = Itop(url, "1.3", given["user"], given["password"])
    incidents = client.schema("Incident")
    found = incidents.find({})
    one = incidents.find({"ref": given["ref"]})
    some = incidents.find({}, limit="10", page="2")
    problems = client.schema("Problem")
    made = problems.insert(
        {"title": "Recurring VPN drops", "description": "fourteen incidents", "org_id": 1}
    )
    key = made["id"] if isinstance(made, dict) else made[0]["id"]
    problems.update({"id": key}, {"title": "VPN drops again"})
    changed = problems.find({"id": key})
    removed = problems.remove({"id": key})
    try:
        client.schema("Nonsense").find({})
        unknown = "found"
    except ItopError:
        unknown = "refused"
    try:
        Itop(url, "1.3", given["user"], "wrong").schema("Incident").find({})
        refused = "let in"
    except ItopError:
        refused = "refused"
    first = one[0] if isinstance(one, list) else one
    last = changed[0] if isinstance(changed, list) else changed
    return {
        "rows": len(found),
        "title": first["title"],
        "status": first["status"],
        "some": len(some),
        "changed": last["title"],
        "removed": bool(removed is not None),
        "left": problems.find({"id": key}),
        "unknown": unknown,
        "refused": refused,
    }


sys.stdout.write(json.dumps(main()))
