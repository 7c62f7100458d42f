"""An installation whose register is mirrored in a practice system, with a person at each end."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from click.testing import Result

from itsm.pushed import Known
from itsm.pushing import STATE, PushKind
from itsm.register import RegisterEntry
from tests.conformance.known_writers import WRITERS
from tests.conformance.writer_fakes import WriterFake
from tests.flows.register_desk import Desk
from tests.flows.test_register_verb import accepted

ENTRY = PushKind.REGISTER_ENTRY


class MirrorOffice:
    """Says verbs, and edits records as people of the other system do."""

    def __init__(self, folder: Path, fake: WriterFake, more: str = "") -> None:
        self.fake = fake
        folder.mkdir(exist_ok=True)
        mirrors = f'\n[improvement]\nmirrors = ["there"]\n{more}\n'
        self.desk = Desk(folder, mirrors + source_table("there", fake))

    def entry(self, title: str = "Renew certificates by themselves") -> str:
        """An accepted entry, which is there as well."""
        number = accepted(self.desk, title)
        self.push()
        return number

    def run(self, *words: str) -> Result:
        """Whatever verb."""
        return self.desk.run(*words)

    def push(self, *words: str) -> str:
        """`csi push`, which has to go well."""
        done = self.run("push", *words)
        assert done.exit_code == 0, f"{done.output}\n{done.exception!r}"
        return done.output

    def edit_there(self, number: str, field: str, value: str) -> None:
        """Somebody edits the record there; a state by our name."""
        self.fake.edit_entry(self.record(number), field, value)

    def record(self, number: str) -> str:
        """The id of the record."""
        (found,) = self.fake.carrying(ENTRY, f"csi:imp:{number}")
        return found

    def there(self, number: str, field: str) -> str:
        """What the record holds."""
        remote = self.fake.writer().read(ENTRY, self.record(number))
        assert remote is not None
        return remote.value(field)

    def here(self, number: str) -> RegisterEntry:
        """The entry."""
        with self.desk.parts.store.begin() as uow:
            return uow.register.get(number)

    def known(self, number: str) -> Known:
        """What is known of the record."""
        with self.desk.parts.store.begin() as uow:
            return uow.outbox.known_of(number)[0]

    def conflicts(self) -> dict[str, tuple[str | None, str]]:
        """Open conflicts: theirs and ours by field."""
        with self.desk.parts.store.begin() as uow:
            found = [one.conflict for one in uow.conflicts.list()]
        return {one.field: (one.theirs, one.ours) for one in found}

    def conflict_id(self, field: str) -> str:
        """The open conflict on a field."""
        with self.desk.parts.store.begin() as uow:
            found = [one.conflict for one in uow.conflicts.list()]
        return next(one.conflict_id for one in found if one.field == field)

    def is_equal(self, number: str) -> bool:
        """Whether both sides hold the same title, description and state."""
        entry = self.here(number)
        ours = {"title": entry.title, "description": entry.description, STATE: entry.state.value}
        return all(self.there(number, name) == value for name, value in ours.items())


@contextmanager
def served(name: str, folder: Path) -> Iterator[WriterFake]:
    """A practice system while it runs."""
    fake = WRITERS[name]()
    system = folder / f"system_{name}"
    system.mkdir()
    with fake.running(system):
        yield fake


def source_table(name: str, fake: WriterFake, *, kinds: tuple[str, ...] = ()) -> str:
    """A practice system as a table of the settings."""
    settings = dict(fake.settings())
    push = settings.pop("push")
    assert isinstance(push, Mapping)
    lines = [f"[sources.{name}]", f'kind = "{fake.system}"']
    lines += [f"{key} = {_toml(value)}" for key, value in settings.items()]
    lines += [f"kinds = {json.dumps(list(kinds))}"] if kinds else []
    lines += [f"[sources.{name}.push]", "settle_s = 0"]
    return "\n".join([*lines, *(f"{key} = {_toml(value)}" for key, value in push.items()), ""])


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    return json.dumps(value)
