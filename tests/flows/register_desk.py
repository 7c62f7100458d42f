"""An installation with people of every role, for the tests of register and audit."""

from pathlib import Path

from click.testing import CliRunner, Result

from flows.cli import csi
from flows.settings import load_settings
from flows.verbs.audit import audit
from flows.verbs.register_views import register
from flows.wiring import Parts, build

CONFIG = """
database = "sqlite:///csi.sqlite"

[people.anna]
roles = ["proposer", "approver"]
full_name = "Anna Berg"
[people.ben]
roles = ["coordinator"]
[people.cleo]
roles = ["manager", "approver"]
[people.dan]
roles = ["stakeholder"]
[people.otto]
roles = ["auditor"]

[audit]
keeper_file = "heads.txt"
"""


class Desk:
    """Says verbs of one installation."""

    def __init__(self, folder: Path, more: str = "") -> None:
        self.config = folder / "csi.toml"
        self.config.write_text(CONFIG + more)

    @property
    def parts(self) -> Parts:
        return build(load_settings(self.config), self.config.parent)

    def register(self, *words: str) -> Result:
        return self._say(register, words)

    def audit(self, *words: str) -> Result:
        return self._say(audit, words)

    def run(self, verb: str, *words: str) -> Result:
        """Whatever verb of `csi`."""
        return CliRunner().invoke(csi, [verb, "--config", str(self.config), *words])

    def said(self, *words: str) -> str:
        """What a verb of the register says; it has to go well."""
        done = self.register(*words)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    def refused(self, *words: str) -> str:
        """Why a verb of the register is refused."""
        done = self.register(*words)
        assert done.exception is not None, done.output
        return str(done.exception)

    def _say(self, command: object, words: tuple[str, ...]) -> Result:
        arguments = [*words, "--config", str(self.config)]
        return CliRunner().invoke(command, arguments)  # type: ignore[arg-type]  # a click group
