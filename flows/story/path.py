"""The way through the story: which commands to run, and which pages to open one after the other."""

from collections.abc import Iterator
from pathlib import Path

from flows.story.instance import COLLEAGUE, StoryInstance
from flows.wiring import Parts
from itsm.pushed import Known
from itsm.pushing import PushKind
from itsm.register import RegisterEntry
from reports.text import clean
from simulator.servicenow.ids import user_name
from store.unit_of_work import UnitOfWork

REVIEW_APP = "http://127.0.0.1:8321"
"""Where `csi review` serves its pages unless it is told otherwise."""
_NAMES = {PushKind.PROBLEM: "problem", PushKind.REGISTER_ENTRY: "improvement"}


def click_path(parts: Parts, instance: StoryInstance, out: Path) -> Iterator[str]:
    """What to run, and for each improvement that was accepted its pages, in their order."""
    yield ""
    yield "The story, click by click. Run these side by side, and leave them open:"
    yield f"  csi simulate servicenow --again {out / 'servicenow'}"
    yield f"  csi review --config {out / 'csi.toml'}"
    yield (
        f"The first serves the simulated ServiceNow at {instance.server.url}/ : log in as "
        f"{user_name(COLLEAGUE)} with the password {instance.server.password}."
    )
    yield (f"The second serves {REVIEW_APP} and prints the one-time password of its first account.")
    yield (
        "Edit an improvement or a problem in ServiceNow, run `csi push --config "
        f"{out / 'csi.toml'}`, and its entry has it."
    )
    week = instance.settings.last_week.label
    with parts.store.begin() as uow:
        for entry in uow.register.list():
            if uow.outbox.known_of(entry.number):
                yield ""
                yield from _pages(uow, entry)
    yield ""
    yield f"  pack         {REVIEW_APP}/packs  and  {out / 'packs' / week}"
    yield f"  journal      csi audit verify --config {out / 'csi.toml'}"


def _pages(uow: UnitOfWork, entry: RegisterEntry) -> Iterator[str]:
    verdict = entry.proof.verdict if entry.proof else None
    ended = f"{entry.state.value.replace('_', ' ')}, {verdict or 'no verdict yet'}"
    yield f"{entry.number}: {clean(entry.title, 70)} ({ended})"
    candidates = entry.pattern.candidates if entry.pattern else ()
    for name in candidates[:1]:
        yield f"  candidate    {REVIEW_APP}/candidates/{name}"
        yield from _there(uow.outbox.known_of(name), PushKind.PROBLEM)
    yield f"  entry        {REVIEW_APP}/register/{entry.number}"
    yield from _there(uow.outbox.known_of(entry.number), PushKind.REGISTER_ENTRY)


def _there(known: tuple[Known, ...], kind: PushKind) -> Iterator[str]:
    for one in known:
        if one.kind is kind:
            yield f"  {_NAMES[kind]:12} {one.remote.link}  ({one.remote.number})"
