"""What a session of a practice GLPI is asked about itself: profiles, entities, its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from simulator.glpi.accounts import Accounts
from simulator.web import Answer, Handler, Request, Route, json_answer
from simulator.write_mishaps import Refusals

Places = Mapping[str, str]
VERSION = "10.0.6"
OUR_ID = 7
"""The id of the one user."""
_PROFILE = {"id": 6, "name": "Technician", "interface": "central", "is_default": 0}
_RIGHTS = {"ticket": "Ticket", "problem": "Problem", "followup": "ITILFollowup",
           "project": "Project"}  # fmt: skip
"""What rights of a profile are about."""
_READ, _ALL = 1, 1151
_ENTITY = {"id": 0, "name": "Root entity", "is_recursive": 1}


@dataclass(slots=True)
class Sessions:
    """Handlers about the session."""

    accounts: Accounts

    def routes(self, root: str) -> list[Route]:
        """The routes below a root."""
        told: Mapping[str, object] = {
            "getMyProfiles": {"myprofiles": [{**_PROFILE, "entities": [_ENTITY]}]},
            "getActiveProfile": {"active_profile": _PROFILE},
            "getMyEntities": {"myentities": [_ENTITY]},
            "getActiveEntities": {
                "active_entity": {"id": 0, "active_entity_recursive": True,
                                  "active_entities": [{"id": 0}]}
            },
                    }  # fmt: skip
        return [
            Route("GET", f"{root}/killSession", self.end),
            Route("GET", f"{root}/getFullSession", self.whole),
            Route("GET", f"{root}/getGlpiConfig", self.config),
            Route("POST", f"{root}/changeActiveProfile", _done),
            Route("POST", f"{root}/changeActiveEntities", _done),
            *(Route("GET", f"{root}/{name}", _telling(one)) for name, one in told.items()),
        ]

    def end(self, request: Request, _: Places) -> Answer:
        """`GET killSession`."""
        self.accounts.end(request)
        return json_answer(True)  # the whole body is true

    def config(self, request: Request, _: Places) -> Answer:
        """`GET getGlpiConfig`."""
        told = {"version": VERSION, "list_limit_max": 1000, "url_base": request.base}
        return json_answer({"cfg_glpi": told})

    def whole(self, _request: Request, _: Places) -> Answer:
        """`GET getFullSession`."""
        zone = self.accounts.desk.zone
        now = self.accounts.desk.now().astimezone(ZoneInfo(zone))
        denied = Refusals(self.accounts.desk.chances)
        rights = {name: _READ if denied.is_denied(of) else _ALL for name, of in _RIGHTS.items()}
        session = {"glpiID": OUR_ID, "glpiname": self.accounts.user, "glpilanguage": "en_GB",
                   "glpi_use_mode": 0, "glpitimezone": zone, "glpiactive_entity": 0,
                   "glpi_currenttime": f"{now:%Y-%m-%d %H:%M:%S}",
                   "glpiactiveprofile": {**_PROFILE, **rights}}  # fmt: skip
        return json_answer({"session": session})


def _telling(value: object) -> Handler:
    def tell(_request: Request, _: Places) -> Answer:
        return json_answer(value)

    return tell


def _done(_request: Request, _: Places) -> Answer:
    return json_answer(True)  # the whole body is true
