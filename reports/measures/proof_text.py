"""Proofs in plain words."""

from dataclasses import replace

from itsm.candidates import Estimate
from itsm.proof import (
    HOLD_DAYS,
    Baseline,
    Effect,
    Guard,
    Hold,
    MemberPattern,
    Proof,
    ProofPlan,
    ProofVerdict,
    Prospect,
    Spread,
)

_SAID = {
    ProofVerdict.VERIFIED: "Verified",
    ProofVerdict.FAILED: "Failed",
    ProofVerdict.NOT_SHOWN: "Not shown",
    ProofVerdict.REGRESSED: "Regressed",
}


def pattern_text(pattern: MemberPattern) -> str:
    """Which incidents are meant."""
    parts = []
    if pattern.candidates:
        parts.append(f"incidents of {_and(pattern.candidates)}")
    if pattern.problems:
        parts.append(f"incidents that name {_and(pattern.problems)}")
    if pattern.fields:
        named = [f"{one.field} {' or '.join(one.values)}" for one in pattern.fields]
        parts.append(f"incidents with {_and(tuple(named))}")
    return ", and ".join(parts) or "no incidents: no pattern is given"


def design_of(baseline: Baseline, left_out: dict[str, int]) -> str:
    """How a baseline was taken: the window, the members, the comparison and the method."""
    used = [week for week, is_used in zip(baseline.weeks, baseline.is_used, strict=True) if is_used]
    reasons = [f"{n} {reason}" for reason, n in left_out.items() if n]
    out = f"; left out are {_and(tuple(reasons))}" if reasons else ""
    window = (
        f"{len(used)} weeks of seven days between {used[0]:%Y-%m-%d} and "
        f"{baseline.live_at:%Y-%m-%d}{out}"
    )
    own = [one for one in baseline.strata if any(one.members)]
    n = sum(_counted(one.members, baseline) for one in own)
    m = sum(_counted(one.compared, baseline) for one in own)
    where = _and(tuple(one.service for one in own)) or "no service"
    others = f"of {len(baseline.others)} other entries" if baseline.others else "of other entries"
    return (
        f"Window: {window}. Members: {pattern_text(baseline.plan.pattern)}; {n} in these weeks. "
        f"Comparison: {m} other incidents of the same weeks and services ({where}), without those "
        f"{others}. Effect: the rate of members since, over that of the window, each beside the "
        "comparison of its own weeks and service, so that a trend, a season or a bad week of the "
        "service is not claimed; 95 % interval, wider where weeks scatter by more than chance."
    )


def _counted(weekly: tuple[int, ...], baseline: Baseline) -> int:
    return sum(n for n, is_used in zip(weekly, baseline.is_used, strict=True) if is_used)


def effect_text(effect: Effect) -> str:
    """A ratio in words, with what was seen and what would have come."""
    ratio = (
        f"{effect.ratio:.2f} times what it was (95 % sure: {effect.low:.2f} to {effect.high:.2f})"
    )
    if effect.expected is None:
        return f"{effect.unit} {ratio}, in {effect.n_weeks} weeks"
    scatter = "as chance does"
    if effect.spread is Spread.NEGATIVE_BINOMIAL:
        scatter = f"{effect.dispersion:.1f} times as much as chance, which the interval allows for"
    return (
        f"the rate is {ratio}: {effect.observed:.0f} came in {effect.n_weeks} weeks where about "
        f"{effect.expected:.0f} would have; weeks scatter {scatter}"
    )


def hold_text(plan: ProofPlan, hold: Hold, verified: Hold | None, watched: str = "") -> Hold:
    """A hold with its verdict in words; `watched`: how soon a return of it would be seen."""
    told = f"{_SAID[hold.verdict]} on day {hold.day}: {effect_text(hold.effect)}."
    is_watched = hold.verdict is ProofVerdict.VERIFIED and hold.day != HOLD_DAYS[-1]
    parts = (told, _why(plan, hold, verified), watched if is_watched else "")
    return replace(hold, text=" ".join(filter(None, parts)))


def _why(plan: ProofPlan, hold: Hold, verified: Hold | None) -> str:
    effect, promised = hold.effect, plan.promised
    if hold.verdict is ProofVerdict.REGRESSED and hold.later and verified:
        return (
            f"It was verified on day {verified.day} at {verified.effect.ratio:.2f}. From "
            f"{hold.later.from_at:%Y-%m-%d} on {effect_text(hold.later)}: that excludes what was "
            "verified."
        )
    if hold.verdict is ProofVerdict.FAILED:
        worse = " It even came more often than before." if effect.low > 1 else ""
        goal = "any fall" if promised is None else f"the {promised:.2f} that was promised"
        return f"That excludes {goal}.{worse}"
    if hold.verdict is ProofVerdict.NOT_SHOWN:
        return "Chance alone may explain it: neither a benefit nor its absence is shown."
    if promised is not None and effect.low > promised:
        return f"It is a benefit, and less than the {promised:.2f} that was promised."
    if promised is not None and effect.high < promised:
        return f"It is more than the {promised:.2f} that was promised."
    return ""


def guard_text(name: str, effect: Effect | str) -> Guard:
    """A guard measure in words; it is breached when its interval lies above 1."""
    if isinstance(effect, str):
        text = f"{name}: cannot be told: {effect}."
        return Guard(name=name, effect=None, is_breached=False, text=text)
    is_breached = effect.low > 1
    says = "worse: the pain may only have moved" if is_breached else "not worse"
    text = (
        f"{name}: {says}; {effect.ratio:.2f} times what it was ({effect.low:.2f} to "
        f"{effect.high:.2f})."
    )
    return Guard(name=name, effect=effect, is_breached=is_breached, text=text)


def proof_text(proof: Proof, lacking: str | None) -> Proof:
    """What is known of an improvement, in words.

    Args:
        proof: without its text.
        lacking: why there is no effect; None where there is one.
    """
    if proof.effect is None:
        return replace(proof, text=lacking or "")
    parts = []
    if not proof.holds or proof.holds[-1].effect != proof.effect:
        parts.append(f"So far {effect_text(proof.effect)}.")
    if proof.holds:
        parts.append(proof.holds[-1].text)
    else:
        parts.append(f"The first verdict is due {HOLD_DAYS[0]} days after it went live.")
    parts += [one.text for one in proof.guards if one.is_breached]
    if proof.benefit is not None:
        parts.append(_worth(proof))
    return replace(proof, text=" ".join(parts))


def _worth(proof: Proof) -> str:
    told = [f"Avoided so far: {_range(proof.hours)}, {_range(proof.benefit)}"]
    if proof.roi is not None:
        told.append(f"return {proof.roi.value:+.1f} times its cost")
    assumed = [one.name for one in proof.inputs if one.is_assumed]
    if assumed:
        told.append(f"assumed and not measured: {', '.join(assumed)}")
    return f"{'; '.join(told)}."


def _range(estimate: Estimate | None) -> str:
    if estimate is None:
        return "not told"
    ends = f"{estimate.low:,.0f} to {estimate.high:,.0f}"
    return f"{estimate.value:,.0f} {estimate.unit} ({ends})"


def prospect_text(
    plan: ProofPlan,
    prospect: Prospect,
    lacking: str | None,
    at_last: float | None,
    watched: str = "",
) -> Prospect:
    """What a plan could prove, in words, and what to change where it is not enough.

    Args:
        plan: of the entry.
        prospect: without its text.
        lacking: why nothing can be proven at all; None where something can.
        at_last: the smallest ratio that the last hold could prove; None for none.
        watched: how soon a return would be seen, once it was verified.
    """
    if lacking is not None:
        text = f"This measure cannot prove it: {lacking}. Please {_another()}"
        return replace(prospect, text=text)
    basis = (
        f"{prospect.weekly:.1f} incidents of its kind come a week, beside "
        f"{prospect.weekly_compared:.0f} comparable ones; {prospect.n_weeks} weeks would be its "
        "baseline."
    )
    parts = (basis, _can(plan, prospect), _ask(plan, prospect, at_last), watched)
    return replace(prospect, text=" ".join(filter(None, parts)))


def _can(plan: ProofPlan, prospect: Prospect) -> str:
    review = f"{plan.review_on:%Y-%m-%d}"
    if prospect.smallest is None:
        return f"By the review on {review} no effect, however strong, would be sure enough."
    able = f"By the review on {review} a fall of {_fall(prospect.smallest)} or more can be proven"
    return f"{able} (four times in five, at 95 %)."


def _ask(plan: ProofPlan, prospect: Prospect, at_last: float | None) -> str:
    promised = "that" if plan.promised is None else f"a promised fall of {_fall(plan.promised)}"
    if prospect.is_provable:
        on = f"{prospect.earliest_on:%Y-%m-%d}"
        return f"The earliest date at which {promised} can be verified is {on}."
    if prospect.earliest_on is not None:
        on = f"{prospect.earliest_on:%Y-%m-%d}"
        return f"The earliest date for {promised} is {on}: move the review there. Or {_another()}"
    last = f"the last verdict, {HOLD_DAYS[-1]} days after going live"
    if at_last is None:
        return f"Nor could {last} prove any. Please {_another()}"
    able = f"{last}, could prove a fall of {_fall(at_last)} or more"
    if plan.promised is None:
        return f"Move the review: {able}. Or {_another()}"
    return f"For {promised} that is never enough: {able}. Please {_another()}"


def _another() -> str:
    return (
        "take another measure: a wider pattern (the category or the service instead of one cause), "
        "or a figure with more behind it."
    )


def _fall(ratio: float) -> str:
    return f"{100 * (1 - ratio):.0f} %"


def _and(words: tuple[str, ...]) -> str:
    if len(words) > 4:
        return f"{', '.join(words[:3])} and {len(words) - 3} more"
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
