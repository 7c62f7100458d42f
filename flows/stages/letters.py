"""Letters: what goes to a reader, put together from the archive."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flows.stages.archive import archive_pack, archived
from flows.wiring import Parts
from itsm.deliveries import GONE_OUT, Delivery
from itsm.packs import ArchivedFile
from itsm.subscriptions import Channel
from reports.archive import Archive
from reports.deliver.cover import brief_lines, cover, newer, on_page, subject
from reports.deliver.letters import Letter
from reports.formats import Format, RenderedFile
from reports.language import speaking
from reports.model import Pack
from reports.moved import moved
from reports.pack import pack_from_json
from store.runs import PackSnapshot

DAILY = "daily"
"""The format of a letter of a day: its text, its page, its pictures."""
_TEXT, _PAGE = "text/plain", "text/html"


@dataclass(frozen=True, slots=True)
class Letters:
    """Puts letters together.

    Attributes:
        parts: from `flows.wiring`.
        archive: where their files lie.
    """

    parts: Parts
    archive: Archive

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
            snapshot = uow.packs.by_id(delivery.item)
        chosen = archive_pack(self.parts, delivery.item, delivery.formats)
        return self._of_pack(delivery, snapshot, chosen, short=short)

    def _of_pack(
        self,
        delivery: Delivery,
        snapshot: PackSnapshot,
        files: Sequence[ArchivedFile],
        *,
        short: bool,
    ) -> Letter:
        pack = pack_from_json(snapshot.content)
        body = archived(self.archive, [one for one in files if one.format == Format.MAIL])
        others = [one for one in files if one.format != Format.MAIL]
        is_mail = delivery.channel is Channel.MAIL
        is_short = short or (is_mail and sum(one.size for one in others) > self._limit())
        earlier = self._earlier(delivery, snapshot)
        note = () if earlier is None else _since(earlier, pack, snapshot.version)
        names, link = [one.name for one in others], self.link(delivery.item)
        shown, kept_back = ([], names) if is_short else (names, [])
        with speaking(pack.language):
            brief = "\n".join(brief_lines(pack))
        letter = Letter(
            item=delivery.item,
            subject=subject(pack, snapshot.version),
            text=cover(pack, note, files=shown, kept_back=kept_back, link=link),
            brief=brief,
            attachments=() if is_short else archived(self.archive, others),
            follows=earlier.pack_id if earlier is not None else "",
            link=link,
            language=pack.language,
        )
        if is_mail:
            return _with_body(letter, body, note)
        return replace(letter, attachments=(*letter.attachments, *body))

    def _earlier(self, delivery: Delivery, snapshot: PackSnapshot) -> PackSnapshot | None:
        """The newest earlier version that went to this reader; None where none did."""
        with self.parts.store.look() as uow:
            for version in range(snapshot.version - 1, 0, -1):
                earlier = uow.packs.get(snapshot.week, snapshot.edition, version)
                if earlier is None:
                    continue
                for one in uow.deliveries.list(item=earlier.pack_id):
                    is_theirs = one.key[1:] == delivery.key[1:]
                    if is_theirs and one.state in GONE_OUT:
                        return earlier
        return None

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
