"""A round through the Table API with pysnow; run by its own interpreter, tells what it saw."""

import json
import os
import sys
from typing import Any

import pysnow


def _round(client: Any) -> dict[str, Any]:
    incidents = client.resource(api_path="/table/incident")
    incidents.parameters.exclude_reference_link = True
    query = pysnow.QueryBuilder().field("active").equals("false").AND()
    query = query.field("sys_id").order_ascending()
    pages = 0
    seen: list[str] = []
    while True:
        found = incidents.get(query=query, limit=100, offset=len(seen), stream=pages % 2 == 0)
        rows = list(found.all())
        seen += [row["sys_id"] for row in rows]
        pages += 1
        if len(seen) >= int(found.headers["X-Total-Count"]):
            break
    one = incidents.get(query={"number": "INC0000007"}).one()
    missing = incidents.get(query={"number": "INC7777777"}).one_or_none()
    problems = client.resource(api_path="/table/problem")
    made = problems.create(payload={"short_description": "made by pysnow", "impact": "1"}).one()
    key = {"sys_id": made["sys_id"]}
    changed = problems.update(query=key, payload={"workaround": "restart"}).one()
    gone = problems.delete(query=key)
    return {
        "total": int(found.headers["X-Total-Count"]),
        "pages": pages,
        "seen": len(set(seen)),
        "one": one["number"],
        "missing": missing,
        "made": made["short_description"],
        "changed": [changed["workaround"], changed["sys_mod_count"]],
        "gone": gone,
        "after": problems.get(query=key).one_or_none(),
    }


def _refused(host: str, user: str) -> str:
    client = pysnow.Client(host=host, user=user, password="wrong", use_ssl=False)
    try:
        client.resource(api_path="/table/incident").get(query={}, limit=1).all()
    except Exception as error:
        return type(error).__name__
    return "let in"


def main() -> None:
    """Host, user, password, client and secret come as JSON on standard input."""
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    given = json.load(sys.stdin)
    host, user, password = given["host"], given["user"], given["password"]
    basic = pysnow.Client(host=host, user=user, password=password, use_ssl=False)
    oauth = pysnow.OAuthClient(
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        host=host,
        use_ssl=False,
    )
    oauth.set_token(oauth.generate_token(user, password))
    told = {"basic": _round(basic), "oauth": _round(oauth), "refused": _refused(host, user)}
    json.dump(told, sys.stdout)


main()
