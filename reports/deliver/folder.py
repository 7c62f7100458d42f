"""The door into a folder, a share or an object store: the files of a letter, under its own name."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from itsm.deliveries import DeliveryState
from itsm.errors import DeliveryError, PublishError
from reports.deliver.doors import SOMEBODY_ELSE, Keep, Outcome
from reports.deliver.letters import Letter, Reader
from reports.formats import RenderedFile
from reports.places import Place


@dataclass(slots=True)
class FolderDoor:
    """A place of the settings.

    Attributes:
        name: of the place in the settings.
        address: a folder, or an address that fsspec knows.
    """

    name: str
    address: str
    _place: Place | None = None

    @property
    def may_repeat(self) -> bool:
        """The same file written twice is one file."""
        return True

    def open(self) -> None:
        """Open the place.

        Raises:
            DeliveryError: nothing here can open such an address.
        """
        if self._place is None:
            try:
                self._place = Place(self.address, setting=f"delivery.folders.{self.name}")
            except PublishError as error:
                raise DeliveryError(str(error)) from None

    def send(self, letter: Letter, to: Reader, keep: Keep) -> Outcome:
        """Write the files; the one that says so is written last.

        Raises:
            DeliveryError: the place cannot be opened.
        """
        self.open()
        assert self._place is not None
        if not keep():
            return SOMEBODY_ELSE
        try:
            for file in (*letter.attachments, *_told(letter)):
                self._place.write(f"{letter.item}/{PurePosixPath(file.name).name}", file.data)
        except PublishError as error:
            return Outcome(state=DeliveryState.WAITING, said=str(error))
        return Outcome(state=DeliveryState.SENT, said=self._place.where(letter.item))

    def close(self) -> None:
        """Nothing is kept open."""


def _told(letter: Letter) -> tuple[RenderedFile, ...]:
    """The letter itself as text; it is there once all the others are."""
    text = f"{letter.subject}\n\n{letter.text}".encode()
    return (RenderedFile(name="letter.txt", media_type="text/plain; charset=utf-8", data=text),)
