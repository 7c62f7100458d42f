"""What stands over a pack: what kind of review it is, and which edition."""

from reports.language import _
from reports.model import Pack

WATCH_LIST = "watch-list"


def heading(pack: Pack) -> str:
    """The kind of review, from the length of its period: weekly, monthly, quarterly or daily."""
    if pack.kind == WATCH_LIST:
        return _("Daily watch list")
    if "-W" in pack.week:
        return _("Weekly review pack")
    return _("Quarterly review pack") if "-Q" in pack.week else _("Monthly review pack")


def edition_of(pack: Pack) -> str:
    """The edition in words."""
    return pack.title or _("{edition} edition", edition=pack.edition)


def known_line(pack: Pack) -> str:
    """Up to when things are known, and by which run; the edition of a vendor names none."""
    cutoff = _("Known up to {cutoff}", cutoff=pack.cutoff)
    return f"{cutoff} · {_('Run')} {pack.run_id}" if pack.run_id else cutoff


def running_line(pack: Pack) -> str:
    """Period and edition, as they stand on every page."""
    edition = edition_of(pack)
    return pack.period if edition == heading(pack) else f"{pack.period} · {edition}"
