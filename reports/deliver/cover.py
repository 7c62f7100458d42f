"""The words around a pack: its subject, what a mail says that brings it, the lines of a chat."""

import re
from collections.abc import Iterator, Sequence
from html import escape

from reports.deliver.letters import one_line
from reports.language import _, n_, speaking
from reports.model import Pack

MAX_CHANGES = 3
MAX_MOVED = 8
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)


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
    note: Sequence[str],
    *,
    files: Sequence[str],
    kept_back: Sequence[str] = (),
    link: str = "",
) -> str:
    """What a mail says whose pack is attached, as plain text.

    Args:
        pack: which.
        note: from `newer`.
        files: the names of what is attached.
        kept_back: the names of what is too large to be attached.
        link: where the pack can be opened; "" for nowhere.
    """
    with speaking(pack.language):
        told = [*brief_lines(pack), "", *_attached(files, kept_back, link)]
    return "\n".join([*note, *([""] if note else []), *told])


def newer(pack: Pack, version: int, moved: Sequence[str]) -> tuple[str, ...]:
    """What a reader is told first who has an earlier version: that it moved, and what.

    Args:
        pack: the newer one.
        version: of it.
        moved: what it tells otherwise than the version the reader has.
    """
    with speaking(pack.language):
        head = _("This is version {version}; it takes the place of the one you have.",
                 version=version)  # fmt: skip
    shown = [f"- {one_line(line, 300)}" for line in moved[:MAX_MOVED]]
    return (head, *shown)


def on_page(page: str, note: Sequence[str]) -> str:
    """The page of a mail with the note before everything else."""
    if not note:
        return page
    lines = "<br>".join(escape(line) for line in note)
    box = (
        '<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" '
        'border="0" bgcolor="#ffffff"><tr><td align="center" style="padding:16px 16px 0 16px;">'
        '<table role="presentation" width="100%" style="max-width:600px;"><tr><td class="ink rule" '
        "style=\"font-family:'Segoe UI',Helvetica,Arial,sans-serif;color:#16232e;font-size:14px;"
        f'line-height:20px;padding:0 0 12px 0;border-bottom:2px solid #16232e;">{lines}'
        "</td></tr></table></td></tr></table>"
    )
    return _BODY.sub(lambda found: f"{found[0]}{box}", page, count=1)


def waiting_subject(organisation: str, n: int) -> str:
    """The subject of a letter of what waits for a person, in the language spoken."""
    return n_(
        "{organisation}: {n} thing waits for you",
        "{organisation}: {n} things wait for you",
        n,
        organisation=organisation,
    )


def more_waiting(n: int) -> str:
    """What such a letter says of the rest."""
    return n_("{n} more waits.", "{n} more wait.", n)


def brief_lines(pack: Pack) -> Iterator[str]:
    """The headline, what is asked and what changed; in the language spoken."""
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
        yield ""
        yield one_line(brief.programme, 300)


def _attached(files: Sequence[str], kept_back: Sequence[str], link: str) -> Iterator[str]:
    if files:
        yield _("Attached: {files}", files=", ".join(files))
    if kept_back:
        yield _("Too large for a mail, and kept in the archive: {files}",
                files=", ".join(kept_back))  # fmt: skip
    if link:
        yield _("In the archive: {link}", link=link)
