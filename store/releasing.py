"""A person lets a pack go out or holds it back; the same from a command and from a page."""

from datetime import datetime

from itsm.deliveries import GONE_OUT
from itsm.errors import TransitionError
from itsm.packs import Release, ReleaseState
from itsm.register_roles import Deed, Person, require_role
from store.unit_of_work import UnitOfWork


def released(
    uow: UnitOfWork, pack_id: str, state: ReleaseState, by: Person, at: datetime, reason: str = ""
) -> bool:
    """Let a pack go out, or hold it back; belongs into one transaction.

    Returns:
        Whether that is new.

    Raises:
        RoleError: this person may not.
        NotThereError: there is no such pack.
        TransitionError: what would be held back has gone out.
    """
    require_role(by, Deed.PUBLISH)
    gone = [one for one in uow.deliveries.list(item=pack_id) if one.state in GONE_OUT]
    if state is ReleaseState.HELD and gone:
        raise TransitionError(
            f"{pack_id} has gone out to {len(gone)} already; make a new version instead "
            "(csi pack), which says what moved"
        )
    return uow.packs.decide(
        Release(pack_id=pack_id, state=state, actor=by.name, at=at, reason=reason)
    )
