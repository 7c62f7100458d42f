"""How the files of a pack are called: by week and edition, so that several fit into one folder."""

import re
import unicodedata

from reports.model import Pack

_PERIOD = re.compile(r"[^A-Za-z0-9]+")
_OTHER = re.compile(r"[^a-z0-9]+")


def stem(pack: Pack) -> str:
    """What the names of a pack's files begin with: pack-2026-W34-service-owner."""
    return f"pack-{_PERIOD.sub('-', pack.week)}-{slug(pack.edition)}"


def slug(text: str) -> str:
    """A text as a part of a file name: lower-case letters without accents, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _OTHER.sub("-", plain).strip("-")[:60] or "pack"


def evidence_name(pack: Pack) -> str:
    """The file that lists every record behind every figure."""
    return f"{stem(pack)}-evidence.csv"
