"""What a newer version of a pack tells otherwise than the version before it."""

from collections.abc import Iterator

from reports.language import _, n_, speaking
from reports.model import Card, EvidenceList, Pack
from reports.numbers import number

MAX_TOLD = 20
MAX_NUMBERS = 5


def restated(earlier: Pack, later: Pack) -> tuple[str, ...]:
    """The headline figures that two versions of a pack tell differently, as sentences.

    Args:
        earlier: the version that was given out.
        later: the one that takes its place.
    """
    with speaking(later.language):
        return _told(earlier, later)


def _told(earlier: Pack, later: Pack) -> tuple[str, ...]:
    was, now = _cards(earlier), _cards(later)
    rows_were, rows_are = _rows(earlier), _rows(later)
    told = []
    for key in [*now, *(key for key in was if key not in now)]:
        before, after = was.get(key), now.get(key)
        moved = "; ".join(_moved(rows_were.get(key), rows_are.get(key)))
        card = after or before
        if card is not None and (line := _line(card.title, before, after, moved)):
            told.append(line)
    left = len(told) - MAX_TOLD
    more = n_(
        "{n} more figure moved; `csi restatements` lists all.",
        "{n} more figures moved; `csi restatements` lists all.",
        left,
    )
    return (*told[:MAX_TOLD], *([more] if left > 0 else []))


def _line(title: str, before: Card | None, after: Card | None, moved: str) -> str:
    """What is told of one figure; nothing where neither its value nor its records moved."""
    was = before.value if before else _("not available")
    now = after.value if after else _("not available")
    if was == now and not moved:
        return ""
    why = f" ({moved})" if moved else ""
    if was == now:
        return _("{title}: {value} as before, of other records{why}.", title=title, value=now,
                 why=why)  # fmt: skip
    return _("{title}: {was} became {now}{why}.", title=title, was=was, now=now, why=why)


def _cards(pack: Pack) -> dict[str, Card]:
    """The headline figures by what tells them apart."""
    return {
        f"{card.figure_id} {card.title}": card
        for section in pack.sections
        for card in section.cards
    }


def _rows(pack: Pack) -> dict[str, EvidenceList]:
    """The records behind the headline figures, by the keys of their cards."""
    by_anchor = {item.anchor: item for item in pack.evidence}
    return {
        key: by_anchor[card.anchor]
        for key, card in _cards(pack).items()
        if card.anchor in by_anchor and card.anchor is not None
    }


def _moved(before: EvidenceList | None, after: EvidenceList | None) -> Iterator[str]:
    rows_before = set(before.rows if before else ())
    rows_after = set(after.rows if after else ())
    for text, rows in (
        (_("came: {rows}"), rows_after - rows_before),
        (_("went: {rows}"), rows_before - rows_after),
    ):
        if rows:
            names = sorted(rows)
            left = len(names) - MAX_NUMBERS
            shown = ", ".join(names[:MAX_NUMBERS])
            if left > 0:
                shown = _("{names} and {n} more", names=shown, n=number(left))
            yield text.format(rows=shown)
