"""The register of improvements: where its entries stand, and what the programme has brought."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from itsm.candidates import Estimate
from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.programme import FINISHED, is_proven
from itsm.proof import ProofVerdict
from itsm.register import RegisterEntry, RegisterState
from itsm.states import RecordKind
from reports.measures.build import Extras, Observed, not_available, share, standing
from reports.measures.contract import Contract
from reports.measures.scope import Scope
from reports.measures.weeks import instant

_contract = partial(
    Contract,
    family="improvement register",
    unit=Unit.COUNT,
    direction=Direction.NEITHER,
    denominator="none: a count",
    exclusions="entries raised after the cut-off",
    kind=RecordKind.PROBLEM,
    needs=("the register of improvements",),
    owner="improvement manager",
    partner="csat",
    is_in_pack=False,
)
ENTRIES = _contract(
    figure_id="register_entries",
    title="Improvements in the register",
    formula="entries of the register, and by state",
    decision="what to start, what to stop",
)
OVERDUE = _contract(
    figure_id="register_overdue",
    title="Improvements with an overdue review",
    formula=(
        "entries neither closed nor canceled whose next review lies before the end of the week"
    ),
    direction=Direction.DOWN,
    decision="which improvements to ask about",
)
UNOWNED = _contract(
    figure_id="register_unowned",
    title="Improvements without an owner",
    formula="entries accepted and not closed or canceled that name no coordinator",
    direction=Direction.DOWN,
    decision="who takes which improvement",
)
UNSCORED = _contract(
    figure_id="register_unscored",
    title="Improvements that cannot be ranked yet",
    formula="open entries for which impact, urgency, risk or effort is not known",
    direction=Direction.DOWN,
    decision="which values to ask for, so that demand compares",
)
SUCCESS = _contract(
    figure_id="programme_success",
    title="Improvements proven to have worked",
    formula="closed entries with a verified benefit / closed entries",
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="closed entries",
    decision="whether the programme brings what it promises",
)
BENEFIT = _contract(
    figure_id="programme_benefit",
    title="Expected and verified benefit",
    formula="verified benefit of the closed entries beside what was expected of them",
    unit=Unit.HOURS,
    direction=Direction.UP,
    denominator="closed entries with a proof",
    decision="which kinds of improvement to fund",
)
PREVENTED = _contract(
    figure_id="incidents_prevented",
    title="Incidents prevented",
    formula="incidents that did not happen since improvements went live, from their proofs",
    direction=Direction.UP,
    decision="what the programme is worth",
)
_OF_PROOF = (SUCCESS, BENEFIT, PREVENTED)
CONTRACTS = (ENTRIES, OVERDUE, UNOWNED, UNSCORED, *_OF_PROOF)

_ENDED = (RegisterState.CLOSED, RegisterState.CANCELED)
_UNPLEDGED = (RegisterState.NEW, *_ENDED)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """States, overdue reviews, owners and ranking of the register."""
    register = scope.data.register
    if register is None:
        reason = "the register of improvements was not handed in"
        yield from (not_available(scope, one, reason) for one in CONTRACTS)
        return
    known = [one for one in register if instant(one.raised_at) <= scope.cutoff]
    yield _counted(scope, ENTRIES, known)
    for state in RegisterState:
        chosen = [one for one in known if one.state is state]
        if chosen:
            yield _counted(scope, ENTRIES, chosen, {"state": state.value})
    under_way = [one for one in known if one.state not in _ENDED]
    last_day = scope.week.shifted(1).first_day
    late = [one for one in under_way if one.next_review_on and one.next_review_on < last_day]
    yield _counted(scope, OVERDUE, late)
    pledged = [one for one in known if one.state not in _UNPLEDGED]
    yield _counted(scope, UNOWNED, [one for one in pledged if not one.coordinator])
    yield _counted(scope, UNSCORED, [one for one in under_way if one.gaps])
    yield from _proven(scope, known)


def _proven(scope: Scope, known: list[RegisterEntry]) -> Iterator[FigureResult]:
    """What proofs say of the programme: they count where they are verified and nowhere else."""
    finished = [one for one in known if one.state in FINISHED]
    if not any(one.proof and one.proof.holds for one in finished):
        reason = "the entries hold no proof" if finished else "no improvement is closed yet"
        yield not_available(scope, SUCCESS, reason)
        yield not_available(scope, BENEFIT, reason)
    else:
        number = np.array([one.number for one in finished], dtype=object)
        seen = Observed(np.full(len(finished), scope.grid.last, dtype=np.intp), number)
        held = np.array([is_proven(one) for one in finished], dtype=bool)
        yield share(scope, SUCCESS, seen, held, Extras(has_series=False))
        yield _benefit(scope, finished)
    live = [one for one in known if one.proof and one.proof.holds]
    yield _prevented(scope, live)


def _benefit(scope: Scope, finished: list[RegisterEntry]) -> FigureResult:
    """Hours avoided where that is verified, beside what all with a proof had promised by now."""
    told = [one for one in finished if one.proof and one.proof.hours]
    hours = [one.proof.hours for one in told if is_proven(one) and one.proof and one.proof.hours]
    if not hours:
        return not_available(scope, BENEFIT, "no closed entry has a verified benefit in hours")
    total = _summed(hours)
    companions = {"low": total.low, "high": total.high}
    expected = [promised for one in told if (promised := _promised_h(one)) is not None]
    if expected:
        companions["expected"] = sum(expected)
    proofs = [one.proof for one in told if is_proven(one)]
    money = [proof.benefit for proof in proofs if proof and proof.benefit]
    if money:
        companions["in money"] = _summed(money).value
    number = np.array([one.number for one in told], dtype=object)
    note = _note(total, len(told), len(expected))
    extras = Extras(companions=companions, exactness=Exactness.COMPUTED, note=note)
    return standing(scope, BENEFIT, total.value, number, extras)


def _prevented(scope: Scope, live: list[RegisterEntry]) -> FigureResult:
    """Incidents that did not come, of entries whose newest verdict is verified and that hold."""
    told = [
        (one, one.proof.effect.avoided)
        for one in live
        if one.proof
        and one.state is not RegisterState.REGRESSED
        and one.proof.verdict is ProofVerdict.VERIFIED
        and one.proof.effect
        and one.proof.effect.avoided
    ]
    if not told:
        reason = "no improvement has a verified effect on incidents yet"
        return not_available(scope, PREVENTED, reason)
    total = _summed([avoided for _, avoided in told])
    number = np.array([one.number for one, _ in told], dtype=object)
    others = {"not verified": len(live) - len(told)}
    companions = {"low": total.low, "high": total.high}
    extras = Extras(companions=companions, excluded=others, exactness=Exactness.COMPUTED)
    return standing(scope, PREVENTED, total.value, number, extras)


def _promised_h(entry: RegisterEntry) -> float | None:
    """The hours that the promise would have avoided by now."""
    proof = entry.proof
    effect = proof.effect if proof else None
    if proof is None or effect is None or entry.promised is None or proof.hours is None:
        return None
    avoided = effect.avoided
    if avoided is None or effect.expected is None or avoided.high <= 0:
        return None
    return effect.expected * (1 - entry.promised) * proof.hours.high / avoided.high


def _summed(parts: list[Estimate]) -> Estimate:
    """A sum of estimates that do not know of each other."""
    value = sum(one.value for one in parts)
    down = float(np.sqrt(sum((one.value - one.low) ** 2 for one in parts)))
    more = float(np.sqrt(sum((one.high - one.value) ** 2 for one in parts)))
    assumed = tuple(sorted({name for one in parts for name in one.assumed}))
    return Estimate(
        value=value, low=value - down, high=value + more, unit=parts[0].unit, assumed=assumed
    )


def _note(total: Estimate, n: int, n_promised: int) -> str | None:
    parts = []
    if total.assumed:
        parts.append(f"Assumed, not measured: {', '.join(total.assumed)}.")
    if n_promised < n:
        parts.append(f"{n - n_promised} of {n} entries promised nothing that can be compared.")
    return " ".join(parts) or None


def _counted(
    scope: Scope,
    contract: Contract,
    entries: list[RegisterEntry],
    dimensions: dict[str, str] | None = None,
) -> FigureResult:
    number = np.array([one.number for one in entries], dtype=object)
    extras = Extras(dimensions=dimensions or {})
    return standing(scope, contract, float(len(entries)), number, extras)
