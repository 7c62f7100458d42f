"""What a newer version of a pack tells otherwise than the version before it."""

from collections.abc import Iterator

from reports.model import Card, EvidenceList, Pack
from reports.words import plural

MAX_TOLD = 20
MAX_NUMBERS = 5


def restated(earlier: Pack, later: Pack) -> tuple[str, ...]:
    """The headline figures that two versions of a pack tell differently, as sentences.

    Args:
        earlier: the version that was given out.
        later: the one that takes its place.
    """
    was, now = _cards(earlier), _cards(later)
    rows_were, rows_are = _rows(earlier), _rows(later)
    told = []
    for key in [*now, *(key for key in was if key not in now)]:
        before, after = was.get(key), now.get(key)
        moved = "; ".join(_moved(rows_were.get(key), rows_are.get(key)))
        value_before = before.value if before else "not available"
        value_after = after.value if after else "not available"
        if value_before == value_after and not moved:
            continue
        card = after or before
        assert card is not None
        change = (
            f"{value_before} became {value_after}"
            if value_before != value_after
            else f"{value_after} as before, of other records"
        )
        told.append(f"{card.title}: {change}{f' ({moved})' if moved else ''}.")
    left = len(told) - MAX_TOLD
    more = [f"{plural(left, 'more figure')} moved; `csi restatements` lists all."]
    return (*told[:MAX_TOLD], *(more if left > 0 else ()))


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
    for word, rows in (("came", rows_after - rows_before), ("went", rows_before - rows_after)):
        if rows:
            names = sorted(rows)
            left = len(names) - MAX_NUMBERS
            more = f" and {left:,} more" if left > 0 else ""
            yield f"{word}: {', '.join(names[:MAX_NUMBERS])}{more}"
