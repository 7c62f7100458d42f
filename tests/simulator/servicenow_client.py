"""The little that tests need to speak to the practice server."""

from typing import Any

import requests

from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings

SERVED = EstateSettings(n_incidents=600, n_weeks=8, seed=5, dirt=0.1)
"""The estate of the servers that tests share."""


def session(server: ServiceNowServer) -> requests.Session:
    """A session of the server's user."""
    made = requests.Session()
    made.auth = (server.user, server.password)
    made.headers["Accept"] = "application/json"
    return made


def ask(server: ServiceNowServer, table: str, query: str = "", **named: object) -> Any:
    """A list, as the server answers it; parameters by name, without `sysparm_`."""
    parameters = {f"sysparm_{name}": str(value) for name, value in named.items()}
    if query:
        parameters["sysparm_query"] = query
    with session(server) as made:
        return made.get(f"{server.url}/api/now/table/{table}", params=parameters, timeout=30)


def rows(server: ServiceNowServer, table: str, query: str = "", **named: object) -> Any:
    """The records of a list."""
    answer = ask(server, table, query, **named)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]
