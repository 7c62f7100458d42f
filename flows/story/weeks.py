"""The weeks of the story, one after the other, and what is left of them at the end."""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from flows.demo_config import server_config
from flows.files import write_whole
from flows.mirroring import queue_mirrors
from flows.practice import truth_of
from flows.progress import Teller
from flows.pushing import homes_of
from flows.settings import load_settings
from flows.stages.check import check_week
from flows.stages.editions import Editions
from flows.stages.mine import mine_week
from flows.stages.pack import frozen
from flows.stages.propose import propose_entries
from flows.stages.prove import prove_week
from flows.stages.pull import pull_all
from flows.starting import start_run
from flows.story.cast import Meeting, configured
from flows.story.colleagues import Colleagues
from flows.story.editions import write_editions
from flows.story.instance import StoryInstance, begun_anew, serving
from flows.story.owners import Owners
from flows.story.path import click_path
from flows.story.reviewer import ScriptedReviewer
from flows.story.script import IMPROVEMENTS, SCRIPT
from flows.verbs.pack import occasion_of
from flows.wiring import Parts, build
from itsm.clocks import ReportingWeek
from itsm.register import RegisterEntry
from reports.editions import Choice
from simulator.ground_truth import GroundTruth
from simulator.settings import EstateSettings
from simulator.story import N_INCIDENTS, N_WEEKS, STORY_WEEKS
from store.queueing import queue

MEETING_AFTER = timedelta(hours=9)
"""The meeting is held so long after the cut-off of its week."""
PUSHED_AFTER = timedelta(hours=1)
"""What it decides is written into ServiceNow so long after."""
IN_THE_WEEK = timedelta(days=4)
"""Colleagues work in ServiceNow so long before the week ends."""


def estate(seed: int) -> EstateSettings:
    """The estate of the story."""
    return EstateSettings(
        n_incidents=N_INCIDENTS, n_weeks=N_WEEKS, seed=seed, improvements=True, story=True
    )


def installed(instance: StoryInstance, out: Path, say: Teller) -> tuple[Parts, GroundTruth]:
    """An installation with everything the instance holds, read over its interface; the truth."""
    settings, server = instance.settings, instance.server
    text = server_config(server.url, server.user, server.password)
    text = text.replace("Europe/London", settings.zone) + configured()
    config = write_whole(out / "csi.toml", text.encode())
    parts = build(load_settings(config), out.resolve(), say)
    start_run(parts)
    pull_all(parts, settings.last_week.cutoff(parts.settings.cutoff_lag))
    return parts, truth_of(settings, out)


@dataclass(frozen=True, slots=True)
class Company:
    """Everybody of the story, and where they work."""

    parts: Parts
    instance: StoryInstance
    reviewer: ScriptedReviewer
    colleagues: Colleagues

    @classmethod
    def of(cls, parts: Parts, truth: GroundTruth, instance: StoryInstance) -> Self:
        """The company, before its first week."""
        reviewer = ScriptedReviewer(truth.cause_of, SCRIPT)
        return cls(parts, instance, reviewer, Colleagues(instance))


def live(company: Company, say: Teller, n_weeks: int = STORY_WEEKS) -> None:
    """Live the first weeks: mine, decide, keep the register, prove, freeze the pack."""
    weeks = company.instance.settings.last_week.last(STORY_WEEKS)
    for number, week in enumerate(weeks[:n_weeks]):
        told = live_week(company, number, week)
        say(f"week   {week} ({number + 1} of {STORY_WEEKS}): {told}")


def live_week(company: Company, number: int, week: ReportingWeek) -> str:
    """One week; returns what happened, in a few words.

    The last one ends with its pack: what that asks for is still to be decided.
    """
    parts, instance = company.parts, company.instance
    cutoff_at = week.cutoff(parts.settings.cutoff_lag)
    instance.clock.at = week.end_at - IN_THE_WEEK
    there = company.colleagues.work(number, company.reviewer.candidate_of)
    there += instance.reads_back(parts, cutoff_at)
    check_week(parts, week, cutoff_at)
    run_id = mine_week(parts, week, cutoff_at)
    n_proposed = propose_entries(parts, run_id)
    proven = prove_week(parts, week, cutoff_at)
    occasion = occasion_of(parts, week, cutoff_at)
    frozen(parts, Editions(parts, occasion), Choice())
    meeting = Meeting(parts, number, cutoff_at + MEETING_AFTER)
    if number + 1 == STORY_WEEKS:
        pushed = instance.delivers(parts, meeting.at)
        return f"{n_proposed} proposed; {proven}; pushed: {pushed}; the meeting is the reader's"
    n_decided, n_moved = met(company, meeting, run_id)
    there += company.colleagues.cross(meeting, company.reviewer.candidate_of)
    pushed = instance.delivers(parts, meeting.at + PUSHED_AFTER)
    for line in there:
        parts.say(f"there  {line}")
    return (
        f"{n_proposed} proposed, {n_decided} decided, {n_moved} entries moved; {proven}; "
        f"pushed: {pushed}"
    )


def met(company: Company, meeting: Meeting, run_id: str) -> tuple[int, int]:
    """Hold a meeting; returns how many decisions were made, and how many entries moved.

    What is decided goes into the outbox in the same transaction.
    """
    parts, reviewer = company.parts, company.reviewer
    company.instance.settles(parts, meeting.at)
    with parts.store.begin() as uow:
        run = uow.mining.run(run_id)
        assert run is not None, "it was just made"
        candidates = uow.mining.candidates(run_id)
        made = reviewer.decide(candidates, run, meeting)
        for decision in made:
            uow.decisions.append(decision)
            queue(uow, homes_of(parts.settings), decision)
        cause_of = {one: cause for cause, one in reviewer.candidate_of.items()}
        awaited = {c.candidate_id for c in candidates if reviewer.main_cause(c) in IMPROVEMENTS}
        n_moved = Owners(cause_of, awaited).meet(uow, meeting)
        queue_mirrors(uow, parts)
        uow.commit()
    return len(made), n_moved


def ending(parts: Parts) -> Iterator[str]:
    """How the improvements ended, one line each."""
    with parts.store.begin() as uow:
        entries = uow.register.list()
    for entry in entries:
        if entry.live_at is not None or entry.proof is not None:
            yield _line(entry)
    counts = Counter(entry.state.value for entry in entries)
    yield "register  " + ", ".join(f"{n} {state}" for state, n in sorted(counts.items()))


def _line(entry: RegisterEntry) -> str:
    verdicts = [f"day {one.day} {one.verdict}" for one in entry.proof.holds] if entry.proof else []
    effect = entry.proof.effect if entry.proof else None
    ratio = f"{effect.ratio:.2f} ({effect.low:.2f} to {effect.high:.2f})" if effect else "not yet"
    live_at = f"{entry.live_at:%Y-%m-%d}" if entry.live_at else "again in work"
    return f"{entry.number:14} {entry.state.value:12} live {live_at}  {ratio:22} " + ", ".join(
        verdicts
    )


def main(out: Path, seed: int) -> None:
    """Make the estate, live its weeks, and write every edition of the last one."""
    say = Teller(sys.stdout)
    settings = estate(seed)
    say(f"estate {settings.n_incidents:,} incidents, {settings.n_weeks} weeks, seed {seed}")
    begun_anew(out)
    with serving(settings, out) as instance:
        parts, truth = installed(instance, out, say)
        company = Company.of(parts, truth, instance)
        live(company, say)
        for line in ending(parts):
            say(line)
        for line in write_editions(parts, settings.last_week, out):
            say(line)
        for line in click_path(parts, instance, out):
            sys.stdout.write(line + "\n")
