"""A proof with something in every part of it."""

from datetime import UTC, date, datetime

from itsm.candidates import Estimate
from itsm.proof import Effect, Guard, Hold, Proof, ProofInput, ProofVerdict, Spread

LIVE_AT = datetime(2026, 5, 1, tzinfo=UTC)


def effect(ratio: float) -> Effect:
    """So much is left of the rate."""
    return Effect(
        from_at=LIVE_AT,
        until_at=datetime(2026, 11, 1, tzinfo=UTC),
        ratio=ratio,
        low=ratio * 0.7,
        high=ratio * 1.4,
        n_weeks=26,
        observed=40,
        expected=40 / ratio,
        spread=Spread.POISSON,
        dispersion=1.1,
        p_poisson=0.4,
    )


def proof(number: str = "CSI-0007", verdict: ProofVerdict = ProofVerdict.VERIFIED) -> Proof:
    """The proof of an improvement that went live in May."""
    why = "Verified on day {}: the rate is half of what it was; that excludes chance."
    holds = tuple(
        Hold(day=day, due_on=due, verdict=verdict, effect=effect(0.5), text=why.format(day))
        for day, due in (
            (30, date(2026, 5, 31)),
            (90, date(2026, 7, 30)),
            (180, date(2026, 10, 28)),
        )
    )
    return Proof(
        number=number,
        seal="seal",
        as_of=datetime(2026, 11, 17, tzinfo=UTC),
        effect=effect(0.55),
        holds=holds,
        guards=(Guard(name="neighbours", effect=None, is_breached=False, text="not worse"),),
        hours=Estimate(value=60, low=20, high=90, unit="h"),
        benefit=Estimate(value=3_600, low=1_200, high=5_400, unit="EUR"),
        roi=Estimate(value=1.4, low=0.2, high=2.6, unit=""),
        inputs=(ProofInput(name="users affected", value=1, unit="", is_assumed=True),),
        text="So far the rate is 0.55 times what it was.",
    )
