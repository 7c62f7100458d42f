"""What a figure promises: one definition, with a version."""

from dataclasses import dataclass

from itsm.figures import Direction, Unit
from itsm.states import RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One figure's definition, used by packs, exports and tests alike.

    `partner` is the figure of the users' experience that is read beside it; a figure that is itself
    about experience names the operational figure it explains. `version` goes up when the formula
    changes, so that a past figure says which formula made it. `kind` is the kind of record it is
    about: its weekly series begins where the source's records of that kind begin. `is_in_pack` says
    whether the weekly pack shows it; every other reader of the catalogue has it in any case.
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
    kind: RecordKind
    owner: str
    decision: str
    partner: str
    is_experience: bool = False
    version: int = 1
    is_in_pack: bool = True
