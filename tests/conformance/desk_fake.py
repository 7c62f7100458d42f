"""What the fakes have in common whose practice server stands on a desk."""

from abc import abstractmethod
from collections.abc import Mapping

from itsm.states import RecordKind
from simulator.desk.desk import Desk
from simulator.faults import Fault, FaultName
from tests.conformance.fakes import Trouble
from tests.conformance.simulated import SimulatedFake

_F = FaultName
_INCIDENTS = frozenset({"incident"})


class DeskFake(SimulatedFake):
    """A desk that counts nothing it hides, and remembers nothing that was deleted."""

    troubles = frozenset(Trouble) - {Trouble.HIDDEN, Trouble.DELETES}
    wide: Mapping[str, object] = {"page_size": 200}
    faults: Mapping[Trouble, tuple[Fault, ...]] = {
        Trouble.CHURN: (
            Fault(name=_F.ROWS_TOUCHED, share=1, rows=2, tables=_INCIDENTS),
            Fault(name=_F.ROWS_INSERTED, share=0.5, rows=1, tables=_INCIDENTS),
            Fault(name=_F.ROWS_DELETED, share=0.5, rows=1, tables=_INCIDENTS),
        ),
        Trouble.TIES: (Fault(name=_F.SAME_SECOND, rows=35, tables=_INCIDENTS),),
        Trouble.SKEW: (Fault(name=_F.CLOCK_SKEW, seconds=-3600),),
        Trouble.EXPIRY: (Fault(name=_F.EXPIRED_TOKEN, ordinals=frozenset({8})),),
        Trouble.CUT: (
            Fault(name=_F.TRUNCATED_200, ordinals=frozenset({1, 2, 3, 4}), tables=_INCIDENTS),
        ),
    }

    @property
    @abstractmethod
    def desk(self) -> Desk:
        """The desk behind the server."""

    @abstractmethod
    def key(self, kind: RecordKind, n: int) -> str:
        """The raw key of a record, by its id on the desk."""

    def truth(self, kind: RecordKind) -> Mapping[str, str]:
        """What an administrator would see."""
        return {self.key(kind, n): str(one.updated) for n, one in self.desk.of(kind).items()}

    def visible(self, kind: RecordKind) -> Mapping[str, str]:
        """Without what is hidden."""
        hidden = self.is_hidden(kind)
        return {key: one for key, one in self.truth(kind).items() if key not in hidden}

    def personal(self) -> tuple[str, ...]:
        """Names of callers, and titles."""
        records, names = self.desk.of(RecordKind.INCIDENT).values(), ("caller", "title")
        words = {one.text(name) for one in records for name in names}
        return tuple(sorted(word for word in words if len(word) > 5))

    def wrong(self) -> dict[str, object]:
        """Another password."""
        return {"password": "wrong-secret-of-ours"}

    def token_settings(self) -> dict[str, object]:
        """The same: a password gives a token, where there are any."""
        return {}

    def delete(self, keys: list[str]) -> None:
        """As an administrator would, without a word."""
        for n, record in list(self.desk.of(self.kind).items()):
            if self.key(self.kind, n) in keys:
                self.desk.remove(record, is_told=False)
