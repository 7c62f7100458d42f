"""What is done to a pack here: released or held back, remarked on, opened as it was archived."""

from collections.abc import Mapping
from dataclasses import dataclass

from itsm.errors import MappingError, NotThereError, TransitionError
from itsm.packs import ArchivedFile, ReleaseState, SectionComment
from itsm.register_forms import MAX_TEXT, readable
from itsm.register_roles import Deed, require_role
from reports.formats import Format, render
from review_app.identity.actors import Actor
from review_app.pack_access import opened
from review_app.parts import ReviewParts
from store.releasing import released
from store.unit_of_work import Store

PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-downloads"
)
"""An archived page may show itself and nothing else: no script, no form, nothing from anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFile:
    """A file as it is handed out; a page is shown, anything else is kept by the browser."""

    name: str
    media_type: str
    data: bytes
    is_page: bool


class PackDesk:
    """Acts on packs as whoever asks."""

    def __init__(self, parts: ReviewParts, store: Store) -> None:
        self._parts = parts
        self._works = parts.works
        self._store = store

    def release(self, pack_id: str, form: Mapping[str, str], who: Actor) -> str:
        """Let a pack go out, or hold it back; gives the word for what came of it.

        Raises:
            NotThereError: there is none for this reader.
            MappingError: the form makes no sense.
            TransitionError, RoleError: it may not be.
        """
        said, reason = form.get("state", ""), readable(form.get("reason", ""))[:MAX_TEXT].strip()
        if said not in {ReleaseState.RELEASED, ReleaseState.HELD}:
            raise MappingError(
                pack_id, "state", f"{said[:40]!r} is none of them", "choose released or held"
            )
        if said == ReleaseState.HELD and not reason:
            raise TransitionError(f"{pack_id}: say why it is held back")
        with self._store.begin() as uow:
            one = opened(uow, pack_id, who.sight)
            newest = max(
                line.version
                for line in uow.packs.lines(one.line.week)
                if line.edition == one.line.edition
            )
            if one.line.version < newest:
                raise TransitionError(f"{pack_id}: version {newest} has taken its place")
            at = self._works.clock()
            is_new = released(uow, pack_id, ReleaseState(said), who.person, at, reason)
            uow.commit()
        return said if is_new else "same"

    def remark(self, pack_id: str, form: Mapping[str, str], who: Actor) -> str:
        """Sign a remark on a section; the next version of the pack shows it.

        Raises:
            NotThereError: there is no such pack or section for this reader.
            RoleError: the person may not.
            TransitionError: it says nothing.
        """
        require_role(who.person, Deed.PUBLISH)
        text = readable(form.get("text", ""))[:MAX_TEXT].strip()
        section = form.get("section", "")
        if not text:
            raise TransitionError(f"{pack_id}: say what the readers should know")
        with self._store.begin() as uow:
            one = opened(uow, pack_id, who.sight)
            if section not in {"brief", *(part.id for part in one.pack.sections)}:
                raise NotThereError(f"{pack_id}: there is no section {section[:40]!r}")
            uow.section_comments.add(
                SectionComment(
                    comment_id="",
                    week=one.line.week,
                    edition=one.line.edition if form.get("only") else "",
                    section=section,
                    text=text,
                    actor=who.name,
                    signed=who.display,
                    at=self._works.clock(),
                )
            )
            uow.commit()
        return "remark"

    def withdraw(self, pack_id: str, comment_id: str, who: Actor) -> str:
        """Take a remark back; whoever signed it may, and whoever releases packs.

        Raises:
            NotThereError: there is no such remark on this pack.
            RoleError: the person may not.
        """
        with self._store.begin() as uow:
            one = opened(uow, pack_id, who.sight)
            held = uow.section_comments.list(one.line.week)
            remark = next((held for held in held if held.comment_id == comment_id), None)
            if remark is None:
                raise NotThereError(f"{pack_id}: there is no remark {comment_id[:40]!r}")
            if remark.actor != who.name:
                require_role(who.person, Deed.PUBLISH)
            uow.section_comments.withdraw(comment_id, who.name, self._works.clock())
            uow.commit()
        return "withdrawn"

    def settle(self, pack_id: str, delivery_id: str, form: Mapping[str, str], who: Actor) -> str:
        """Say that an unclear delivery arrived, or have one sent again; `arrived` is 1 or 0.

        Raises:
            NotThereError: the pack has no such delivery for this reader.
            RoleError: the person may not.
            TransitionError: it does not stand so, or the form does not say.
        """
        require_role(who.person, Deed.PUBLISH)
        said = form.get("arrived", "")
        if said not in {"0", "1"}:
            raise TransitionError(f"{delivery_id}: say whether it arrived (1) or is sent again (0)")
        with self._store.begin() as uow:
            opened(uow, pack_id, who.sight)
            ours = {one.delivery_id for one in uow.deliveries.list(item=pack_id)}
            if delivery_id not in ours:
                raise NotThereError(f"{pack_id}: there is no delivery {delivery_id[:40]!r}")
            reason = readable(form.get("reason", ""))[:MAX_TEXT]
            uow.deliveries.settle(
                delivery_id,
                arrived=said == "1",
                actor=who.name,
                at=self._works.clock(),
                reason=reason,
            )
            uow.commit()
        return "arrived" if said == "1" else "again"

    def file(self, pack_id: str, sha256: str, who: Actor) -> OpenedFile:
        """A file of the archive, held against its hash.

        Raises:
            NotThereError: there is no such file of this pack for this reader.
            PublishError: it is missing in the archive, or damaged.
        """
        with self._store.look() as uow:
            opened(uow, pack_id, who.sight)
            files = uow.packs.files(pack_id)
        found = next((one for one in files if one.sha256 == sha256), None)
        if found is None or self._works.archive is None:
            raise NotThereError(f"{pack_id}: there is no file {sha256[:12]!r} in the archive")
        return _file(found, self._works.archive.get(sha256))

    def page(self, pack_id: str, who: Actor) -> OpenedFile:
        """The pack as a page: as it was archived, else made from its frozen data.

        Raises:
            NotThereError: there is none for this reader.
            RenderError: the typeface is not installed.
        """
        files = self._pages(pack_id, who)
        return next(file for file in files if file.is_page)

    def beside(self, pack_id: str, name: str, who: Actor) -> OpenedFile:
        """A file that the page of a pack leads to: the list of the records behind its figures.

        Raises:
            NotThereError: there is none of that name for this reader.
        """
        found = next((one for one in self._pages(pack_id, who) if one.name == name), None)
        if found is None:
            raise NotThereError(f"{pack_id}: there is no file {name[:60]!r} beside its page")
        return found

    def _pages(self, pack_id: str, who: Actor) -> list[OpenedFile]:
        """The page of a pack and what belongs to it."""
        archive = self._works.archive
        with self._store.look() as uow:
            one = opened(uow, pack_id, who.sight)
            kept = [file for file in uow.packs.files(pack_id) if file.format == Format.HTML]
        if archive is not None and any(map(_is_html, kept)):
            return [_file(file, archive.get(file.sha256)) for file in kept]
        return [
            OpenedFile(
                name=made.name,
                media_type=made.media_type,
                data=made.data,
                is_page=_is_page(made.media_type),
            )
            for made in render(one.pack, Format.HTML)
        ]


def _file(one: ArchivedFile, data: bytes) -> OpenedFile:
    return OpenedFile(name=one.name, media_type=one.media_type, data=data, is_page=_is_html(one))


def _is_html(one: ArchivedFile) -> bool:
    return _is_page(one.media_type)


def _is_page(media_type: str) -> bool:
    return media_type.partition(";")[0].strip() == "text/html"
