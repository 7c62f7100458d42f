"""What a newer version of a pack tells otherwise than the one before it, of whatever kind."""

from collections.abc import Iterator, Mapping

from itsm.codec import to_plain
from reports.language import _
from reports.model import Comment, Pack, Section
from reports.restated import restated

_TOLD_APART = frozenset({"sections", "comments", "evidence", "missing", "brief"})
_EVERY_TIME = frozenset({"run_id", "made_at", "journal_head", "checksum"})
"""Fields that differ between any two runs."""


def moved(earlier: Pack, later: Pack) -> tuple[str, ...]:
    """What differs, the figures first, each as old -> new; never nothing where packs differ.

    Args:
        earlier: the version that was given out.
        later: the one that takes its place.
    """
    figures = restated(earlier, later)
    rest = (
        *_sections(earlier, later),
        *_comments(earlier, later),
        *_missing(earlier, later),
        *_other(earlier, later),
    )
    return (*figures, *rest) or (_("Wording only; no figure moved."),)


def _sections(earlier: Pack, later: Pack) -> Iterator[str]:
    """Sections that came, went, or say something else although no headline figure moved."""
    were, are = _by_id(earlier), _by_id(later)
    for key in sorted(are.keys() - were.keys()):
        yield _("Section {title} is new.", title=are[key].title)
    for key in sorted(were.keys() - are.keys()):
        yield _("Section {title} is gone.", title=were[key].title)
    changed = [one.title for key, one in are.items() if key in were and were[key] != one]
    if changed:
        yield _("Changed in text, tables or charts: {titles}.", titles=", ".join(changed))


def _by_id(pack: Pack) -> Mapping[str, Section]:
    return {section.id: section for section in pack.sections}


def _comments(earlier: Pack, later: Pack) -> Iterator[str]:
    was, now = set(earlier.comments), set(later.comments)
    for one in sorted(now - was, key=_in_order):
        yield _("Comment by {name} added: {section}.", name=one.by, section=one.section_id)
    for one in sorted(was - now, key=_in_order):
        yield _("Comment by {name} withdrawn: {section}.", name=one.by, section=one.section_id)


def _in_order(comment: Comment) -> tuple[str, str, str]:
    return comment.section_id, comment.by, comment.text


def _missing(earlier: Pack, later: Pack) -> Iterator[str]:
    was, now = {one.what for one in earlier.missing}, {one.what for one in later.missing}
    if came := sorted(now - was):
        yield _("Missing now: {what}.", what=", ".join(came))
    if went := sorted(was - now):
        yield _("No longer missing: {what}.", what=", ".join(went))


def _other(earlier: Pack, later: Pack) -> Iterator[str]:
    """Everything else a pack holds, such as its configuration, by name."""
    was, now = to_plain(earlier), to_plain(later)
    assert isinstance(was, dict)
    assert isinstance(now, dict)
    names = [
        name
        for name in sorted(now)
        if name not in _TOLD_APART | _EVERY_TIME and was[name] != now[name]
    ]
    if "provenance" in names:
        before, after = dict(earlier.provenance), dict(later.provenance)
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) != after.get(key):
                yield f"{key}: {before.get(key, '–')} -> {after.get(key, '–')}."
    plain = [name.replace("_", " ") for name in names if name != "provenance"]
    if plain:
        yield _("Also changed: {names}.", names=", ".join(plain))
