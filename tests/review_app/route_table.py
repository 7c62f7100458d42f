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
KEEPERS = frozenset({AppRole.PROBLEM_MANAGER, AppRole.ADMINISTRATOR})
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
    "GET /register/many": OF_REGISTER,
    "POST /register/many": OF_REGISTER,
    "GET /register/{number}": VIEWER,
    "GET /register/{number}/edit": OF_REGISTER,
    "POST /register/{number}/end-task": VIEWER,
    "POST /register/{number}/{deed}": OF_REGISTER,
    # conflicts
    "GET /conflicts": VIEWER,
    "POST /conflicts/{name}": MANAGER,
    # pairs of records that look like one incident
    "GET /pairs": VIEWER,
    "POST /pairs/{name}": MANAGER,
    "GET /api/v1/pairs": VIEWER,
    "POST /api/v1/pairs/{name}": MANAGER,
    # packs
    "GET /packs": VIEWER,
    "GET /packs/{pack_id}": VIEWER,
    "GET /packs/{pack_id}/page": VIEWER,
    "GET /packs/{pack_id}/rows/{anchor}": VIEWER,
    "GET /packs/{pack_id}/files/{sha256}": VIEWER,
    "GET /packs/{pack_id}/{name}": VIEWER,
    "POST /packs/{pack_id}/release": MANAGER,
    "POST /packs/{pack_id}/deliveries/{delivery_id}": MANAGER,
    "POST /packs/{pack_id}/remarks": MANAGER,
    "POST /packs/{pack_id}/remarks/{comment_id}/withdraw": MANAGER,
    # who gets which pack: addresses of people
    "GET /subscriptions": KEEPERS,
    "GET /subscriptions/new": MANAGER,
    "POST /subscriptions/new": MANAGER,
    "GET /subscriptions/{subscription_id}": MANAGER,
    "POST /subscriptions/{subscription_id}": MANAGER,
    # data quality
    "GET /quality": VIEWER,
    "POST /quality/accept": MANAGER,
    "POST /quality/withdraw": MANAGER,
    "POST /quality/retry": KEEPERS,
    # the weekly review; an action is closed by its owner, too
    "GET /meeting": VIEWER,
    "POST /meeting/decisions": MANAGER,
    "POST /meeting/actions": MANAGER,
    "POST /meeting/actions/{action_id}": VIEWER,
    "GET /runs": VIEWER,
    "GET /waiting": VIEWER,
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
    # register, packs, conflicts, data quality, reviews and runs over the API
    "GET /api/v1/register": VIEWER,
    "GET /api/v1/register/{number}": VIEWER,
    "GET /api/v1/register/{number}/history": VIEWER,
    "POST /api/v1/register": OF_REGISTER,
    "PATCH /api/v1/register/{number}": OF_REGISTER,
    "POST /api/v1/register/{number}/end-task": VIEWER,
    "POST /api/v1/register/{number}/{deed}": OF_REGISTER,
    "GET /api/v1/packs": VIEWER,
    "GET /api/v1/packs/{pack_id}": VIEWER,
    "GET /api/v1/packs/{pack_id}/rows/{anchor}": VIEWER,
    "POST /api/v1/packs/{pack_id}/release": MANAGER,
    "POST /api/v1/packs/{pack_id}/remarks": MANAGER,
    "GET /api/v1/subscriptions": KEEPERS,
    "POST /api/v1/subscriptions": MANAGER,
    "PATCH /api/v1/subscriptions/{subscription_id}": MANAGER,
    "GET /api/v1/conflicts": VIEWER,
    "POST /api/v1/conflicts/{conflict_id}": MANAGER,
    "GET /api/v1/quality/reasons": VIEWER,
    "GET /api/v1/quality/records": KEEPERS,
    "POST /api/v1/quality/accept": MANAGER,
    "POST /api/v1/quality/withdraw": MANAGER,
    "POST /api/v1/quality/retry": KEEPERS,
    "GET /api/v1/meetings/actions": VIEWER,
    "GET /api/v1/meetings/decisions": VIEWER,
    "POST /api/v1/meetings/{week}/decisions": MANAGER,
    "POST /api/v1/meetings/{week}/actions": MANAGER,
    "POST /api/v1/meetings/actions/{action_id}": VIEWER,
    "GET /api/v1/runs": VIEWER,
    "GET /api/v1/waiting": VIEWER,
    # candidates over the API
    "GET /api/v1/candidates": VIEWER,
    "GET /api/v1/candidates/{candidate_id}": VIEWER,
    "GET /api/v1/candidates/{candidate_id}/members": VIEWER,
    "GET /api/v1/candidates/{candidate_id}/decisions": VIEWER,
    "GET /api/v1/candidates/{candidate_id}/record": MANAGER,
    "POST /api/v1/candidates/{candidate_id}/decisions": MANAGER,
    "POST /api/v1/decisions/{decision_id}/undo": MANAGER,
}
