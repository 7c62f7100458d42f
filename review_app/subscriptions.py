"""Who gets which edition of the pack: seen and changed here."""

from collections.abc import Mapping
from dataclasses import replace

from itsm.errors import MappingError
from itsm.register_forms import readable
from itsm.register_roles import Deed, require_role
from itsm.subscriptions import Channel, Subscription
from review_app.identity.actors import Actor
from review_app.works import Works
from store.unit_of_work import Store

Form = Mapping[str, str]
FIELDS = (
    "name", "channel", "address", "edition", "services", "vendor", "team", "language", "zone",
    "formats", "day", "hour",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MAX = 400


class SubscriptionDesk:
    """Changes subscriptions as whoever asks."""

    def __init__(self, store: Store, works: Works) -> None:
        self._store = store
        self._works = works

    def list(self) -> tuple[Subscription, ...]:
        """All of them, those that ended last."""
        with self._store.look() as uow:
            found = uow.subscriptions.list(all_of_them=True)
        return tuple(sorted(found, key=lambda one: (not one.is_active, one.subscription_id)))

    def get(self, subscription_id: str) -> Subscription:
        """One of them.

        Raises:
            NotThereError: there is none.
        """
        with self._store.look() as uow:
            return uow.subscriptions.get(subscription_id)

    def add(self, form: Form, who: Actor) -> Subscription:
        """Keep a new one.

        Raises:
            MappingError, ConfigError: a field cannot be used.
            RoleError: the person may not.
            TransitionError: the same recipient gets the same already.
        """
        require_role(who.person, Deed.PUBLISH)
        now = self._works.clock()
        bare = Subscription(name="", address="", edition="full", since=now)
        made = self._works.check_subscription(_filled(bare, form))
        with self._store.begin() as uow:
            kept = uow.subscriptions.add(made, who.name, now)
            uow.commit()
        return kept

    def change(self, subscription_id: str, form: Form, who: Actor) -> Subscription:
        """Keep one with other values, or end it, or let it begin again.

        Raises:
            NotThereError: there is none.
            TransitionError: the recipient would get the same twice.
            StaleDecisionError: somebody has changed it since.
            MappingError, ConfigError, RoleError: as above.
        """
        require_role(who.person, Deed.PUBLISH)
        seen = _number(form, "seen", 1, 10**9)
        before = self.get(subscription_id)
        if "active" in form:
            made = replace(before, is_active=form["active"] == "1")
        else:
            made = self._works.check_subscription(_filled(before, form))
        with self._store.begin() as uow:
            kept = uow.subscriptions.put(made, who.name, self._works.clock(), seen=seen)
            uow.commit()
        return kept


def texts_of(one: Subscription) -> dict[str, str]:
    """A subscription as the text its form is filled with."""
    return {
        "name": one.name,
        "channel": one.channel.value,
        "address": one.address,
        "edition": one.edition,
        "services": ", ".join(one.services),
        "vendor": one.vendor,
        "team": one.team,
        "language": one.language,
        "zone": one.zone,
        "formats": ", ".join(one.formats),
        "day": str(one.day),
        "hour": str(one.hour),
    }


def _filled(before: Subscription, form: Form) -> Subscription:
    """A subscription with the fields of a form."""
    said = {
        name: readable(form.get(name, text))[:MAX].strip()
        for name, text in texts_of(before).items()
    }
    for name in ("name", "address", "edition"):
        if not said[name]:
            raise MappingError("subscription", name, "it is empty", "fill it in")
    if said["channel"] not in set(Channel):
        known = ", ".join(Channel)
        raise MappingError("subscription", "channel", "it is none", f"choose from {known}")
    return replace(
        before,
        name=said["name"],
        channel=Channel(said["channel"]),
        address=said["address"],
        edition=said["edition"],
        services=_names(said["services"]),
        vendor=said["vendor"],
        team=said["team"],
        language=said["language"] or "en",
        zone=said["zone"] or "UTC",
        formats=_names(said["formats"]),
        day=_number(said, "day", 1, 7),
        hour=_number(said, "hour", 0, 23),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.split(",") if (name := part.strip()))


def _number(form: Form, name: str, low: int, high: int) -> int:
    text = form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 12 and low <= int(text) <= high):
        raise MappingError(
            "subscription", name, f"{text[:20]!r} cannot be used", f"write {low} to {high}"
        )
    return int(text)
