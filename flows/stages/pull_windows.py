"""The windows of a first pull: years that are read in stretches, beside the pulls of every night.

With `first_days` a first pull reads what was updated lately, and what is older is cut into windows
that the store keeps. They are read one after the other, each as a turn with the source: a pull of
the night waits for the end of a turn at most. A window that is stopped goes on where it was.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from connectors.core.config import HttpSourceConfig
from connectors.core.source import Source
from flows.second import Second
from flows.stages.land import Lander
from flows.stages.pull_order import ORDER
from flows.stages.pull_reading import few_collections, read_on
from flows.wiring import Parts, source_of
from itsm.errors import ConfigError
from itsm.states import RecordKind
from store.pull_lock import only_pull
from store.unit_of_work import UnitOfWork
from store.windows import Window

K = RecordKind
WINDOWED = frozenset(
    {
        K.INCIDENT,
        K.SERVICE_REQUEST,
        K.CHANGE,
        K.APPROVAL,
        K.PROBLEM,
        K.PROBLEM_TASK,
        K.VENDOR_CASE,
        K.SLA_CLOCK,
        K.HISTORY,
        K.COMMENT,
        K.SURVEY_RESPONSE,
    }
)
"""Kinds that grow with the years; services, teams and the like are read whole at once."""
EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Turn:
    """A window that was read: what came, and how many are left."""

    window: Window
    n_left: int


def recent(parts: Parts, name: str) -> Source:
    """The source as the pulls of every night read it: only what is newer than its windows.

    The windows are made at the first pull, once for good.

    Raises:
        ConfigError: windows are asked for, and the system cannot be read so.
    """
    source, config = parts.sources[name], parts.settings.sources.get(name)
    if not isinstance(config, HttpSourceConfig):
        return source
    if not config.reads_windows and (config.first_days or config.until):
        raise ConfigError(
            f"sources.{name}: first_days, until: this system lists records as they were created, "
            "so that no stretch of time can be read by itself; set since alone"
        )
    with parts.store.look() as uow:
        windows = uow.windows.list(name)
        was_pulled = any(uow.watermarks.get(name, kind) for kind in source.kinds)
    if not windows and config.first_days is not None and not was_pulled:
        windows = _made(parts, source, config)
    if not windows:
        return source
    return _between(parts, name, max(one.ends_at for one in windows).date(), config.until)


def is_whole(parts: Parts, name: str) -> bool:
    """Whether no window of a source is left to read."""
    with parts.store.look() as uow:
        return all(one.done_at is not None for one in uow.windows.list(name))


def read_older(parts: Parts, name: str, cutoff_at: datetime, most: int) -> Iterator[Turn]:
    """Read windows of a source, in the order that is set, each as a turn of its own.

    Args:
        parts: the sources and the store.
        name: which source.
        cutoff_at: the moment records are checked against.
        most: so many windows at most.
    """
    config = parts.settings.sources.get(name)
    if not isinstance(config, HttpSourceConfig):
        return
    waits = f"older  {name}: a pull of it is at work; waiting for it to end"
    for _ in range(most):
        with only_pull(parts.store, name, on_wait=partial(parts.say, waits)):
            with parts.store.look() as uow:
                left = [one for one in uow.windows.list(name) if one.done_at is None]
            if not left:
                return
            window = in_order(left, config.window_order)[0]
            with few_collections():
                done = _read(parts, window, cutoff_at)
        yield Turn(done, len(left) - 1)


def in_order(windows: Sequence[Window], order: str) -> list[Window]:
    """Windows as they are read: stretch by stretch, all kinds of each in the order of the work."""
    sign = -1 if order == "newest" else 1
    return sorted(
        windows, key=lambda one: (sign * one.begins_at.timestamp(), ORDER.index(one.kind))
    )


def stretches(first: date, last: date, days: int) -> list[tuple[datetime, datetime]]:
    """The stretches from a day to another, of so many days, counted from the last one back.

    The first of them begins at the beginning of time: there may be older records of other kinds.
    """
    end, found = last, list[tuple[datetime, datetime]]()
    while end > first:
        begin = end - timedelta(days=days)
        start = EVER if begin <= first else _at(begin)
        found.append((start, _at(end)))
        end = begin
    return found or [(EVER, _at(last))]


def _made(parts: Parts, source: Source, config: HttpSourceConfig) -> tuple[Window, ...]:
    """Cut what there is into windows, and keep them."""
    assert config.first_days is not None
    last = parts.around.clock().date() - timedelta(days=config.first_days)
    first = config.since or _oldest(source) or last
    if first >= last:
        return ()
    kinds = [kind for kind in source.kinds if kind in WINDOWED]
    windows = tuple(
        Window(source=source.name, kind=kind, begins_at=begin, ends_at=end)
        for begin, end in stretches(first, last, config.window_days)
        for kind in kinds
    )
    with parts.store.begin() as uow:
        uow.windows.save(windows)
        uow.commit()
    n = len(windows) // max(1, len(kinds))
    parts.say(f"pull   {source.name}: from {last} on; before, {n:,} windows: csi pull --older")
    return windows


def _oldest(source: Source) -> date | None:
    """The day on which the incident that comes first was updated."""
    for page in source.pages(K.INCIDENT, None):
        for item in source.map(K.INCIDENT, page.records).mapped:
            updated_at = item.records[0].updated_at
            if updated_at is not None:
                return updated_at.date()
    return None


def _between(parts: Parts, name: str, since: date | None, until: date | None) -> Source:
    """A source that reads what was updated within a stretch of time."""
    config = parts.settings.sources[name]
    changed = config.model_copy(update={"since": since, "until": until})
    sources = {**parts.settings.sources, name: changed}
    settings = parts.settings.model_copy(update={"sources": sources})
    return source_of(settings, name, parts.base, parts.around)


def _read(parts: Parts, window: Window, cutoff_at: datetime) -> Window:
    """Read a window from where it was left, to its end."""
    config = parts.settings.sources[window.source]
    assert isinstance(config, HttpSourceConfig)
    since = config.since if window.begins_at == EVER else window.begins_at.date()
    source = _between(parts, window.source, since, window.ends_at.date())
    lander = Lander(source, window.kind, cutoff_at, parts.settings.checks)
    place = _InWindow(window)
    with closing(Second(parts.seconds.get(window.source))) as second:
        read_on(parts, lander, second, place)
    done = replace(place.window, done_at=parts.around.clock())
    with parts.store.begin() as uow:
        uow.windows.save([done])
        uow.commit()
    return done


@dataclass(slots=True)
class _InWindow:
    """How far a window was read; a `Place`."""

    window: Window

    def cursor(self, _uow: UnitOfWork) -> str | None:
        """Where to go on."""
        return self.window.cursor

    def move(self, uow: UnitOfWork, cursor: str, n: int, _now: datetime) -> None:
        """Keep where it is now."""
        self.window = replace(self.window, cursor=cursor, n_read=self.window.n_read + n)
        uow.windows.save([self.window])


def _at(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def told(windows: Sequence[Window]) -> Iterator[str]:
    """How far the windows of each source and kind have come, a line each."""
    by_kind: dict[tuple[str, str], list[Window]] = {}
    for one in windows:
        by_kind.setdefault((one.source, one.kind.value), []).append(one)
    for (source, kind), some in sorted(by_kind.items()):
        n_done, n_read = sum(one.done_at is not None for one in some), sum(w.n_read for w in some)
        yield f"{source} {kind}: {n_done:,} of {len(some):,} windows read, {n_read:,} records"
