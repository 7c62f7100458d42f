"""Release: a person lets a pack go out or holds it back; a timer may let it go out, too."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from flows.wiring import Parts
from itsm.deliveries import GONE_OUT
from itsm.packs import Release, ReleaseState
from itsm.register_roles import Person
from itsm.subscriptions import Rhythm
from store.publishing import PackLine
from store.releasing import released
from store.unit_of_work import UnitOfWork


def decide_release(
    parts: Parts, pack_id: str, state: ReleaseState, by: Person, reason: str = ""
) -> bool:
    """Let a pack go out, or hold it back.

    Returns:
        Whether that is new.

    Raises:
        RoleError: this person may not.
        NotThereError: there is no such pack.
        TransitionError: what would be held back has gone out.
    """
    with parts.store.begin() as uow:
        is_new = released(uow, pack_id, state, by, datetime.now(UTC), reason)
        uow.commit()
    return is_new


def release_by_timer(parts: Parts, now: datetime) -> tuple[str, ...]:
    """Let out what the timer lets out, where the settings have one.

    Only the newest version of a pack, if nobody held it back, and never a version that takes the
    place of one that readers have: a correction is a person's to release.

    Returns:
        The packs that were released.
    """
    rules = parts.settings.delivery
    if rules.release != "timer":
        return ()
    ripe = now - timedelta(hours=rules.release_after_h)
    released = []
    with parts.store.begin() as uow:
        for one in newest(uow.packs.lines()):
            is_pack = Rhythm.of(one.week) is not None  # a watch list is of a day
            waits = is_pack and one.state is ReleaseState.WAITING and one.made_at <= ripe
            if waits and not _has_gone_out(uow, one):
                reason = f"{rules.release_after_h:g} h after it was made nobody held it back"
                uow.packs.decide(
                    Release(
                        pack_id=one.pack_id,
                        state=ReleaseState.RELEASED,
                        actor="",
                        at=now,
                        reason=reason,
                    )
                )
                released.append(one.pack_id)
        uow.commit()
    return tuple(released)


def newest(lines: Iterable[PackLine]) -> tuple[PackLine, ...]:
    """Of every pack the newest version."""
    found = {(one.week, one.edition): one for one in sorted(lines, key=lambda one: one.version)}
    return tuple(found.values())


def _has_gone_out(uow: UnitOfWork, line: PackLine) -> bool:
    """Whether any version of this pack is with a reader."""
    versions = [one for one in uow.packs.lines(line.week) if one.edition == line.edition]
    return any(
        delivery.state in GONE_OUT
        for one in versions
        for delivery in uow.deliveries.list(item=one.pack_id)
    )


def standing(line: PackLine, newest_version: int) -> str:
    """Where a pack stands with its release, in words."""
    release = line.release
    if line.withdrawal is not None:
        return str(line.withdrawal)
    if line.version < newest_version:
        return f"overtaken by version {newest_version}"
    if release is None:
        return "waits for release: csi packs release " + line.pack_id
    who = f"by {release.actor}" if release.actor else "by the timer"
    why = f": {release.reason}" if release.reason else ""
    word = "released" if release.state is ReleaseState.RELEASED else "held back"
    return f"{word} {who} on {release.at:%Y-%m-%d %H:%M} UTC{why}"
