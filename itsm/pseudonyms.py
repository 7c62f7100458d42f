"""What callers, assignees and others are called where their records are kept: keyed pseudonyms.

The same name under the same key is the same pseudonym, so whatever counts people counts the same;
without the key nobody can tell whose it is by trying the names of a staff list.
"""

import base64
import hmac
import re
import secrets
from collections.abc import Mapping
from types import MappingProxyType

from itsm.states import RecordKind

PERSON_FIELDS: Mapping[RecordKind, tuple[str, ...]] = MappingProxyType(
    {
        RecordKind.INCIDENT: ("assignee", "caller", "opened_by", "resolved_by"),
        RecordKind.SERVICE_REQUEST: ("assignee", "caller"),
        RecordKind.APPROVAL: ("approver",),
        RecordKind.HISTORY: ("actor",),
        RecordKind.COMMENT: ("author",),
    }
)
"""The fields that name a person who is kept under a pseudonym.

Owners of services, vendors, articles and review actions are not among them: they are named in packs
because the work is theirs.
"""

NAMED_PEOPLE: Mapping[RecordKind, tuple[str, ...]] = MappingProxyType(
    {
        **{kind: names for kind, names in PERSON_FIELDS.items() if kind is not RecordKind.HISTORY},
        **dict.fromkeys(
            (
                RecordKind.SERVICE,
                RecordKind.VENDOR,
                RecordKind.KNOWLEDGE_ARTICLE,
                RecordKind.POST_INCIDENT_REVIEW,
                RecordKind.REVIEW_ACTION,
            ),
            ("owner",),
        ),
    }
)
"""Where records name people whose names are taken out of texts."""

PERSON_VALUES = ("old", "new")
"""What a change of the assignee went from and to; they name people in such rows of history only."""

_BYTES = 12
"""96 bits: among a million people two alike come once in 10^17 installations."""
_FORM = re.compile(r"[px]~[A-Za-z0-9_-]{16}")


def pseudonym(key: bytes, name: str) -> str:
    """What a person is called.

    Args:
        key: of the installation.
        name: as the source writes it; another spelling is another pseudonym, as it is another name.

    Source:
        RFC 2104, HMAC, with SHA-256, cut to 96 bits.
    """
    return f"p~{_text(hmac.digest(key, name.encode(errors='replace'), 'sha256')[:_BYTES])}"


def nobody() -> str:
    """A pseudonym that follows from no name and no key, for whoever is erased."""
    return f"x~{_text(secrets.token_bytes(_BYTES))}"


def is_pseudonym(text: str) -> bool:
    """Whether a text is one, of a person or of an erased one."""
    return _FORM.fullmatch(text) is not None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
