"""What was found of a part as bytes, and back: JSON, and the arrays behind it as they are."""

import io
import json
from collections.abc import Mapping
from dataclasses import fields
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.judged import Judged, References, Seen, Tally, Together
from itsm.errors import CheckError
from itsm.states import RecordKind

MAGIC = b"csi-judged 1\n"
_LENGTH = 8


def to_bytes(judged: Judged) -> bytes:
    """What was found of a part; the same gives the same bytes."""
    arrays = [judged.moved, *(judged.together[rule].hashes for rule in sorted(judged.together))]
    told = json.dumps(_told(judged), sort_keys=True, separators=(",", ":")).encode()
    stream = io.BytesIO()
    stream.write(MAGIC + len(told).to_bytes(_LENGTH, "little") + told)
    for array in arrays:
        np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)
    return stream.getvalue()


def from_bytes(data: bytes) -> Judged:
    """What was found of a part.

    Raises:
        CheckError: these are not the bytes of it, or of another version.
    """
    if not data.startswith(MAGIC):
        raise CheckError("what was found of a part cannot be read: it is of another version")
    start = len(MAGIC) + _LENGTH
    length = int.from_bytes(data[len(MAGIC) : start], "little")
    stream = io.BytesIO(data[start + length :])
    try:
        return _read(json.loads(data[start : start + length]), stream)
    except (ValueError, KeyError, TypeError, EOFError) as error:
        raise CheckError(f"what was found of a part cannot be read: {error}") from None


def form() -> str:
    """The form of what is kept, in a word: another form is another word."""
    kinds = (Judged, Tally, Seen, Together, References)
    told = "; ".join(f"{kind.__name__}: {[one.name for one in fields(kind)]}" for kind in kinds)
    return sha256(told.encode() + MAGIC).hexdigest()[:12]


def _told(judged: Judged) -> dict[str, Any]:
    return {
        "n_records": judged.n_records,
        "n_aside": judged.n_aside,
        "tallies": {
            rule: [one.n_checked, one.n_failed, one.failed, dict(one.shown)]
            for rule, one in judged.tallies.items()
        },
        "applying": sorted(judged.applying),
        "together": {
            rule: [[key, rows] for key, rows in sorted(one.rows.items())]
            for rule, one in judged.together.items()
        },
        "references": {
            kind.value: [one.found, one.missing] for kind, one in judged.references.items()
        },
        "seen": [dict(judged.seen.filled), dict(judged.seen.codes), dict(judged.seen.weeks)],
        "active": dict(judged.active),
        "same": [judged.same_from, judged.same_until],
    }


def _read(told: Mapping[str, Any], stream: io.BytesIO) -> Judged:
    moved = _array(stream)
    hashes = {rule: _array(stream) for rule in sorted(told["together"])}
    filled, codes, weeks = told["seen"]
    return Judged(
        n_records=told["n_records"],
        n_aside=told["n_aside"],
        tallies={rule: _tally(*one) for rule, one in told["tallies"].items()},
        applying=frozenset(told["applying"]),
        together={
            rule: Together(
                hashes=hashes[rule],
                rows={key: tuple(map(tuple, some)) for key, some in rows},
            )
            for rule, rows in told["together"].items()
        },
        references={
            RecordKind(kind): References(found=tuple(found), missing=tuple(missing))
            for kind, (found, missing) in told["references"].items()
        },
        moved=moved,
        seen=Seen(
            filled=filled,
            codes={name: None if some is None else tuple(some) for name, some in codes.items()},
            weeks=weeks,
        ),
        active=told["active"],
        same_from=told["same"][0],
        same_until=told["same"][1],
    )


def _tally(n_checked: int, n_failed: int, failed: list[str], shown: dict[str, int]) -> Tally:
    return Tally(n_checked=n_checked, n_failed=n_failed, failed=tuple(failed), shown=shown)


def _array(stream: io.BytesIO) -> NDArray[Any]:
    array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    return array
