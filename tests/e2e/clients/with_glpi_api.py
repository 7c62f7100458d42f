"""Uses glpi_api 0.7.0 on a server, and tells what it saw."""

import json
import sys

import glpi_api

given = json.load(sys.stdin)


def used(auth: object) -> dict[str, object]:
    """What a session sees and does."""
    told: dict[str, object] = {}
    with glpi_api.connect(f"{given['url']}/apirest.php", given["app_token"], auth) as glpi:
        told["profile"] = glpi.get_my_profiles()[0]["name"]
        told["session"] = glpi.get_full_session()["glpiname"]
        one = glpi.get_item("Ticket", 7)
        told["one"] = [one["id"], one["type"]]
        told["missing"] = glpi.get_item("Ticket", 999_999)
        first = glpi.get_all_items("Ticket", range="0-49", sort="id", order="ASC")
        told["listed"] = [len(first), first[0]["id"]]
        told["field"] = glpi.field_uid("Ticket", 12)
        rows = glpi.search(
            "Ticket",
            criteria=[
                {"field": "type", "searchtype": "equals", "value": 1},
                {"link": "AND", "field": 19, "searchtype": "morethan", "value": given["since"]},
            ],
            forcedisplay=["id", 19],
            range="0-999",
        )
        told["found"] = len(rows)
        told["log"] = len(glpi.get_sub_items("Ticket", 7, "Log", range="0-99"))
        several = glpi.get_multiple_items({"itemtype": "Ticket", "items_id": 7},
                                          {"itemtype": "Ticket", "items_id": 8})  # fmt: skip
        told["several"] = [one["id"] for one in several]
        made = glpi.add("Problem", {"name": "made by glpi_api", "content": "<p>x</p>"})
        key = made[0]["id"]
        changed = glpi.update("Problem", {"id": key, "urgency": 5})
        told["changed"] = [changed[0][str(key)], glpi.get_item("Problem", key)["urgency"]]
        gone = glpi.delete("Problem", {"id": key})
        told["gone"] = [gone[0][str(key)], glpi.get_item("Problem", key)["is_deleted"]]
    return told


answer: dict[str, object] = {"token": used(given["user_token"]),
                             "basic": used((given["user"], given["password"]))}  # fmt: skip
try:
    used("nonsense")
except glpi_api.GLPIError as error:
    answer["refused"] = str(error)[:32]
json.dump(answer, sys.stdout)
