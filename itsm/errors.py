"""Every error this project raises on purpose, and what a caller does about it.

CsiError
  ConfigError
    PeopleKeyError
  SourceError
    TransientSourceError
      CutAnswerError
    FatalSourceError
      AuthError
      ForbiddenError
      PagingError
  RecordError
    MappingError
      UnknownCodeError
    WriteConflictError
  CheckError
  GateError
  MiningError
    EndedEarlyError
  MeasureError
  StoreError
    TransitionError
      RoleError
    StaleDecisionError
    NotThereError
      WithdrawnError
    DamagedStoreError
    OnHoldError
  PublishError
    RenderError
    DeliveryError
  AccessError
    LoginNeededError
      PasswordChangeNeededError
    ForbiddenActionError
    BrakedError
    LoginProviderError
  RefusedRequestError
"""

from collections.abc import Sequence


class CsiError(Exception):
    """Base of all errors raised on purpose; anything else is a defect.

    `args` are what the constructor takes, so that an error keeps its fields when it is pickled on
    its way from one process to another.
    """


class ConfigError(CsiError):
    """A person must change a setting; the command ends with exit code 2."""


class PeopleKeyError(ConfigError):
    """The key of names is missing, or not the one the database was sealed with."""


class SourceError(CsiError):
    """A source could not be read or written."""

    def __init__(self, source: str, message: str) -> None:
        super().__init__(source, message)
        self.source = source
        self.message = message

    def __str__(self) -> str:
        return f"{self.source}: {self.message}"


class TransientSourceError(SourceError):
    """Trying again may help; the task retries, and the wait has a cap."""

    def __init__(self, source: str, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(source, message)
        self.retry_after_s = retry_after_s


class CutAnswerError(TransientSourceError):
    """An answer ended before it was whole; asking for less at a time may help."""


class FatalSourceError(SourceError):
    """Trying again does not help: the source is missing from the week, and the pack says so."""


class AuthError(FatalSourceError):
    """The source refused the credentials."""


class ForbiddenError(FatalSourceError):
    """The source knows the user, who may not read or write this; other records may be allowed."""


class PagingError(FatalSourceError):
    """The source's pages cannot be walked to an end."""


class RecordError(CsiError):
    """One record cannot be used: it is set aside and counted, the rest go on."""


class MappingError(RecordError):
    """A field of a row has no usable value; names record, field, value and remedy."""

    def __init__(self, record: str, field: str, problem: str, remedy: str) -> None:
        super().__init__(record, field, problem, remedy)
        self.record = record
        self.field = field
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.record}: {self.field}: {self.problem}; {self.remedy}"


class UnknownCodeError(MappingError):
    """A code of the source has no meaning in its code table."""

    def __init__(self, table: str, code: str, *, record: str = "a record") -> None:
        super().__init__(
            record, table, f"code {code!r} is not mapped", f"add it to the code table {table!r}"
        )
        self.args = (table, code)
        self.table = table
        self.code = code


class WriteConflictError(RecordError):
    """A field to be written was changed on the other side; it goes to the conflict queue."""


class CheckError(CsiError):
    """An expectation could not be evaluated: the checks are at fault, not the data."""


class GateError(CsiError):
    """The data is not fit to be mined; names the expectations that failed."""

    def __init__(self, failed: Sequence[str]) -> None:
        super().__init__(tuple(failed))
        self.failed = tuple(failed)

    def __str__(self) -> str:
        return "stopped before mining: " + "; ".join(self.failed)


class MiningError(CsiError):
    """The records cannot be mined as they are."""


class EndedEarlyError(MiningError):
    """What was begun ahead ended before it was done; it may be done again from its beginning."""


class MeasureError(CsiError):
    """A figure cannot be computed from what is there; it is shown as not available."""


class StoreError(CsiError):
    """The database cannot be used as it is."""


class TransitionError(StoreError):
    """A state change that the rules do not allow."""


class RoleError(TransitionError):
    """A person who has not the role it takes, or who must not do it alone."""


class StaleDecisionError(StoreError):
    """A decision was made on a version that is no longer the newest."""


class NotThereError(StoreError):
    """What is asked for by its name is not there, or not for whoever asks."""


class WithdrawnError(NotThereError):
    """A pack's bytes were removed; says why, and which version took its place."""


class DamagedStoreError(StoreError):
    """The database file is damaged: nothing is written until a backup is restored."""


class OnHoldError(StoreError):
    """A legal hold forbids to erase or remove this; names the hold and who placed it."""


class PublishError(CsiError):
    """A pack could not be made or delivered."""


class RenderError(PublishError):
    """A document could not be rendered."""


class DeliveryError(PublishError):
    """A recipient or channel refused a delivery."""

    def __init__(self, message: str, *, refused: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.refused = tuple(refused)


class AccessError(CsiError):
    """Somebody asked for what is not theirs to see or do."""


class LoginNeededError(AccessError):
    """Nobody has logged in; the log-in page comes next."""


class PasswordChangeNeededError(LoginNeededError):
    """Whoever asks was given a password and has to set one of their own before anything else."""


class ForbiddenActionError(AccessError):
    """Whoever asks has not the role, or the request did not come from a page of theirs."""


class BrakedError(AccessError):
    """There were too many attempts; the next one has to wait."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s

    def __str__(self) -> str:
        wait_s = max(round(self.wait_s), 1)
        return f"Too many attempts in vain. Wait {wait_s} seconds, then try again."


class LoginProviderError(AccessError):
    """The OpenID provider does not answer, or says what cannot be believed."""


class RefusedRequestError(CsiError):
    """A practice system will not do what it is asked; `answer` is what it says instead."""

    def __init__(self, answer: object) -> None:
        super().__init__(answer)
        self.answer = answer
