"""What a figure promises: one definition, with a version."""

from dataclasses import dataclass

from itsm.figures import Direction, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One figure's definition, used by packs, exports and tests alike.

    `partner` is the figure of the users' experience that is read beside it; a figure that is itself
    about experience names the operational figure it explains. `version` goes up when the formula
    changes, so that a past figure says which formula made it.
    """

    figure_id: str
    title: str
    family: str
    formula: str
    unit: Unit
    direction: Direction
    denominator: str
    exclusions: str
    needs: tuple[str, ...]
    owner: str
    decision: str
    partner: str
    is_experience: bool = False
    version: int = 1
