"""Letters that came back: read from a folder of mails, and noted with their delivery."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.wiring import Parts
from itsm.deliveries import Delivery, DeliveryState
from itsm.errors import ConfigError
from reports.deliver.bounces import MAX_BYTES, bounces_in

_IN_MAILDIR = ("new", "cur")
_TAKEN_OVER = frozenset({DeliveryState.SENT, DeliveryState.UNCLEAR, DeliveryState.ARRIVED})


@dataclass(frozen=True, slots=True)
class CameBack:
    """How many mails were looked at, and which deliveries turned out not to have arrived."""

    n_mails: int
    refused: tuple[Delivery, ...]


def take_bounces(parts: Parts, folder: Path, at: datetime) -> CameBack:
    """Note every letter that mails in a folder report as not delivered.

    A letter is known by its Message-ID, which only its reader has. A second look does nothing.

    Args:
        parts: from `flows.wiring`.
        folder: a Maildir, or a folder of mails as files; nothing in it is changed.
        at: now.

    Raises:
        ConfigError: there is no such folder.
    """
    if not folder.is_dir():
        raise ConfigError(
            f"there is no folder {folder}; have the mailbox of delivery.mail.bounces_to kept there "
            "as a Maildir or as files"
        )
    mails = [path.read_bytes() for path in _mails(folder)]
    found = [bounce for data in mails for bounce in bounces_in(data)]
    with parts.store.begin() as uow:
        sent = uow.deliveries.list(states=_TAKEN_OVER) if found else ()
        known = {one.message_id: one for one in sent if one.message_id}
        refused = {
            known[bounce.message_id].delivery_id: bounce.said
            for bounce in found
            if bounce.message_id in known
        }
        for delivery_id, said in refused.items():
            uow.deliveries.finish(delivery_id, DeliveryState.REFUSED, said, at)
        kept = tuple(uow.deliveries.get(delivery_id) for delivery_id in refused)
        uow.commit()
    return CameBack(len(mails), kept)


def _mails(folder: Path) -> Iterator[Path]:
    """The mails of a Maildir, else the files of the folder."""
    held = [folder / name for name in _IN_MAILDIR if (folder / name).is_dir()] or [folder]
    for place in held:
        for path in sorted(place.iterdir()):
            if path.is_file() and path.stat().st_size <= MAX_BYTES:
                yield path
