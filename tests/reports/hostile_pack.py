"""A pack with an attack in every text, wherever it came from."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from hashlib import sha256

from reports.model import Pack

ATTACKS = (
    "<script>alert('pwned')</script>",
    "</style></title><img src=x onerror=alert(1)>",
    "{{ 7*7 }}{% for x in y %}${7*7}<%= 7*7 %>",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example","click")',
    "+1+1",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "\uff1d1+1",
    "safe\u202egnp.exe\u202c\u2066x\u2069",
    "a\x00b\x07c\x1b[31md\x85e\ufffe",
    "Subject\r\nBcc: everybody@evil.example\r\n\r\nbody",
    "javascript:alert(1)",
    "]]><!--<![CDATA[&#0;&lt;script&gt;",
    "a" + "\u0301" * 40,
    "ﷺ مرحبا שלום 漢字 🙂",
    "'; DROP TABLE packs; --",
    "../../etc/passwd",
    "file:///etc/passwd",
)
ENDLESS = "W" * 100_000
OURS = frozenset(
    "anchor anchors change_anchors id section_id figure_id language week kind tone candidate_id "
    "edition key weeks".split()
)
"""Fields that hold what we make ourselves: anchors, ids, keys, labels of periods."""


def hostile(pack: Pack, *, endless: bool = True) -> Pack:
    """The pack with another attack in each text; some are endless."""
    found = _attacked(pack, "pack", endless)
    assert isinstance(found, Pack)
    return found


def _attacked(value: object, place: str, endless: bool) -> object:
    if isinstance(value, str):
        return _attack(place, endless) if value else value
    if isinstance(value, tuple):
        return tuple(_attacked(one, f"{place}.{i}", endless) for i, one in enumerate(value))
    if isinstance(value, Mapping):
        return {key: _attacked(one, f"{place}.{key}", endless) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            one.name: _attacked(getattr(value, one.name), f"{place}.{one.name}", endless)
            for one in fields(value)
            if one.name not in OURS
        }
        return replace(value, **changed)
    return value


def _attack(place: str, endless: bool) -> str:
    """The attack of a place: always the same, and all of them in turn."""
    drawn = int.from_bytes(sha256(place.encode()).digest()[:4])
    if endless and drawn % 97 == 0:
        return ENDLESS
    return f"{ATTACKS[drawn % len(ATTACKS)]} {drawn % 1000}"
