"""A round through the Table API with pysnc; run by its own interpreter, tells what it saw."""

import json
import sys
from typing import Any

from pysnc import ServiceNowClient, ServiceNowPasswordGrantFlow


def _round(client: Any) -> dict[str, Any]:
    incidents = client.GlideRecord("incident", batch_size=100)
    incidents.add_query("active", "false")
    incidents.order_by("sys_id")
    incidents.fields = ["sys_id", "number", "state", "assignment_group"]
    incidents.query()
    total = incidents.get_row_count()
    seen = [row.get_value("sys_id") for row in incidents]
    one = client.GlideRecord("incident")
    assert one.get("number", "INC0000007")
    many = client.GlideRecord("incident", batch_size=500)
    many.add_query("sys_id", "IN", ",".join(seen))
    many.query()
    problem = client.GlideRecord("problem")
    problem.initialize()
    problem.short_description = "made by pysnc"
    problem.impact = "1"
    key = problem.insert()
    again = client.GlideRecord("problem")
    assert again.get(key)
    again.workaround = "restart"
    again.update()
    changed = client.GlideRecord("problem")
    assert changed.get(key)
    gone = changed.delete()
    after = client.GlideRecord("problem")
    return {
        "total": total,
        "seen": len(set(seen)),
        "batched": many.get_row_count(),
        "one": [one.get_value("number"), one.get_display_value("state"), one.get_value("state")],
        "made": problem.get_value("short_description"),
        "changed": [changed.get_value("workaround"), changed.get_value("sys_mod_count")],
        "gone": bool(gone),
        "after": bool(after.get(key)),
    }


def _refused(url: str, user: str, verify: str) -> str:
    client = ServiceNowClient(url, (user, "wrong"), verify=verify)
    try:
        client.GlideRecord("incident").query()
    except Exception as error:
        return type(error).__name__
    return "let in"


def main() -> None:
    """Address, certificate, user, password, client and secret come as JSON on standard input."""
    given = json.load(sys.stdin)
    url, verify = given["url"], given["certificate"]
    user, password = given["user"], given["password"]
    basic = ServiceNowClient(url, (user, password), verify=verify)
    flow = ServiceNowPasswordGrantFlow(user, password, given["client_id"], given["client_secret"])
    oauth = ServiceNowClient(url, flow, verify=verify)
    told = {
        "basic": _round(basic),
        "oauth": _round(oauth),
        "refused": _refused(url, user, verify),
    }
    json.dump(told, sys.stdout)


main()
