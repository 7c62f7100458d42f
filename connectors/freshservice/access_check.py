"""What the problem form demands that a push leaves empty, and the values it does not offer.

Source:
    Freshworks, https://api.freshservice.com, "View all problem fields": GET problem_form_fields.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from connectors.core.access_check import CHECK, Written, demanded, not_offered, untold
from connectors.core.examining import failure
from connectors.core.source import Finding
from connectors.core.surroundings import Surroundings
from connectors.freshservice.api import FreshserviceApi
from connectors.freshservice.config import FreshserviceConfig
from connectors.freshservice.write_words import NUMBERS
from itsm.errors import FatalSourceError
from itsm.pushing import PushKind

_GIVEN = frozenset({"subject", "requester", "requester_id", "email", "description", "status",
                    "priority", "impact"})  # fmt: skip
"""What every creation fills; the form calls the requester by several names."""
_FORM = "problem_form_fields"


def write_checks(
    name: str, config: FreshserviceConfig, around: Surroundings, kinds: Collection[PushKind]
) -> Iterator[Finding]:
    """What would be missed by a creation; asks only."""
    if PushKind.PROBLEM in kinds:
        yield from _problems(name, config, around)
    if PushKind.REGISTER_ENTRY in kinds and config.push.register_object_id is not None:
        told = "a custom object tells its records, and not which of its fields are required"
        yield untold(PushKind.REGISTER_ENTRY, told, "look at the object under Admin")


def _problems(name: str, config: FreshserviceConfig, around: Surroundings) -> Iterator[Finding]:
    if config.push.requester_id is None:
        said = "nobody is named in whose name problems are opened: none would be created"
        remedy = f"set [sources.{name}.push] requester_id"
        yield failure(CHECK, PushKind.PROBLEM, said, remedy)
    try:
        told: Any = FreshserviceApi(name, config, around).whole(_FORM).value
    except FatalSourceError as error:
        said = f"the problem form may not be read: {error.message}"
        yield untold(PushKind.PROBLEM, said, "look at Field Manager, Problem Fields")
        return
    rows = told.get("problem_fields", []) if isinstance(told, dict) else []
    form = {str(one.get("name")): one for one in rows if isinstance(one, dict)}
    own = config.push.key_field
    fields = _GIVEN | {own, f"cf_{own}"}
    wanted = {key for key, one in form.items() if _is_required(one)}
    codes = {key: frozenset(str(number) for number in known) for key, known in NUMBERS.items()}
    what = Written(PushKind.PROBLEM, "the problem form", fields, codes)
    yield from demanded(name, what, wanted)
    yield from not_offered(name, what, {key: known for key in codes if (known := _offered(form.get(
        key, {})))})  # fmt: skip


def _is_required(field: Mapping[str, Any]) -> bool:
    """Whether an agent cannot save without it; `required_for_closure` is asked for later."""
    return bool(field.get("required_for_agents") or field.get("required"))


def _offered(field: Mapping[str, Any]) -> frozenset[str]:
    """The numbers of the choices, where they are told with their numbers."""
    choices = field.get("choices") or []
    return frozenset(
        str(one["id"]) for one in choices if isinstance(one, dict) and one.get("id") is not None
    )
