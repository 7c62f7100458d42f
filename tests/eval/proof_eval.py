"""How far proofs of improvements can be believed, over many estates with planted improvements.

Each estate holds 30 entries that work with a known effect, 30 that do nothing, 30 that do nothing
and were chosen because they had just peaked, and 10 that work and come back; services fall and have
seasons by themselves. Weekly counts are drawn by the process that the practice estate is made from;
`--records` makes that many estates in full and proves every entry from their records as well.

A naive before and after stands beside it: incidents of the 13 weeks before going live against those
of the 13 weeks after, with the usual interval of two Poisson rates.
"""

import argparse
from collections.abc import Iterator, Sequence

import numpy as np
from scipy import stats

from itsm.proof import Effect, ProofVerdict
from simulator.improvements import Kind
from tests.eval.proof_outcomes import DAYS, Outcome, agreement, outcomes_of_records, run

FALSE_ALARMS = 0.03
"""The share of improvements that hold and are called regressed, as it is measured here."""


def told(found: Sequence[Outcome], n_seeds: int) -> list[str]:
    """All figures."""
    return [
        f"{n_seeds} seeds, {len(found):,} entries; "
        f"{sum(not one.holds for one in found)} have too short a baseline to be proven",
        *_coverage(found),
        *_nulls(found),
        *_power(found),
        *_regressions(found),
        *_prospects(found),
    ]


def share_of(flags: Sequence[bool]) -> float:
    """The share that is true; not a number where there is none."""
    return float(np.mean(flags)) if flags else float("nan")


def covered(found: Sequence[Outcome], kind: Kind | None, day: int) -> tuple[float, int, float]:
    """The share of intervals that hold the true ratio, how many, and their median width."""
    effects = [
        (one.ratio, hold.effect)
        for one in found
        if (kind is None or one.kind is kind) and one.is_true_until(day)
        for hold in [one.at(day)]
        if hold is not None
    ]
    if not effects:
        return float("nan"), 0, float("nan")
    hits = [effect.low <= ratio <= effect.high for ratio, effect in effects]
    return float(np.mean(hits)), len(effects), float(np.median([width(e) for _, e in effects]))


def width(effect: Effect) -> float:
    """How wide an interval is, in points of the ratio."""
    return effect.high - effect.low


def _coverage(found: Sequence[Outcome]) -> Iterator[str]:
    for kind in (None, Kind.WORKS, Kind.NULL, Kind.PEAKED, Kind.REGRESSES):
        name = "all" if kind is None else kind.name.lower()
        parts = [covered(found, kind, day) for day in DAYS]
        yield f"intervals that hold the true ratio, {name}: " + "; ".join(
            f"day {day} {share:.3f} of {n}, median width {wide:.2f}"
            for day, (share, n, wide) in zip(DAYS, parts, strict=True)
        )
    alike = [one for one in found if one.kind is not Kind.REGRESSES]
    naive = [one.naive_low <= one.ratio <= one.naive_high for one in alike]
    yield f"  naive before and after, 13 weeks: {np.mean(naive):.3f} of {len(naive)}"


def false_share(found: Sequence[Outcome], kind: Kind) -> float:
    """The share of entries without an effect that any verdict calls verified."""
    return share_of([one.verified_by(180) for one in found if one.kind is kind])


def _nulls(found: Sequence[Outcome]) -> Iterator[str]:
    for kind in (Kind.NULL, Kind.PEAKED):
        own = [one for one in found if one.kind is kind]
        single = [
            np.mean([h.verdict is ProofVerdict.VERIFIED for one in own for h in [one.at(day)] if h])
            for day in DAYS
        ]
        naive = np.mean([one.naive_high < 1 for one in own])
        yield (
            f"{kind.name.lower()} called verified: at any of three verdicts "
            f"{false_share(found, kind):.3f}; by day "
            + ", ".join(f"{day}: {share:.3f}" for day, share in zip(DAYS, single, strict=True))
            + f"; naive {naive:.3f}"
        )


def strong(found: Sequence[Outcome], least: float = 40, weakest: float = 0.6) -> list[Outcome]:
    """Entries with effects of 40 % or more and 40 or more expected incidents by day 90."""
    kinds = (Kind.WORKS, Kind.REGRESSES)
    return [
        one
        for one in found
        if one.kind in kinds
        and one.ratio <= weakest
        and one.expected >= least
        and one.is_true_until(90)
    ]


def _power(found: Sequence[Outcome]) -> Iterator[str]:
    own = strong(found)
    hit = np.mean([one.verified_by(90) for one in own])
    yield (
        f"effects of 40 % or more with 40 or more expected, verified by day 90: {hit:.3f} of "
        f"{len(own)}"
    )
    for low, high in ((0.5, 0.6), (0.3, 0.5), (0.0, 0.3)):
        for least, most in ((10, 40), (40, 60), (60, 1e9)):
            some = [
                one
                for one in strong(found, least)
                if low < one.ratio <= high and one.expected < most
            ]
            if some:
                share = np.mean([one.verified_by(90) for one in some])
                many = f"{least} or more" if most > 1e6 else f"{least} to {most}"
                yield f"  ratio {low} to {high}, {many} expected: {share:.3f} of {len(some)}"


def raised_next(found: Sequence[Outcome]) -> list[tuple[Outcome, bool]]:
    """Improvements that were verified and came back: whether the next verdict says so."""
    told = []
    for one in found:
        due = one.next_verdict
        if due is None or not one.verified_by(one.returns_day or 0):
            continue
        told.append((one, due in one.regressed()))
    return told


def best_possible(one: Outcome, size: float = FALSE_ALARMS) -> float:
    """How often a return could be seen by the next verdict, if nearly all were known.

    The most powerful test of the incidents since the return, for somebody who knows the week of the
    return, the rate before and the rate since, where weeks scatter by nothing but chance. No
    rule that has to estimate these can do better at as few false alarms.
    """
    still, back = stats.poisson(one.ratio * one.since_return), stats.poisson(one.since_return)
    most = still.ppf(1 - size)
    spare = (size - still.sf(most)) / still.pmf(most)
    return float(back.sf(most) + spare * back.pmf(most))


def false_regressions(found: Sequence[Outcome]) -> tuple[float, int]:
    """Verified improvements that hold, and are called regressed all the same."""
    own = [one for one in found if one.kind is Kind.WORKS and one.verified_by(90)]
    return share_of([bool(one.regressed()) for one in own]), len(own)


def _regressions(found: Sequence[Outcome]) -> Iterator[str]:
    back = raised_next(found)
    for least in (0, 1, 20, 40):
        some = [is_raised for one, is_raised in back if one.since_return >= least]
        if some:
            yield (
                f"came back after a verdict, {least} or more incidents expected since: raised at "
                f"the next verdict {np.mean(some):.3f} of {len(some)}"
            )
            known = [best_possible(one) for one, _ in back if one.since_return >= least]
            yield f"  by somebody who knows when it came back, and the rates: {np.mean(known):.3f}"
    for is_told in (True, False):
        some = [is_raised for one, is_raised in back if one.is_told_seen is is_told]
        said = "would be seen by then" if is_told else "would not be seen by then"
        if some:
            yield f"  told before that a return {said}: raised {share_of(some):.3f} of {len(some)}"
    share, n = false_regressions(found)
    yield f"verified and holding, called regressed: {share:.3f} of {n}"
    every = [bool(one.regressed()) for one in found if one.kind is not Kind.REGRESSES]
    yield f"  of all entries that never came back: {np.mean(every):.3f} of {len(every)}"


def _prospects(found: Sequence[Outcome]) -> Iterator[str]:
    """Told before approval: at the hold first promised, how many were verified by then."""
    own = [one for one in found if one.kind is Kind.WORKS]
    if all(one.power_day is None for one in own):
        return
    for day in DAYS:
        some = [one.verified_by(day) for one in own if one.power_day == day]
        if some:
            yield (
                f"told before approval to be provable by day {day}, and verified by then: "
                f"{np.mean(some):.3f} of {len(some)}"
            )
    none = [one.verified_by(180) for one in own if one.power_day is None]
    if none:
        yield (
            f"told not to be provable at all, and verified all the same: {np.mean(none):.3f} of "
            f"{len(none)}"
        )


def shortfalls(found: Sequence[Outcome]) -> list[str]:
    """What a proof has to keep and does not, over many estates; none where all is kept."""
    missed = []
    for day in DAYS:
        share = covered(found, None, day)[0]
        if not 0.90 <= share <= 0.98:
            missed.append(f"intervals of day {day} hold the true ratio in {share:.3f}")
    for kind in (Kind.NULL, Kind.PEAKED):
        if false_share(found, kind) > 0.05:
            missed.append(f"{kind.name.lower()}: {false_share(found, kind):.3f} called verified")
    verified = share_of([one.verified_by(90) for one in strong(found)])
    if not verified >= 0.8:
        missed.append(f"strong effects verified by day 90: {verified:.3f}")
    back = raised_next(found)
    told = [is_raised for one, is_raised in back if one.is_told_seen]
    if not share_of(told) >= 0.9:
        missed.append(f"regressions told to be seen, raised: {share_of(told):.3f}")
    every = share_of([is_raised for _, is_raised in back])
    if not every >= 0.7:
        missed.append(f"regressions raised at the next verdict: {every:.3f}")
    if false_regressions(found)[0] >= 0.05:
        missed.append(f"false regressions: {false_regressions(found)[0]:.3f}")
    return missed


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--records", type=int, default=0)
    parser.add_argument("--keep-peak", action="store_true")
    parser.add_argument("--processes", type=int, default=1)
    chosen = parser.parse_args()
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.seeds)
    found = run(seeds, chosen.incidents, keeps_peak=chosen.keep_peak, n_processes=chosen.processes)
    for line in told(found, len(seeds)):
        print(line)
    if chosen.records:
        some = seeds[: chosen.records]
        records = [one for seed in some for one in outcomes_of_records(seed, chosen.incidents)]
        print("\nFrom the records of whole estates:")
        for line in (*told(records, len(some)), agreement(records, found[: len(records)])):
            print(line)


if __name__ == "__main__":
    main()
