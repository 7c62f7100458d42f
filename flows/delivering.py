"""The ways out of an installation, and one round of sending what fell due."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flows.artefacts import archive_of
from flows.bounces import take_bounces
from flows.delivery_settings import MailSettings
from flows.mail_tokens import mail_token
from flows.stages.daily import plan_daily
from flows.stages.due import Due, due, plan
from flows.stages.letters import Letters
from flows.stages.release import release_by_timer
from flows.stages.send import Sending, Sent
from flows.subscribing import seed_subscriptions
from flows.used_configuration import require_applied
from flows.wiring import Parts
from itsm.subscriptions import Channel
from reports.deliver.chat import ChatDoor
from reports.deliver.doors import Door
from reports.deliver.folder import FolderDoor
from reports.deliver.mime import Sender
from reports.deliver.smtp import MailDoor, MailServer

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Round:
    """One round: what was taken over and released before, what waits, and what was sent."""

    seeded: tuple[str, ...]
    released: tuple[str, ...]
    due: Due
    sent: Sent


def deliver(parts: Parts, week: str | None = None, now: datetime | None = None) -> Round:
    """Take over subscriptions, let the timer release, plan what is due, and send it.

    Args:
        parts: from `flows.wiring`.
        week: also what fell due long ago, of this period alone.
        now: the time now, None for the clock's.

    Raises:
        ConfigError: a subscription asks for something there is not, or the configuration was not
            let in.
        StoreError: another delivery is at work.
    """
    require_applied(parts)
    at = now or datetime.now(UTC)
    seeded = seed_subscriptions(parts, at)
    mail = parts.settings.delivery.mail
    if mail is not None and mail.bounces_folder is not None:
        back = take_bounces(parts, parts.base / mail.bounces_folder, at).refused
        for one in back:
            parts.say(f"send   {one.recipient} did not get {one.item}: {one.said}")
    released = release_by_timer(parts, at)
    found = due(parts, at, week)
    plan(parts, found, at)
    if week is None:
        plan_daily(parts, at)
    clock = _now if now is None else lambda: at
    return Round(seeded, released, found, sending(parts, clock).run())


def _now() -> datetime:
    return datetime.now(UTC)


def sending(parts: Parts, clock: Clock = _now) -> Sending:
    """A run over what waits to be sent, with every way out that the settings have."""
    rules, doors = parts.settings.delivery, doors_of(parts, clock)
    domain = rules.mail.sender.rpartition("@")[2] if rules.mail else ""
    return Sending(
        store=parts.store,
        doors=doors,
        letters=Letters(parts, archive_of(parts)),
        domain=domain,
        try_for=timedelta(hours=rules.try_for_h),
        clock=clock,
        say=parts.say,
    )


def doors_of(parts: Parts, clock: Clock = _now) -> Mapping[tuple[Channel, str], Door]:
    """The ways out, by channel and place; none of them is opened yet."""
    rules = parts.settings.delivery
    doors: dict[tuple[Channel, str], Door] = {}
    if rules.mail is not None:
        doors[Channel.MAIL, ""] = MailDoor(_server(parts, rules.mail), _sender(rules.mail), clock)
    for name, chat in rules.chats.items():
        doors[Channel.CHAT, name] = ChatDoor(name, chat.kind, chat.url.get_secret_value())
    for name, address in rules.folders.items():
        whole = address if "://" in address else str(parts.base / address)
        doors[Channel.FOLDER, name] = FolderDoor(name, whole)
    return doors


def _server(parts: Parts, mail: MailSettings) -> MailServer:
    return MailServer(
        host=mail.host,
        port=mail.port,
        security=mail.security,
        username=mail.username,
        password=mail.password.get_secret_value(),
        token=None if mail.oauth is None else mail_token(mail.oauth),
        ca_file=None if mail.ca_file is None else str(parts.base / mail.ca_file),
        timeout_s=mail.timeout_s,
    )


def _sender(mail: MailSettings) -> Sender:
    return Sender(
        address=mail.sender,
        name=mail.sender_name,
        reply_to=mail.reply_to,
        bounces_to=mail.bounces_to,
        unsubscribe=mail.unsubscribe,
    )
