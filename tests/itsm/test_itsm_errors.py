"""The error tree: as documented, and whole after a trip between processes."""

import inspect
import pickle
from collections.abc import Iterator

import pytest

from itsm import errors
from itsm.errors import (
    AuthError,
    ConfigError,
    CsiError,
    DeliveryError,
    GateError,
    MappingError,
    PagingError,
    SourceError,
    TransientSourceError,
    UnknownCodeError,
)

RAISED = [
    ConfigError("set a zone"),
    SourceError("prod", "no answer"),
    TransientSourceError("prod", "rate limited", retry_after_s=30.0),
    AuthError("prod", "credentials refused"),
    PagingError("prod", "cursor came back"),
    MappingError("INC1", "opened_at", "'soon' is no time", "give a format"),
    UnknownCodeError("incident state", "42", record="INC1"),
    GateError(["keys: 3 of 9 doubled", "no incidents"]),
    DeliveryError("refused", refused=["a@example.org"]),
]


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    documented = inspect.getdoc(errors)
    assert documented is not None
    assert documented.partition("\n\n")[2].splitlines() == list(_tree(CsiError, 0))


def test_every_class_of_the_module_is_in_the_tree() -> None:
    classes = {name for name, value in vars(errors).items() if inspect.isclass(value)}
    assert classes - {"Sequence"} == {line.strip() for line in _tree(CsiError, 0)}


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_an_error_keeps_its_fields_when_pickled(error: CsiError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (SourceError("prod", "no answer"), "prod: no answer"),
        (
            MappingError("INC1", "opened_at", "'soon' is no time", "give a format"),
            "INC1: opened_at: 'soon' is no time; give a format",
        ),
        (
            UnknownCodeError("incident state", "42", record="INC1"),
            "INC1: incident state: code '42' is not mapped; "
            "add it to the code table 'incident state'",
        ),
        (GateError(["a", "b"]), "stopped before mining: a; b"),
    ],
)
def test_an_error_says_what_where_and_what_to_do(error: CsiError, text: str) -> None:
    assert str(error) == text


def _tree(error: type[CsiError], depth: int) -> Iterator[str]:
    yield "  " * depth + error.__name__
    for child in error.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _tree(child, depth + 1)
