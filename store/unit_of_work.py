"""The store, and the unit of work that changes it: all of it happens, or none."""

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from store.accounts import Accounts
from store.api_tokens import AccessEvents, ApiTokens
from store.auditing import Audit
from store.canonical import Records
from store.compacting import compact
from store.configurations import Configurations
from store.conflicts import Conflicts
from store.deciding import Decisions
from store.declaring import Declarations
from store.deflating import inflated
from store.delivering import Deliveries
from store.doubting import Doubting
from store.engine import WRITES, refuse_damaged, store_error, store_errors
from store.erasing import Erasing
from store.figure_values import FigureValues
from store.findings import Findings
from store.holds import Holds
from store.journal import Journal
from store.landing import Quarantine, Watermarks
from store.login_sessions import LoginBrakes, LoginSessions
from store.meetings import Meetings
from store.models import Models
from store.outbox import Outbox
from store.pack_comments import SectionComments
from store.pairs import Pairs
from store.people import Directory, People, require_key
from store.problem_states import ProblemStates
from store.publishing import Packs
from store.push_runs import PushRuns
from store.queries import Queries
from store.raw import RawRecords
from store.reconciling import Deletions, Reconciliations
from store.registering import DemandNotes, Register
from store.remembering import Remembered
from store.results import Checks, Mining, Profiles
from store.retaining import Retaining
from store.saved_views import SavedViews
from store.sealing import Sealer
from store.soundness import require_sound
from store.stage_runs import StageRuns
from store.subscribing import Subscriptions
from store.sweeping import Sweeps
from store.waiting import Waiting, waiting
from store.week_runs import WeekRuns
from store.windows import Windows


class UnitOfWork:
    """A transaction with everything that can be written in it.

    Leaving it without `commit` rolls back. On SQLite it holds the write lock from the start, so
    what it reads cannot change before it writes; a second writer waits.
    """

    people: People
    raw: RawRecords
    records: Records
    quarantine: Quarantine
    watermarks: Watermarks
    deletions: Deletions
    reconciliations: Reconciliations
    pairs: Pairs
    sweeps: Sweeps
    windows: Windows
    profiles: Profiles
    checks: Checks
    mining: Mining
    decisions: Decisions
    remembered: Remembered
    models: Models
    packs: Packs
    section_comments: SectionComments
    subscriptions: Subscriptions
    deliveries: Deliveries
    figure_values: FigureValues
    journal: Journal
    register: Register
    demand_notes: DemandNotes
    declarations: Declarations
    findings: Findings
    audit: Audit
    erasing: Erasing
    holds: Holds
    retaining: Retaining
    outbox: Outbox
    conflicts: Conflicts
    push_runs: PushRuns
    problems: ProblemStates
    stage_runs: StageRuns
    week_runs: WeekRuns
    configurations: Configurations
    accounts: Accounts
    sessions: LoginSessions
    brakes: LoginBrakes
    tokens: ApiTokens
    access_events: AccessEvents
    meetings: Meetings
    views: SavedViews

    def __init__(
        self,
        engine: Engine,
        *,
        writes: bool = True,
        sealer: Sealer | None = None,
        known_people: set[str] | None = None,
    ) -> None:
        self._engine = engine
        self._sealer = sealer
        self._writes = writes
        self._known_people = known_people
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        with store_errors(self._engine), ExitStack() as held:
            connection = held.enter_context(self._engine.connect())
            connection.execution_options(**{WRITES: self._writes})
            connection.begin()
            if self._writes and self._sealer is not None:
                require_key(connection, self._sealer)
            held.pop_all()
            self._connection = connection
        self._reads_and_mines(connection)
        self._improves_and_publishes(connection)
        return self

    def _reads_and_mines(self, connection: Connection) -> None:
        """What holds records, runs and packs; the journal first, as others write to it."""
        self.journal = Journal(connection)
        self.people = People(connection, self._sealer, self._known_people)
        self.raw = RawRecords(connection, self._sealer)
        self.records = Records(connection, self.people)
        self.quarantine = Quarantine(connection, self.journal)
        self.watermarks = Watermarks(connection)
        self.deletions = Deletions(connection)
        self.reconciliations = Reconciliations(connection)
        self.pairs = Pairs(connection, self.journal)
        self.sweeps = Sweeps(connection, self.journal)
        self.windows = Windows(connection)
        self.profiles = Profiles(connection)
        self.checks = Checks(connection)
        self.mining = Mining(connection)
        self.decisions = Decisions(connection, self.journal)
        self.remembered = Remembered(connection)
        self.doubts = Doubting(connection)
        self.models = Models(connection, self.journal)
        self.packs = Packs(connection, self.journal)
        self.section_comments = SectionComments(connection, self.journal)
        self.subscriptions = Subscriptions(connection, self.journal)
        self.deliveries = Deliveries(connection, self.journal)
        self.figure_values = FigureValues(connection)

    def _improves_and_publishes(self, connection: Connection) -> None:
        """What holds the register, the outbox, and who may use the pages."""
        self.register = Register(connection, self.journal)
        self.demand_notes = DemandNotes(connection, self.journal)
        self.declarations = Declarations(connection, self.journal)
        self.findings = Findings(connection, self.journal)
        self.audit = Audit(connection, self.journal)
        self.holds = Holds(connection, self.journal, self._sealer)
        self.retaining = Retaining(connection, self.journal, self.holds, self.packs)
        self.erasing = Erasing(connection, self.journal, self.holds, self._sealer)
        self.outbox = Outbox(connection)
        self.conflicts = Conflicts(connection, self.outbox)
        self.push_runs = PushRuns(connection, self.outbox)
        self.problems = ProblemStates(connection)
        self.stage_runs = StageRuns(connection)
        self.week_runs = WeekRuns(connection)
        self.configurations = Configurations(connection, self.journal)
        self.accounts = Accounts(connection, self.journal)
        self.sessions = LoginSessions(connection)
        self.brakes = LoginBrakes(connection)
        self.tokens = ApiTokens(connection)
        self.access_events = AccessEvents(connection)
        self.meetings = Meetings(connection, self.journal)
        self.views = SavedViews(connection)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if isinstance(error, SQLAlchemyError):
            raise store_error(self._engine, error) from None

    @property
    def connection(self) -> Connection:
        """The transaction itself, for what goes through tables of many kinds."""
        assert self._connection is not None, "the connection is there inside the with block"
        return self._connection

    def waiting(self) -> Waiting:
        """What waits for a person."""
        assert self._connection is not None, "waiting belongs inside the with block"
        return waiting(self._connection)

    def commit(self) -> None:
        """Make everything since the start, or since the last commit, last.

        Raises:
            DamagedStoreError: the file was found damaged; nothing of it is kept.
        """
        assert self._connection is not None, "commit belongs inside the with block"
        assert self._writes, "what only looks keeps nothing"
        refuse_damaged(self._engine)
        self._connection.commit()


class Store:
    """A database that has the newest schema (`store.schema.upgrade`).

    Args:
        engine: the database.
        sealer: with the key of names and payloads; without one they are kept as they come.
    """

    def __init__(self, engine: Engine, sealer: Sealer | None = None) -> None:
        self._engine = engine
        self._sealer = sealer

    def begin(self, known_people: set[str] | None = None) -> UnitOfWork:
        """A unit of work, to be used in a with statement.

        Args:
            known_people: for many units of work one after the other, a set in which they note
                whose names are kept, so that none has to ask for them again.
        """
        return UnitOfWork(self._engine, sealer=self._sealer, known_people=known_people)

    def look(self) -> UnitOfWork:
        """A unit of work that only reads, all of it as of one moment; it waits for no writer."""
        return UnitOfWork(self._engine, writes=False, sealer=self._sealer)

    @property
    def engine(self) -> Engine:
        """The database itself, to be backed up."""
        return self._engine

    @property
    def sealer(self) -> Sealer | None:
        """What seals names and payloads; None where there is no key."""
        return self._sealer

    def sealed(self, payloads: Iterable[bytes], *, are_deflated: bool = False) -> list[bytes]:
        """Payloads of raw records as they are kept; the database is not asked.

        Args:
            payloads: as a source gave them, or
            are_deflated: as they are once they went through `store.deflating.deflated`.
        """
        if self._sealer is None:
            seal = inflated if are_deflated else bytes
        else:
            seal = self._sealer.seal_deflated if are_deflated else self._sealer.seal
        return list(map(seal, payloads))

    @property
    def queries(self) -> Queries:
        """Reads that change nothing."""
        return Queries(self._engine, self._sealer)

    @property
    def people(self) -> Directory:
        """Whose pseudonyms are."""
        return Directory(self._engine, self._sealer)

    def compact(self) -> None:
        """Give back what deleted rows took, so that no file holds them any more.

        Raises:
            StoreError: another process writes.
        """
        compact(self._engine)

    def require_sound(self, at: datetime) -> None:
        """See that the database may be written; to be asked at the start of a run.

        Raises:
            DamagedStoreError: its file is damaged; names the way back and what is lost by it.
        """
        require_sound(self._engine, at)
