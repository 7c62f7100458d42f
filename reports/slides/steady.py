"""The same bytes each time: office files without the moment they were written in."""

import re
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_DATED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def steady(document: bytes, made_at: datetime) -> bytes:
    """An office file, and those inside it, with one moment in the place of the clock's.

    Args:
        document: a zip as office programs write it.
        made_at: told as the time it was made.
    """
    kept = BytesIO()
    with ZipFile(BytesIO(document)) as given, ZipFile(kept, "w", ZIP_DEFLATED) as made:
        for name in given.namelist():
            part = ZipInfo(name, _EPOCH)
            part.compress_type = ZIP_DEFLATED
            made.writestr(part, _steady_part(name, given.read(name), made_at))
    return kept.getvalue()


def _steady_part(name: str, data: bytes, made_at: datetime) -> bytes:
    if name.endswith(".xlsx"):
        return steady(data, made_at)
    if name == "docProps/core.xml":
        moment = f"{made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}".encode()
        return _DATED.sub(rb"\g<1>" + moment + rb"\g<2>", data)
    return data
