"""A plan: what a changed configuration, mapping, formula or version would make of last week."""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from flows.plan_differences import PartOfPlan, compared
from flows.plan_outlook import Kinds, outlook, stored_outlook
from flows.progress import Say
from flows.settings import Settings, load_settings
from flows.used_configuration import SECRET, Change, changes, holding, in_use
from flows.weeks import reporting_week
from flows.wiring import Parts, build, engine_of
from itsm.clocks import ReportingWeek
from itsm.codec import from_bytes, to_bytes
from itsm.errors import ConfigError
from itsm.states import RecordKind
from store.configurations import StoredConfiguration
from store.scratch import scratch_copy

PLAN = "csi-plan.json"
"""The file a plan is written to, beside the configuration, unless another is named."""
_MAPPING = "mapping "


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would differ, and what it was seen from; it holds no secret.

    Attributes:
        made_at: when it was made.
        made_with: the version of the program.
        week: the week that was looked at.
        mining_run: the run of that week in the database; None where it was not mined.
        newest_run: the newest mining run there was, of whatever week.
        before: the digest of the configuration that holds; None where none is known.
        after: the digest of the candidate, with the versions of this program.
        candidate: the candidate file, by its name.
        candidate_hash: the SHA-256 of its bytes.
        changes: the settings and versions that differ.
        notes: what cannot be seen from here.
        upgrade: how what the last run left differs from what this program makes of it by the
            configuration that holds; empty where no version differs.
        parts: how the candidate's results differ from those of the configuration that holds.
    """

    made_at: datetime
    made_with: str
    week: str
    mining_run: str | None
    newest_run: str | None
    before: str | None
    after: str
    candidate: str
    candidate_hash: str
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    upgrade: tuple[PartOfPlan, ...]
    parts: tuple[PartOfPlan, ...]

    @property
    def hash(self) -> str:
        """The SHA-256 of all of it, by which it is named."""
        return hashlib.sha256(to_bytes(self)).hexdigest()


def make_plan(config: Path, candidate: Path, label: str | None, say: Say) -> Plan:
    """Do a week on two copies, as it holds and as the candidate would have it, and compare.

    The database is only read, no source is asked, nothing is sent, and the copies are removed.

    Args:
        config: the configuration file, for the database and its folder.
        candidate: the file that is to take its place, or the same where it was edited.
        label: of the week; None for the last one that has ended.
        say: tells what is going on.

    Raises:
        ConfigError: a file cannot be used, or nothing was mined or packed of the week.
        StoreError: the database cannot be read.
    """
    base = config.resolve().parent
    with tempfile.TemporaryDirectory(prefix="csi-plan-") as folder:
        desk = _Desk(load_settings(config), base, Path(folder), say)
        after = desk.parts(load_settings(candidate), "after")
        held = holding(after)
        before, notes = after, ["no configuration was applied or used so far"]
        if held is not None:
            before, notes = desk.held(held, after)
        week = reporting_week(after, label)
        _require_incidents(after, week)
        return _planned(before, after, held, week, candidate, notes)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where parts on scratch copies come from."""

    settings: Settings
    base: Path
    folder: Path
    say: Say

    def parts(self, settings: Settings, name: str) -> Parts:
        """Parts on a copy of their own, which write nowhere else."""
        self.say(f"plan   copying the database for {name}")
        url = scratch_copy(engine_of(self.settings, self.base), self.folder, name)
        apart = self.folder / name
        return build(
            settings.model_copy(
                update={
                    "database": SecretStr(url),
                    "out": apart / "out",
                    "artefacts": settings.artefacts.model_copy(update={"address": str(apart)}),
                    "backup": settings.backup.model_copy(update={"folder": apart / "backups"}),
                }
            ),
            self.base,
            lambda line: self.say(f"{name:<7}{line}"),
        )

    def held(self, held: StoredConfiguration, after: Parts) -> tuple[Parts, list[str]]:
        """Parts with the configuration that holds, on a copy; the candidate's if none can be made.

        An older configuration may have keys that this version does not know.
        """
        try:
            given = _with_secrets(json.loads(held.settings), self.settings.model_dump())
            return self.parts(load_settings(given=given), "before"), []
        except ConfigError as error:
            said = f"the configuration that holds cannot be used by this version: {error}"
            return after, [f"{said}; what the last run left is compared with the candidate"]


def _with_secrets(kept: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they were kept, with the secrets of today in the places of stars."""
    found: dict[str, Any] = {}
    for name, value in kept.items():
        today = known.get(name)
        if isinstance(value, dict):
            found[name] = _with_secrets(value, today if isinstance(today, dict) else {})
        else:
            found[name] = today if isinstance(today, SecretStr) and value == SECRET else value
    return found


def _planned(
    before: Parts,
    after: Parts,
    held: StoredConfiguration | None,
    week: ReportingWeek,
    candidate: Path,
    notes: list[str],
) -> Plan:
    now, was = in_use(after), in_use(before)
    known = held or was
    kinds = _remapped(known, was, now)
    with after.store.look() as uow:
        run, newest = uow.mining.of_week(week.label), uow.mining.latest()
    left = stored_outlook(before, week.label, kinds)
    held_look = outlook(before, week.label, kinds)
    seen = held_look if before is after else outlook(after, week.label, kinds)
    n_alike = {"records": _n_alike(after, kinds)}
    is_upgrade = known.versions != was.versions or (before is after and held is not None)
    return Plan(
        made_at=datetime.now(UTC),
        made_with=version("csi-pipeline"),
        week=week.label,
        mining_run=run.run_id if run else None,
        newest_run=newest.run_id if newest else None,
        before=held.digest if held else None,
        after=now.digest,
        candidate=candidate.name,
        candidate_hash=hashlib.sha256(candidate.read_bytes()).hexdigest(),
        changes=changes(known, now),
        notes=(*notes, *_notes(before, after, left)),
        upgrade=compared(left, held_look, n_alike) if is_upgrade else (),
        parts=compared(held_look, seen, n_alike),
    )


def _notes(before: Parts, after: Parts, left: Mapping[str, object]) -> Iterator[str]:
    """What cannot be seen."""
    for name in sorted(after.sources.keys() - before.sources.keys()):
        yield f"source {name} is new: what it holds is not known before it is pulled"
    for name in sorted(before.sources.keys() - after.sources.keys()):
        yield f"source {name} is not read any more; what is stored of it stays"
    if not left["figures"]:
        yield "no pack of that week was made: an upgrade can be compared with nothing"


def _remapped(*configurations: StoredConfiguration) -> Kinds:
    """The kinds of sources whose mapping is not the same in all of them."""
    versions = [json.loads(one.versions) for one in configurations]
    names = {name for one in versions for name in one if name.startswith(_MAPPING)}
    found = []
    for name in sorted(names):
        if len({one.get(name) for one in versions}) > 1:
            source, kind = name.removeprefix(_MAPPING).split(" ", 1)
            found.append((source, RecordKind(kind)))
    return tuple(found)


def _n_alike(parts: Parts, kinds: Kinds) -> int:
    """How many records there are of kinds that are mapped as before."""
    counts = parts.store.queries.counts()
    looked_at = sum(
        len(parts.store.queries.columns(kind, sources=[source], names=["number"])["number"])
        for source, kind in kinds
    )
    return sum(counts.values()) - looked_at


def _require_incidents(parts: Parts, week: ReportingWeek) -> None:
    if not parts.store.queries.counts()[RecordKind.INCIDENT]:
        raise ConfigError(
            f"the store holds no incident, so nothing can be seen of {week}; run `csi pull` first"
        )


def plan_text(plan: Plan) -> str:
    """A plan as the file that `csi apply` takes."""
    whole = {"hash": plan.hash, "plan": json.loads(to_bytes(plan))}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def plan_from(file: Path) -> Plan:
    """The plan of a file.

    Raises:
        ConfigError: there is none, or it was changed by hand.
    """
    try:
        whole = json.loads(file.read_text())
        plan = from_bytes(Plan, json.dumps(whole["plan"]).encode())
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}; `csi plan` writes it") from None
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{file} is not a plan: {error}; make one with `csi plan`") from None
    if whole.get("hash") != plan.hash:
        raise ConfigError(f"{file} is not as `csi plan` wrote it; make a new plan")
    return plan
