"""Which packs a reader may open: all, or those of their services; and one of them with its data."""

from dataclasses import dataclass

from itsm.access import Sight
from itsm.errors import NotThereError, StoreError, WithdrawnError
from reports.editions import Choice, EditionKind
from reports.pack import Pack, pack_from_json
from store.publishing import PackLine
from store.runs import PackSnapshot
from store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A pack as it was frozen, with how it stands."""

    line: PackLine
    snapshot: PackSnapshot
    pack: Pack


def lines_for(uow: UnitOfWork, sight: Sight) -> tuple[PackLine, ...]:
    """The packs a reader may open, every version."""
    lines = uow.packs.lines()
    return tuple(line for line in lines if may_open(line.edition, sight))


def may_open(edition: str, sight: Sight) -> bool:
    """Whether an edition may be for a reader, by its key; `opened` looks at what it is about, too.

    The key of a service's edition is that of its name, with language and zone behind it.
    """
    if not sight.services:
        return True
    keys = [Choice(kind=EditionKind.SERVICE_OWNER, name=name).key for name in sight.services]
    return any(edition == key or edition.startswith(f"{key}-") for key in keys)


def opened(uow: UnitOfWork, pack_id: str, sight: Sight) -> Opened:
    """A pack with its data.

    Raises:
        NotThereError: there is none for this reader.
    """
    try:
        snapshot = uow.packs.by_id(pack_id)
    except WithdrawnError as error:
        line = uow.packs.line(pack_id)
        raise error if may_open(line.edition, sight) else _no_pack(pack_id) from None
    except StoreError:
        raise NotThereError(
            f"there is no pack {pack_id!r} for you; the archive lists all"
        ) from None
    pack = pack_from_json(snapshot.content)
    is_theirs = pack.kind == EditionKind.SERVICE_OWNER and pack.about in sight.services
    if sight.services and not is_theirs:
        raise _no_pack(pack_id)
    lines = uow.packs.lines(snapshot.week)
    line = next(one for one in lines if one.pack_id == pack_id)
    return Opened(line=line, snapshot=snapshot, pack=pack)


def _no_pack(pack_id: str) -> NotThereError:
    return NotThereError(f"there is no pack {pack_id!r} for you; the archive lists all")
