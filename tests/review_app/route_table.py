"""Who may use each address, written down by hand: a new one needs a row here.

GET stands for HEAD, too. An address that somebody has opened to more people by mistake differs from
its row, and `test_identity_routes.py` says so.
"""

from collections.abc import Mapping

from itsm.access import AppRole

EVERYBODY: frozenset[AppRole] = frozenset()
"""Also who has not logged in."""
VIEWER = frozenset({AppRole.VIEWER})
MANAGER = frozenset({AppRole.PROBLEM_MANAGER})
OF_REGISTER = frozenset({AppRole.PROBLEM_MANAGER, AppRole.REGISTER_APPROVER})
ADMINISTRATOR = frozenset({AppRole.ADMINISTRATOR})

ROWS: Mapping[str, frozenset[AppRole]] = {
    # candidates and decisions
    "GET /": VIEWER,
    "GET /candidates/{candidate_id}": VIEWER,
    "GET /candidates/{candidate_id}/near": VIEWER,
    "GET /decide": MANAGER,
    "POST /decide": MANAGER,
    "POST /undo": MANAGER,
    "POST /views": VIEWER,
    # register; its own rules ask for the role of each deed
    "GET /register": VIEWER,
    "GET /register/board": VIEWER,
    "GET /register/new": OF_REGISTER,
    "POST /register/new": OF_REGISTER,
    "GET /register/{number}": VIEWER,
    "GET /register/{number}/edit": OF_REGISTER,
    "POST /register/{number}/end-task": VIEWER,
    "POST /register/{number}/{deed}": OF_REGISTER,
    # conflicts
    "GET /conflicts": VIEWER,
    "POST /conflicts/{conflict_id}": MANAGER,
    # packs
    "GET /packs": VIEWER,
    "GET /packs/{pack_id}": VIEWER,
    "GET /packs/{pack_id}/page": VIEWER,
    "GET /packs/{pack_id}/rows/{anchor}": VIEWER,
    "GET /packs/{pack_id}/files/{sha256}": VIEWER,
    "GET /packs/{pack_id}/{name}": VIEWER,
    "POST /packs/{pack_id}/release": MANAGER,
    "POST /packs/{pack_id}/remarks": MANAGER,
    "POST /packs/{pack_id}/remarks/{comment_id}/withdraw": MANAGER,
    # the pages themselves
    "GET /help": VIEWER,
    "GET /static/{name}": EVERYBODY,
    # logging in and out
    "GET /login": EVERYBODY,
    "POST /login": EVERYBODY,
    "GET /login/oidc": EVERYBODY,
    "GET /login/oidc/callback": EVERYBODY,
    "GET /logged-out": EVERYBODY,
    "POST /logout": VIEWER,
    "POST /logout/everywhere": VIEWER,
    # one's own account
    "GET /account": VIEWER,
    "GET /account/password": VIEWER,
    "POST /account/password": VIEWER,
    "POST /account/tokens": VIEWER,
    "POST /account/tokens/{token_id}/revoke": VIEWER,
    # users and access
    "GET /users": ADMINISTRATOR,
    "POST /users": ADMINISTRATOR,
    "GET /users/{name}": ADMINISTRATOR,
    "POST /users/{name}": ADMINISTRATOR,
    "POST /users/{name}/reset": ADMINISTRATOR,
    "POST /users/{name}/disable": ADMINISTRATOR,
    "POST /users/{name}/enable": ADMINISTRATOR,
    "POST /users/{name}/log-out": ADMINISTRATOR,
    "GET /users-export.csv": ADMINISTRATOR,
    "GET /users-export.json": ADMINISTRATOR,
    # what watches the service; the figures ask for this machine or a token
    "GET /healthz": EVERYBODY,
    "GET /metrics": EVERYBODY,
    # API
    "GET /api/v1": VIEWER,
    "GET /api/v1/openapi.json": VIEWER,
    "GET /api/v1/me": VIEWER,
}
