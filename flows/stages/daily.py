"""Daily: what a person has to look at today, in one letter, however many lists it is made of.

A list with nothing on it is not sent. Pull first: a letter tells of the moment it is made.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flows.artefacts import archive_of
from flows.stages.archive import keep
from flows.stages.editions import Editions, Occasion
from flows.stages.letters import DAILY
from flows.subscribing import WHAT_WAITS, choices_of, is_daily
from flows.what_waits import waiting_for
from flows.wiring import Parts
from itsm.clocks import ReportingWeek, zone_of
from itsm.deliveries import Delivery, DeliveryState
from itsm.subscriptions import Channel, Subscription
from reports.deliver.cover import subject
from reports.editions import EditionKind
from reports.formats import Format, RenderedFile, render
from reports.model import Pack

_PREFIX = "daily."


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One list of a letter: its heading, its text, and its page with pictures, if it has one."""

    subject: str
    text: str
    page: str = ""
    pictures: tuple[RenderedFile, ...] = ()


Maker = Callable[[Parts, Subscription, datetime], Piece | None]
"""Makes a list for a subscription; None: there is nothing on it."""


def plan_daily(parts: Parts, now: datetime) -> int:
    """Make and plan the letters of today that are due; at most one per reader and day.

    Letters of days that are over are given up.

    Returns:
        How many are new.
    """
    _give_up_old(parts, now)
    with parts.store.look() as uow:
        readers = [one for one in uow.subscriptions.list() if is_daily(one.edition)]
        sent = {(one.channel, one.whose, _day_of(one)) for one in uow.deliveries.list()}
    planned = 0
    for some in _by_reader(readers, now):
        first = some[0]
        day = _today(first, now)
        if (first.channel, first.recipient, day) in sent:
            continue
        pieces = list(_pieces(parts, some, now))
        if pieces:
            planned += _plan(parts, some, f"{_PREFIX}{day}.{first.subscription_id}", pieces, now)
    return planned


def _by_reader(readers: Sequence[Subscription], now: datetime) -> Iterator[list[Subscription]]:
    """The subscriptions of each reader whose hour has come, all of them in one letter."""
    found: dict[tuple[Channel, str], list[Subscription]] = {}
    for one in readers:
        local = now.astimezone(zone_of(one.zone)).date()
        if one.on(local) <= now and one.since <= now:
            found.setdefault((one.channel, one.recipient), []).append(one)
    yield from found.values()


def _pieces(parts: Parts, some: Sequence[Subscription], now: datetime) -> Iterator[Piece]:
    for one in some:
        made = MAKERS[one.edition](parts, one, now)
        if made is not None:
            yield made


def _plan(
    parts: Parts, some: Sequence[Subscription], item: str, pieces: Sequence[Piece], now: datetime
) -> int:
    files = keep(archive_of(parts), item, DAILY, _files(pieces))
    first = some[0]
    delivery = Delivery(
        item=item,
        channel=first.channel,
        recipient=first.address,
        name=first.name,
        subscription_id=first.subscription_id,
        formats=(DAILY,),
        made_at=now,
        changed_at=now,
    )
    with parts.store.begin() as uow:
        uow.packs.keep_files(files)
        n_new = uow.deliveries.plan([delivery])
        uow.commit()
    return n_new


def _files(pieces: Sequence[Piece]) -> list[RenderedFile]:
    """The letter: its subject as the first line of its text; a page only where one list is all."""
    head = "; ".join(one.subject for one in pieces)
    bodies = [
        one.text if len(pieces) == 1 else f"{one.subject}\n{'=' * len(one.subject)}\n\n{one.text}"
        for one in pieces
    ]
    text = f"{head}\n\n" + "\n\n\n".join(bodies)
    files = [_file("letter.txt", "text/plain; charset=utf-8", text)]
    if len(pieces) == 1 and pieces[0].page:
        files.append(_file("letter.html", "text/html; charset=utf-8", pieces[0].page))
        files += pieces[0].pictures
    return files


def _file(name: str, media_type: str, text: str) -> RenderedFile:
    return RenderedFile(name=name, media_type=media_type, data=text.encode())


def _give_up_old(parts: Parts, now: datetime) -> None:
    """What was not taken on its day is of no use on the next; what is unclear stays so."""
    with parts.store.begin() as uow:
        zones = {one.subscription_id: one for one in uow.subscriptions.list(all_of_them=True)}
        for one in uow.deliveries.list(states={DeliveryState.WAITING}):
            reader = zones.get(one.subscription_id)
            day = _day_of(one)
            if day and reader is not None and day != _today(reader, now):
                said = f"its day is over: {one.said}" if one.said else "its day is over"
                uow.deliveries.finish(one.delivery_id, DeliveryState.GIVEN_UP, said, now)
        uow.commit()


def _day_of(one: Delivery) -> str:
    """The day a letter is of, 2026-11-22; "" where it is none of a day."""
    return one.item.split(".")[1] if one.item.startswith(_PREFIX) else ""


def _today(one: Subscription, now: datetime) -> str:
    return now.astimezone(zone_of(one.zone)).date().isoformat()


def _watch_list(parts: Parts, one: Subscription, now: datetime) -> Piece | None:
    """The watch list of a team; nothing where no clock is near its end and nothing stands still."""
    (choice,) = choices_of(parts.settings, one)
    week = ReportingWeek.of(now, parts.settings.zone)
    pack = Editions(parts, Occasion(period=week, cutoff_at=now)).pack(choice)
    if not _says_something(pack):
        return None
    page, text, *pictures = render(pack, Format.MAIL)
    return Piece(
        subject=subject(pack, 1),
        text=text.data.decode(),
        page=page.data.decode(),
        pictures=tuple(pictures),
    )


def _says_something(pack: Pack) -> bool:
    return any(table.rows for section in pack.sections for table in section.tables)


def _what_waits(parts: Parts, one: Subscription, now: datetime) -> Piece | None:
    items, head, text = waiting_for(parts, one, now)
    return Piece(subject=head, text=text) if items else None


MAKERS: Mapping[str, Maker] = {
    EditionKind.WATCH_LIST.value: _watch_list,
    WHAT_WAITS: _what_waits,
}
"""What each daily letter is made of."""
