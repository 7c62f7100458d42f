"""The words around a pack: its subject, what a mail says that brings it, the lines of a chat."""

from collections.abc import Iterator, Sequence

from reports.deliver.letters import one_line
from reports.language import _, n_, speaking
from reports.model import Pack

MAX_CHANGES = 3
MAX_MOVED = 8


def subject(pack: Pack, version: int) -> str:
    """The subject of a mail: whose pack, which edition, of when; a later version says so."""
    with speaking(pack.language):
        edition = pack.title or pack.edition
        said = f"{pack.organisation}: {edition}, {pack.period}"
        if version > 1:
            said = _("{subject} (version {version})", subject=said, version=version)
        return one_line(said)


def cover(
    pack: Pack,
    moved: Sequence[str],
    version: int,
    *,
    files: Sequence[str],
    kept_back: Sequence[str] = (),
    link: str = "",
) -> str:
    """What a mail says whose pack is attached, as plain text.

    Args:
        pack: which.
        moved: what this version tells otherwise than the one before it.
        version: of the pack.
        files: the names of what is attached.
        kept_back: the names of what is too large to be attached.
        link: where the pack can be opened; "" for nowhere.
    """
    with speaking(pack.language):
        lines = [
            *brief_lines(pack),
            *_moved(moved, version),
            "",
            *_attached(files, kept_back, link),
        ]
    return "\n".join(lines)


def brief_lines(pack: Pack) -> Iterator[str]:
    """The headline, what is asked, what changed, what is missing; in the language spoken."""
    brief = pack.brief
    yield one_line(brief.headline, 400)
    if brief.asks:
        yield ""
        yield _("Decisions asked for:")
    for ask in brief.asks:
        facts = ", ".join(filter(None, (ask.owner, ask.due)))
        yield f"- {one_line(ask.title, 200)}{f' ({one_line(facts, 120)})' if facts else ''}"
    if brief.changes:
        yield ""
    for change in brief.changes[:MAX_CHANGES]:
        yield f"- {one_line(change, 300)}"
    if brief.programme:
        yield one_line(brief.programme, 300)
    if brief.gaps:
        n = len(brief.gaps)
        yield n_("{n} thing is missing; the pack says which.", "{n} things are missing; the pack "
                 "says which.", n)  # fmt: skip


def _moved(moved: Sequence[str], version: int) -> Iterator[str]:
    if version < 2:
        return
    yield ""
    yield _("This is version {version}; it takes the place of the one before.", version=version)
    for line in moved[:MAX_MOVED]:
        yield f"- {one_line(line, 300)}"


def _attached(files: Sequence[str], kept_back: Sequence[str], link: str) -> Iterator[str]:
    if files:
        yield _("Attached: {files}", files=", ".join(files))
    if kept_back:
        yield _("Too large for a mail, and kept in the archive: {files}",
                files=", ".join(kept_back))  # fmt: skip
    if link:
        yield _("In the archive: {link}", link=link)
