"""The typeface of the packs, from an installed package, cut down and ready to embed."""

import base64
import logging
from functools import cache
from importlib import import_module
from importlib.resources import files
from io import BytesIO

from itsm.errors import RenderError

FAMILY = "Source Sans Pro"
PACKAGE = "font_source_sans_pro"
FACES = {("normal", 400): "Regular", ("normal", 600): "Semibold", ("italic", 400): "It"}
"""Style and weight of each face that is embedded."""

_RANGES = ((0x20, 0x24F), (0x370, 0x3FF), (0x400, 0x45F), (0x1E80, 0x1EFF), (0x2010, 0x205E))
_SINGLES = "€™←↑→↓−≈≤≥✓◆▲■×±"
_FEATURES = ["kern", "ccmp", "locl", "mark", "mkmk", "tnum", "lnum"]


@cache
def font_faces() -> str:
    """The `@font-face` rules with the fonts inside: Latin, Greek, Cyrillic and signs.

    Other scripts fall back to what the machine has.

    Raises:
        RenderError: the font package is not installed.
    """
    return "\n".join(
        f'@font-face{{font-family:"{FAMILY}";font-style:{style};font-weight:{weight};'
        f"src:url(data:font/woff2;base64,{_subset(name)}) format('woff2')}}"
        for (style, weight), name in FACES.items()
    )


def _subset(name: str) -> str:
    """One face with the characters of our ranges only, as base64 of WOFF2."""
    subset = import_module("fontTools.subset")
    font_file = import_module("fontTools.ttLib").TTFont
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    options = subset.Options(flavor="woff2", hinting=False, layout_features=_FEATURES)
    with font_file(BytesIO(font_bytes(name)), recalcTimestamp=False) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=_characters())
        cutter.subset(font)
        font.flavor = "woff2"
        kept = BytesIO()
        font.save(kept)
    return base64.b64encode(kept.getvalue()).decode("ascii")


def _characters() -> set[int]:
    wanted = {ord(sign) for sign in _SINGLES}
    for first, last in _RANGES:
        wanted.update(range(first, last + 1))
    return wanted


def font_bytes(name: str) -> bytes:
    """One face as the package has it, whole, as TrueType.

    Raises:
        RenderError: the font package is not installed.
    """
    try:
        folder = files(PACKAGE) / "files"
        return (folder / f"SourceSansPro-{name}.ttf").read_bytes()
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise RenderError(
            "the typeface of the packs is not installed: pip install font-source-sans-pro"
        ) from error
