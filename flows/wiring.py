"""Builds every object of a run from the settings; nothing is made at import."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path

from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import ArgumentError

from connectors.core.login_code import LoginSettings, with_file
from connectors.core.login_file import LoginPlace
from connectors.core.source import Source
from connectors.core.surroundings import Surroundings
from connectors.registry import system
from flows.people_key import sealer_of
from flows.progress import Say, Teller, silent
from flows.second_protocol import Setting
from flows.settings import FilesSettings, Settings, load_settings
from itsm.errors import ConfigError
from store.budgets import StoredBudget
from store.engine import BACKUPS, open_engine
from store.schema import upgrade
from store.unit_of_work import Store

MANY_ROWS = 10_000
"""From so many rows of a file on, a second process is worth its start: no system is waited for."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a stage needs: settings, store, sources by name, the output folder, a way to tell.

    `seconds` say what a second process needs to know of a source to read its answers, if one can;
    `base` and `around` are what a writer is made with beside its settings.
    """

    settings: Settings
    store: Store
    sources: Mapping[str, Source]
    out: Path
    say: Say = silent
    seconds: Mapping[str, Setting] = field(default_factory=dict)
    base: Path = Path()
    around: Surroundings = field(default_factory=Surroundings)


def build(settings: Settings, base: Path, say: Say = silent) -> Parts:
    """All parts of a run.

    Args:
        settings: from `load_settings`.
        base: the folder that relative paths of the settings start from.
        say: tells a person what is going on.

    Raises:
        ConfigError: a setting is missing or cannot be used.
        StoreError: the database cannot be opened.
    """
    engine = engine_of(settings, base)
    upgrade(engine)
    logins = partial(_login_place, engine)
    around = Surroundings(budget=StoredBudget(engine, say=say), say=say, logins=logins)
    sources = {name: source_of(settings, name, base, around) for name in settings.sources}
    store = Store(engine, sealer_of(settings.privacy, base, engine, say))
    seconds = {
        name: _second(settings, source, engine.dialect.name) for name, source in sources.items()
    }
    return Parts(settings, store, sources, base / settings.out, say, seconds, base, around)


def logins_of(settings: Settings, base: Path) -> Callable[[str], LoginPlace]:
    """Where the tokens of log-ins are that lie in blocks; nothing is opened before one is asked."""
    return lambda name: _login_place(engine_of(settings, base), name)


def _login_place(engine: Engine, name: str) -> LoginPlace:
    """The block; Prefect is loaded where one is asked for, and nowhere else."""
    place: LoginPlace = import_module("flows.login_blocks").BlockPlace(name, engine)
    return place


def engine_of(settings: Settings, base: Path) -> Engine:
    """The database as it is, which knows where its backups are.

    Raises:
        ConfigError: the database's URL is none.
        StoreError: it cannot be opened.
    """
    engine = open_engine(database_url(settings.database.get_secret_value(), base))
    return engine.execution_options(**{BACKUPS: str(base / settings.backup.folder)})


@lru_cache(maxsize=4)
def parts_of(config: Path) -> Parts:
    """The parts of a configuration file, built once per process."""
    return build(load_settings(config), config.resolve().parent, Teller())


def database_url(url: str, base: Path) -> str:
    """The URL with a relative SQLite file made to start from a folder, which is made."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError(
            "database: not a database URL; write sqlite:///FILE or postgresql+psycopg://..."
        ) from None
    if not parsed.drivername.startswith("sqlite") or parsed.database in (None, "", ":memory:"):
        return url
    file = base / str(parsed.database)
    file.parent.mkdir(parents=True, exist_ok=True)
    return parsed.set(database=str(file)).render_as_string(hide_password=False)


def source_of(settings: Settings, name: str, base: Path, around: Surroundings) -> Source:
    """A source by its name.

    Raises:
        ConfigError: a setting of it cannot be used.
    """
    return system(settings.sources[name].kind).source(name, given_of(settings, name, base), around)


def given_of(settings: Settings, name: str, base: Path) -> dict[str, object]:
    """The settings of a source as its connector takes them, with paths that start from a folder."""
    one = settings.sources[name]
    given = one.model_dump(exclude={"kind"})
    if isinstance(login := getattr(one, "login", None), LoginSettings):
        given["login"] = with_file(login, base, name).model_dump()
    if isinstance(one, FilesSettings):
        files = one.files.items()
        given["files"] = {kind: tuple(base / path for path in paths) for kind, paths in files}
    elif one.http.ca_bundle is not None:
        given["http"]["ca_bundle"] = base / one.http.ca_bundle
    return given


def _second(settings: Settings, source: Source, dialect: str) -> Setting:
    """A source as a second process makes it, with stars in the place of secrets."""
    one = settings.sources[source.name]
    given = one.model_dump(mode="json", exclude={"kind": True, "http": True})
    return Setting(
        source=_place(type(source)),
        config=_place(system(one.kind).config),
        name=source.name,
        given=given,
        checks=settings.checks.model_dump(mode="json"),
        dialect=dialect,
        worth_from=MANY_ROWS if isinstance(one, FilesSettings) else 0,
    )


def _place(of: type) -> tuple[str, str]:
    return of.__module__, of.__qualname__
