"""Whether this machine can run it: settings, time zone, database, disk, libraries, Prefect."""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url

from connectors.core.source import Finding, Level
from flows.settings import Settings
from flows.wiring import database_url
from itsm.errors import RenderError, StoreError
from store.engine import WRITES, open_engine, store_errors
from store.schema import revisions
from store.unit_of_work import Store

LITTLE_DISK_GB = 2.0
TOO_LITTLE_DISK_GB = 0.2

HELD_BACK: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"sqlalchemy": (2, 1), "fastapi": (0, 151)}
)
"""Libraries that Prefect fails on from these versions on; see docs/decisions/0001."""

PREFECT_TESTED = ((3, 8, 8), (3, 8, 8))
"""The oldest and the newest version of Prefect that the tests ran with."""
PREFECT_BELOW = (4,)
"""From this version on nothing is promised."""
PREFECT_TIMEOUT_S = 5.0


def installation(settings: Settings, base: Path) -> Iterator[Finding]:
    """What was found, in the order it was looked at; nothing is changed.

    Args:
        settings: from `load_settings`.
        base: the folder that relative paths of the settings start from.
    """
    yield from _sources(settings)
    yield _zone(settings)
    yield _database(settings, base)
    yield _disk(base / settings.out)
    yield _pdf()
    yield from libraries(version)
    yield prefect_version("prefect", version("prefect"))
    yield from _prefect(os.environ.get("PREFECT_API_URL"))


def _sources(settings: Settings) -> Iterator[Finding]:
    if settings.sources:
        names = ", ".join(settings.sources)
        yield _ok("settings", f"can be read; sources: {names}")
    else:
        yield _bad(
            "settings", "no source is configured", "add one; `csi init` writes an example of each"
        )


def _zone(settings: Settings) -> Finding:
    now = datetime.now(UTC).astimezone(ZoneInfo(settings.zone))
    said = f"weeks are those of {settings.zone}, where it is {now:%H:%M} now"
    if "zone" in settings.model_fields_set:
        return _ok("zone", said)
    return Finding(
        check="zone",
        level=Level.WARNING,
        subject="",
        said=f"{said}; no zone is set",
        remedy="name the zone of your service desk, so that a week begins at its midnight",
        line='zone = "Europe/London"',
    )


def current_store(settings: Settings, base: Path) -> Store | None:
    """The store, if there is one that this version can read as it is."""
    url = _url(settings, base)
    if _is_not_made_yet(url):
        return None
    try:
        engine = _opened(url)
        return Store(engine) if _schema(engine) == revisions()[-1] else None
    except StoreError:
        return None


def _database(settings: Settings, base: Path) -> Finding:
    """Whether the database can be written, and which schema it has."""
    url = _url(settings, base)
    if _is_not_made_yet(url):
        folder = Path(str(url.database)).parent
        if not os.access(folder, os.W_OK):
            return _bad("database", f"{folder} may not be written", "let this user write there")
        return _ok("database", f"{url.database} is made by the first pull")
    try:
        engine = _opened(url)
        _require_writable(engine)
        found, newest = _schema(engine), revisions()[-1]
    except StoreError as error:
        return _bad("database", str(error), "see `database` in the configuration file")
    said = f"{url.render_as_string(hide_password=True)} can be written; schema {found or 'none'}"
    if found == newest:
        return _ok("database", said)
    if found is None or found in revisions():
        return _ok("database", f"{said}, which the next pull brings to {newest}")
    remedy = "update csi-pipeline, or name another database"
    return _bad("database", f"{said}, made by a newer version; this one knows {newest}", remedy)


def _url(settings: Settings, base: Path) -> URL:
    return make_url(database_url(settings.database.get_secret_value(), base))


def _is_not_made_yet(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file()


def _opened(url: URL) -> Engine:
    return open_engine(url.render_as_string(hide_password=False))


def _require_writable(engine: Engine) -> None:
    """See that a table can be made; it is not kept."""
    with store_errors(engine), engine.connect() as connection:
        writing = connection.execution_options(**{WRITES: True})
        with writing.begin() as transaction:
            writing.execute(sa.text("CREATE TABLE csi_doctor (one INTEGER)"))
            transaction.rollback()


def _schema(engine: Engine) -> str | None:
    with store_errors(engine), engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return None if found is None else str(found)


def _disk(out: Path) -> Finding:
    there = next(folder for folder in (out.resolve(), *out.resolve().parents) if folder.exists())
    free_gb = shutil.disk_usage(there).free / 1e9
    said = f"{free_gb:,.1f} GB are free in {there}"
    if not os.access(there, os.W_OK):
        return _bad("disk", f"{there} may not be written", "let this user write there")
    remedy = "free some: an incident takes about 30 kB, with all that hangs on it"
    if free_gb < TOO_LITTLE_DISK_GB:
        return _bad("disk", said, remedy)
    if free_gb < LITTLE_DISK_GB:
        return _warning("disk", said, remedy)
    return _ok("disk", said)


def _pdf() -> Finding:
    from reports.pdf import require_library

    try:
        require_library()
    except RenderError as error:
        return _warning("pdf", str(error), "install what is named; until then packs are HTML only")
    return _ok("pdf", "the PDF library is there")


def libraries(version_of: Callable[[str], str]) -> Iterator[Finding]:
    """Whether the libraries that must be held back are."""
    for name, cap in HELD_BACK.items():
        found = version_of(name)
        below = ".".join(map(str, cap))
        if tuple(int(part) for part in found.split(".")[:2] if part.isdigit()) < cap:
            yield _ok("libraries", f"{name} {found}, which is below {below}")
        else:
            remedy = f"pip install '{name}<{below}', or install with constraints.txt"
            yield _bad("libraries", f"{name} {found}: Prefect fails from {below} on", remedy)


def prefect_version(what: str, found: str) -> Finding:
    """Whether a version of Prefect is one that was tested, or may be expected to work."""
    oldest, newest = (".".join(map(str, one)) for one in PREFECT_TESTED)
    tested = oldest if oldest == newest else f"{oldest} to {newest}"
    numbers = tuple(int(part) for part in re.findall(r"\d+", found)[:3])
    if PREFECT_TESTED[0] <= numbers <= PREFECT_TESTED[1]:
        return _ok("prefect", f"{what} {found}; tested with {tested}")
    if numbers < PREFECT_TESTED[0] or numbers >= PREFECT_BELOW:
        below = ".".join(map(str, PREFECT_BELOW))
        remedy = f"install 'prefect>={oldest},<{below}' for the server, the worker and here"
        return _bad("prefect", f"{what} {found} is not supported; tested with {tested}", remedy)
    remedy = "nothing, if it works; else install with constraints.txt"
    return _warning("prefect", f"{what} {found} was not tested; {tested} was", remedy)


def _prefect(api_url: str | None) -> Iterator[Finding]:
    """Whether the server that flows would talk to answers, and its version, where it says it.

    Prefect itself is not needed for it. Prefect Cloud tells no version; it follows the client's.
    """
    if not api_url:
        yield _ok("prefect", "PREFECT_API_URL is not set: no server is expected")
        return
    import requests

    session, base = requests.Session(), api_url.rstrip("/")
    session.trust_env = False
    try:
        answer = session.get(f"{base}/health", timeout=PREFECT_TIMEOUT_S)
        answer.raise_for_status()
        told = session.get(f"{base}/admin/version", timeout=PREFECT_TIMEOUT_S)
    except requests.RequestException as error:
        yield _bad(
            "prefect",
            f"{api_url} does not answer: {type(error).__name__}",
            "start it with `prefect server start`, or correct PREFECT_API_URL",
        )
        return
    yield _ok("prefect", f"{api_url} answers")
    if told.ok:
        yield prefect_version("the server's Prefect", str(told.json()))


def _ok(check: str, said: str) -> Finding:
    return Finding(check=check, level=Level.OK, subject="", said=said)


def _warning(check: str, said: str, remedy: str) -> Finding:
    return Finding(check=check, level=Level.WARNING, subject="", said=said, remedy=remedy)


def _bad(check: str, said: str, remedy: str) -> Finding:
    return Finding(check=check, level=Level.FAILURE, subject="", said=said, remedy=remedy)
