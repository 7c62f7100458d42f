"""Checks one kind of record part by part: what did not change since is not judged again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256

import numpy as np
import pandas as pd

from checks.context import microseconds
from checks.joining import lacking, latest_of, shared
from checks.judged import Hashes, Judged
from checks.judging import judge_each, with_rows
from flows.checked_before import Begun, CheckedBefore, Known
from flows.frames import frame_of_stored
from flows.mapping_aliases import with_aliases
from flows.progress import Throttled
from flows.reading import BEGINS, begun
from flows.stages.check_line import Line, Piece, Side, is_outdated, new_line, pieces
from flows.stages.check_run import Run, circumstances, names_there
from itsm.fields import column_names
from itsm.states import RecordKind
from problem_mining.side_by_side import mapped
from store.portion_digests import Digests, PortionDigests
from store.portions import Portion, Portions, digest_of, digests_at, places_of, portions

Ahead = Mapping[tuple[RecordKind, int], Digests]
"""The digests of portions that were read ahead, by kind and place."""
Settled = tuple[list[Judged], Mapping[str, Hashes]]
"""Parts in their order, and the hashes of what more than one record of them has (`shared`)."""
Where = tuple[int, Side]
"""A part: the place of its portion, and on which side of the portion's line it lies."""
FOR_TWO = 64
"""From so many portions on a second process helps to read them."""
AT_ONCE = 65_536
"""From so many records on they are judged; Great Expectations takes half a second for each call."""
NONE = frozenset[str]()
NOWHERE = -1
"""The place of what is no part: a source has no record of a kind."""


class KindCheck:
    """Judges the parts of one kind, of all sources, or finds what was found of them before.

    Args:
        run: what all parts have in common.
        kind: of the records.
        reading: its portions.
        before: what was found before.
        digests: of all records of the portions, by place, as far as they are known.
    """

    def __init__(
        self,
        run: Run,
        kind: RecordKind,
        reading: Portions,
        before: CheckedBefore,
        digests: Mapping[int, Digests],
    ) -> None:
        self._run, self._kind, self._reading, self._before = run, kind, reading, before
        self._digests = digests
        self.read: dict[int, Digests] = {}
        """The digests of the portions that had to be read, by place."""
        self._lines: dict[tuple[str, int], Line | None] = {}
        self._there = names_there(run, kind)
        sources = [name for name, one in run.parts.sources.items() if kind in one.kinds]
        self._circumstances = {s: circumstances(run, kind, s, self._there) for s in sources}

    def judged(self) -> dict[str, Settled]:
        """What is found of all parts, by the sources with the kind; each has one part at least."""
        found: dict[str, dict[Where, Judged]] = {source: {} for source in self._circumstances}
        unknown: dict[str, list[Piece]] = {source: [] for source in found}
        latest_at = self._run.guessed_at()
        places, tell = self._reading.places(), Throttled(self._run.parts.say)
        for n, place in enumerate(places):
            tell(f"check  {self._kind}: {n} of {len(places)} parts")
            for source, sides in self._at(place, latest_at).items():
                for side, part in sides.items():
                    if isinstance(part, Judged):
                        found[source][place, side] = part
                    else:
                        unknown[source].append(part)
                if sum(len(one.portion.every) for one in unknown[source]) >= AT_ONCE:
                    found[source].update(self._judge(source, unknown[source], latest_at))
                    unknown[source] = []
        for source, parts in found.items():
            parts.update(self._judge(source, unknown[source], latest_at))
            if not parts:
                nothing = Portion(source, NOWHERE, column_names(self._kind), ())
                held = self._held(source, NOWHERE, nothing.digest(), latest_at)
                whole = list(pieces(self._kind, nothing, None).values())
                parts.update(
                    {(NOWHERE, side): one for side, one in held.items()}
                    or self._judge(source, whole, latest_at)
                )
        return {source: self._settled(source, parts) for source, parts in found.items()}

    def _at(self, place: int, latest_at: datetime) -> dict[str, Mapping[Side, Judged | Piece]]:
        """What is found at a place, by source: what it was before, or what has to be judged.

        It is only read if something has changed there.
        """
        told = self._digests.get(place)
        if told is not None:
            hidden = self._reading.hidden.get(place, {})
            kept = {
                source: self._held(
                    source, place, digest_of(of_all, hidden.get(source, NONE)), latest_at
                )
                for source, of_all in told.items()
                if source in self._circumstances
            }
            whole: dict[str, Mapping[Side, Judged | Piece]] = {
                source: one for source, one in kept.items() if one
            }
            if len(whole) == len(kept):
                return whole
        found = self._reading.read(place)
        self.read[place] = {portion.source: portion.of_all for portion in found}
        return {
            portion.source: self._held(portion.source, place, portion.digest(), latest_at)
            or self._parted(portion, latest_at)
            for portion in found
            if portion.source in self._circumstances
        }

    def _held(
        self, source: str, place: int, digest: str, latest_at: datetime
    ) -> dict[Side, Judged]:
        """What was found of all parts of a portion before, if it would be found again."""
        mark, held = self._mark(source, digest), dict[Side, Judged]()
        for side in Side:
            found = self._before.found(self._name(source, place, side), whole=mark)
            if found is None or not self._holds(source, found, latest_at):
                return {}
            held[side] = found
            known = self._before.known(self._name(source, place, side))
            assert known is not None
            self._lines[source, place] = Line(*known.line) if known.line else None
            if known.is_all:
                break
        return held

    def _parted(self, portion: Portion, latest_at: datetime) -> dict[Side, Judged | Piece]:
        """What has to be judged of a portion in which something has changed, and what is settled.

        The settled are found by what they say themselves.
        """
        source, now = portion.source, microseconds(self._run.cutoff_at)
        name = self._name(source, portion.place, Side.SETTLED)
        before = self._before.known(name)
        if before is not None and before.line is not None:
            line = Line(*before.line)
            sides = pieces(self._kind, portion, line)
            settled = sides.get(Side.SETTLED)
            known = None if settled is None else self._known(settled)
            is_same = known is not None and known.own == before.own
            if known and is_same and not is_outdated(self._kind, portion, line, now):
                self._lines[source, portion.place] = line
                found = self._before.found(name, own=known.own)
                if found is None or not self._holds(source, found, latest_at):
                    return {**sides}
                self._before.keep_on(name, known)
                return {**sides, Side.SETTLED: found}
        drawn = self._lines[source, portion.place] = new_line(self._kind, portion, now)
        return {**pieces(self._kind, portion, drawn)}

    def _holds(self, source: str, found: Judged, latest_at: datetime) -> bool:
        return found.holds(microseconds(latest_at), self._run.known[source])

    def _judge(
        self, source: str, some: Sequence[Piece], latest_at: datetime
    ) -> dict[Where, Judged]:
        """What is found of some parts of a source now, by place and side."""
        if not some:
            return {}
        each = [self._frame(piece.portion) for piece in some]
        context = self._run.context(source)
        judged = judge_each(self._kind, [frame for frame, _ in each], context, latest_at)
        for piece, part, (_, which) in zip(some, judged, each, strict=True):
            self._keep(piece, part, which)
        return {
            (piece.portion.place, piece.side): part
            for piece, part in zip(some, judged, strict=True)
        }

    def _keep(self, piece: Piece, judged: Judged, which: Begun) -> None:
        name = self._name(piece.portion.source, piece.portion.place, piece.side)
        self._before.keep(name, self._known(piece), judged, which)

    def _settled(self, source: str, parts: dict[Where, Judged]) -> Settled:
        """Parts that say what they would say together: few have to be looked at again."""
        context = self._run.context(source)
        latest_at = latest_of(list(parts.values()), context)
        for where, part in list(parts.items()):
            if not part.is_plausible(microseconds(latest_at)):
                parts.update(self._judge(source, [self._again(source, where)], latest_at))
        hashes = shared(list(parts.values()))
        for where, part in parts.items():
            if wanted := lacking(part, hashes):
                piece = self._again(source, where)
                frame, which = self._frame(piece.portion)
                parts[where] = with_rows(part, self._kind, frame, wanted)
                self._keep(piece, parts[where], which)
        return [parts[where] for where in sorted(parts)], hashes

    def _again(self, source: str, where: Where) -> Piece:
        """The records of a part, parted from the others of its portion where they were."""
        place, side = where
        (portion,) = (one for one in self._reading.read(place) if one.source == source)
        return pieces(self._kind, portion, self._lines[source, place])[side]

    def _frame(self, portion: Portion) -> tuple[pd.DataFrame, Begun]:
        """The records of a part that had begun, with the names that count; and who had begun."""
        rows = frame_of_stored(self._kind, portion.columns())
        run = self._run
        rows = with_aliases(self._kind, rows, run.aliases, run.cutoff_at, self._there)
        return begun(self._kind, rows, run.cutoff_at), _begun(self._kind, rows, run.cutoff_at)

    def _name(self, source: str, place: int, side: Side) -> str:
        beyond = "" if side is Side.SETTLED else f" {side}"
        return f"{source} {self._kind} {place}{beyond}"

    def _known(self, piece: Piece) -> Known:
        """What a part is known by."""
        source = piece.portion.source
        whole, own = self._mark(source, piece.whole), self._mark(source, piece.portion.digest())
        return Known(whole, own, piece.line, piece.is_all)

    def _mark(self, source: str, digest: str) -> str:
        return sha256((self._circumstances[source] + digest).encode()).hexdigest()


def digests_ahead(run: Run, known: PortionDigests, before: CheckedBefore, rows: int) -> Ahead:
    """The digests of portions that are not known, if they are most: half by a second process.

    Where most are known, something was written to the others since, so that they are read to be
    judged; to read them for that alone would be to read them twice.

    Args:
        run: what all parts have in common.
        known: which digests are.
        before: what was found before; if there is nothing, all have to be read and judged.
        rows: so many records are a part at most.
    """
    store = run.parts.store
    known.begin(run.kinds)
    every = places_of(store, run.kinds, run.cutoff_at, rows) if before.is_there else []
    there = {kind: known.places(kind) for kind in run.kinds}
    unknown = [(kind, place) for kind, place in every if place not in there[kind]]
    if len(unknown) < max(FOR_TWO, len(every) // 2):
        return {}
    run.parts.say(f"check  looking what has changed in {len(unknown)} parts")
    in_turn = [*unknown[::2], *unknown[1::2]]
    url = store.queries.engine.url.render_as_string(hide_password=False)
    work = partial(digests_at, url, run.cutoff_at, rows)
    store.queries.engine.dispose()  # the process that is forked off opens the file by itself
    return dict(zip(in_turn, mapped(work, in_turn, least=FOR_TWO), strict=True))


def checked_kind(
    run: Run, kind: RecordKind, before: CheckedBefore, known: PortionDigests, ahead: Ahead
) -> dict[str, Settled]:
    """What is found of all parts of a kind, by source."""
    with portions(run.parts.store, kind, run.cutoff_at, rows=known.rows(kind)) as reading:
        looked = {place: told for (of, place), told in ahead.items() if of is kind}
        check = KindCheck(run, kind, reading, before, {**looked, **known.known(reading)})
        found = check.judged()
    known.keep(reading, {**looked, **check.read})
    return found


def _begun(kind: RecordKind, rows: pd.DataFrame, cutoff_at: datetime) -> Begun:
    name = BEGINS.get(kind)
    if name is None:
        return Begun()
    times = rows[name].dropna().to_numpy(dtype="datetime64[us]").astype(np.int64)
    at = microseconds(cutoff_at)
    last, after = times[times < at], times[times >= at]
    return Begun(int(last.max()) if len(last) else None, int(after.min()) if len(after) else None)
