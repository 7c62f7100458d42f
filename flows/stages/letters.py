"""Letters: what goes to a reader, put together from the archive."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from flows.stages.archive import archive_pack, archived
from flows.wiring import Parts
from itsm.deliveries import GONE_OUT, Delivery
from itsm.packs import ArchivedFile, pack_id
from itsm.subscriptions import Channel
from reports.archive import Archive
from reports.deliver.cover import brief_lines, cover, newer, on_page, subject
from reports.deliver.letters import Letter
from reports.formats import Format, RenderedFile
from reports.language import speaking
from reports.model import Pack
from reports.moved import moved
from reports.pack import pack_from_json
from store.publishing import PackLine
from store.runs import PackSnapshot
from store.unit_of_work import UnitOfWork

DAILY = "daily"
"""The format of a letter of a day: its text, its page, its pictures."""
_KEPT = 8
"""So many letters are kept for their next readers."""
_TEXT, _PAGE = "text/plain", "text/html"


@dataclass(frozen=True, slots=True)
class _Key:
    """What the letter of a pack depends on; who it goes to is not part of it."""

    item: str
    channel: Channel
    formats: tuple[str, ...]
    earlier: str
    is_short: bool


@dataclass(frozen=True, slots=True)
class Letters:
    """Puts letters together; the readers of a pack share one.

    Attributes:
        parts: from `flows.wiring`.
        archive: where their files lie.
    """

    parts: Parts
    archive: Archive
    _made: dict[_Key, Letter] = field(default_factory=dict)

    def letter(self, delivery: Delivery, *, short: bool = False) -> Letter:
        """What a delivery brings.

        Args:
            delivery: which.
            short: without attachments, because they were too large; with a link instead.

        Raises:
            StoreError: there is no such pack.
            PublishError: a file of it is missing or damaged, or cannot be rendered.
        """
        with self.parts.store.look() as uow:
            files = uow.packs.files(delivery.item)
            if any(one.format == DAILY for one in files):
                return self._of_day(delivery, files)
            earlier = _earlier(uow, delivery, uow.packs.line(delivery.item))
        key = _Key(delivery.item, delivery.channel, delivery.formats, earlier, short)
        if key not in self._made:
            if len(self._made) >= _KEPT:
                self._made.clear()
            self._made[key] = self._of_pack(key)
        return self._made[key]

    def _of_pack(self, key: _Key) -> Letter:
        files = archive_pack(self.parts, key.item, key.formats)
        with self.parts.store.look() as uow:
            snapshot = uow.packs.by_id(key.item)
            before = uow.packs.find(key.earlier) if key.earlier else None
        pack = pack_from_json(snapshot.content)
        body = archived(self.archive, [one for one in files if one.format == Format.MAIL])
        others = [one for one in files if one.format != Format.MAIL]
        is_mail = key.channel is Channel.MAIL
        is_short = key.is_short or (is_mail and sum(one.size for one in others) > self._limit())
        note = () if before is None else _since(before, pack, snapshot.version)
        names, link = [one.name for one in others], self.link(key.item)
        shown, kept_back = ([], names) if is_short else (names, [])
        with speaking(pack.language):
            brief = "\n".join(brief_lines(pack))
        letter = Letter(
            item=key.item,
            subject=subject(pack, snapshot.version),
            text=cover(pack, note, files=shown, kept_back=kept_back, link=link),
            brief=brief,
            attachments=() if is_short else archived(self.archive, others),
            follows=key.earlier,
            link=link,
            language=pack.language,
        )
        if is_mail:
            return _with_body(letter, body, note)
        return replace(letter, attachments=(*letter.attachments, *body))

    def _of_day(self, delivery: Delivery, files: Sequence[ArchivedFile]) -> Letter:
        """A letter of a day; its subject is the first line of its text."""
        body = archived(self.archive, files)
        text = _first(body, _TEXT)
        head, _, rest = text.partition("\n")
        letter = Letter(
            item=delivery.item, subject=head, text=rest.lstrip("\n"), brief=rest.strip()
        )
        return _with_body(replace(letter, text=letter.text), _without_text(body))

    def link(self, item: str) -> str:
        """Where a pack can be opened; "" where the settings do not say."""
        return self.parts.settings.delivery.archive_url.replace("{pack}", item)

    def _limit(self) -> int:
        """How much may be attached: base64 makes it a third longer."""
        mail = self.parts.settings.delivery.mail
        return int((mail.max_bytes if mail else 10_000_000) * 0.72)


def _earlier(uow: UnitOfWork, delivery: Delivery, line: PackLine) -> str:
    """The newest earlier version that went to this reader; "" where none did."""
    for version in range(line.version - 1, 0, -1):
        earlier = pack_id(line.week, line.edition, version)
        for one in uow.deliveries.list(item=earlier):
            if one.key[1:] == delivery.key[1:] and one.state in GONE_OUT:
                return earlier
    return ""


def _since(earlier: PackSnapshot, pack: Pack, version: int) -> tuple[str, ...]:
    """What moved since the version a reader has, in their language."""
    with speaking(pack.language):
        return newer(pack, version, moved(pack_from_json(earlier.content), pack))


def _with_body(letter: Letter, body: Sequence[RenderedFile], note: Sequence[str] = ()) -> Letter:
    """The letter with the pack itself as its page, where it was rendered as a mail."""
    page = _first(body, _PAGE)
    if not page:
        return letter
    text = _first(body, _TEXT)
    more = f"\n\n{letter.text}" if letter.attachments else ""
    before = "\n".join([*note, ""]) + "\n" if note and not more else ""
    return replace(
        letter,
        page=on_page(page, note),
        text=f"{before}{text}{more}" if text else letter.text,
        pictures=tuple(one for one in body if one.content_id),
    )


def _without_text(body: Sequence[RenderedFile]) -> tuple[RenderedFile, ...]:
    return tuple(one for one in body if not one.media_type.startswith(_TEXT))


def _first(files: Sequence[RenderedFile], kind: str) -> str:
    """The first file of a media type, as text; "" where there is none."""
    found = (one for one in files if one.media_type.startswith(kind) and not one.content_id)
    return next((one.data.decode() for one in found), "")
