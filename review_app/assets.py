"""Style, script and typeface of the pages, all from this machine."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.resources import files

from itsm.errors import RenderError
from reports.fonts import font_bytes
from reports.sheets import screen_theme


@dataclass(frozen=True, slots=True)
class Asset:
    """A file with its media type."""

    content: bytes
    media_type: str


class Assets:
    """The files by name; an address carries a mark of the content, so that it can be kept."""

    def __init__(self) -> None:
        self._assets = {name: asset for name, make in _MAKERS.items() if (asset := _made(make))}
        self._marks = {
            name: hashlib.sha256(asset.content).hexdigest()[:12]
            for name, asset in self._assets.items()
        }

    def get(self, name: str) -> Asset | None:
        """A file by its name."""
        return self._assets.get(name)

    @property
    def faces(self) -> tuple[str, ...]:
        """Where the typeface is, as the stylesheet names it; none where it is not installed."""
        return tuple(f"/static/{name}" for name in self._assets if name.endswith(".ttf"))

    def address(self, name: str) -> str:
        """Where a page finds a file."""
        return f"/static/{name}?{self._marks[name]}"


def _made(make: Callable[[], Asset]) -> Asset | None:
    """The file, or None where the typeface is not installed: the system's own does, too."""
    try:
        return make()
    except RenderError:
        return None


def _face(face: str) -> Asset:
    return Asset(font_bytes(face), "font/ttf")


def _own(name: str, media_type: str) -> Asset:
    return Asset((files("review_app") / "static" / name).read_bytes(), media_type)


def _theme() -> Asset:
    return Asset(screen_theme().encode(), "text/css; charset=utf-8")


_MAKERS: Mapping[str, Callable[[], Asset]] = {
    "theme.css": _theme,
    "review.css": partial(_own, "review.css", "text/css; charset=utf-8"),
    "works.css": partial(_own, "works.css", "text/css; charset=utf-8"),
    "access.css": partial(_own, "access.css", "text/css; charset=utf-8"),
    "review.js": partial(_own, "review.js", "text/javascript; charset=utf-8"),
    "mark.svg": partial(_own, "mark.svg", "image/svg+xml"),
    "source-sans-regular.ttf": partial(_face, "Regular"),
    "source-sans-semibold.ttf": partial(_face, "Semibold"),
}
