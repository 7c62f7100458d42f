"""What is expected of every record, whatever its kind."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.expectations import Expectation, Facts, filled, must, plausible_time, unique
from itsm.quality import Severity

if TYPE_CHECKING:
    import pandas as pd


def keys(facts: Facts) -> tuple[Expectation, ...]:
    """A number that is given and unique, and a plausible time of the last update."""
    return (
        filled("number"),
        unique(),
        plausible_time(facts, "updated_at", Severity.WARNING),
    )


def texts(facts: Facts, *names: str) -> tuple[Expectation, ...]:
    """Where a source carries texts at all, most records have one; withheld ones are not judged."""

    def has_text(frame: "pd.DataFrame") -> "pd.Series":
        return any_filled(frame, names).where(~frame["restricted"].fillna(False).astype(bool))

    expectation = must(
        "text_present",
        f"most records have a text ({' or '.join(names)})",
        names[0],
        has_text,
        Severity.WARNING,
        remedy=f"map the column that holds {names[0]}, or mine on codes",
        mostly=facts.settings.min_text_share,
    )
    return (replace(expectation, only_if=carries(*names)),)


def carries(*names: str) -> "Callable[[pd.DataFrame], bool]":
    """Whether any record of a frame has one of these fields."""
    return lambda frame: bool(any_filled(frame, names).any())


def any_filled(frame: "pd.DataFrame", names: tuple[str, ...]) -> "pd.Series":
    """Which records have at least one of these fields."""
    return frame[list(names)].notna().any(axis="columns")
