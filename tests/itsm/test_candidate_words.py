"""What a candidate is told by where the review pages are not at hand."""

import pytest

from itsm.candidate_words import assumed_in_words, in_common
from itsm.candidates import COST_INPUTS, Purity
from tests.review_app.desk import candidate

PAYROLL = Purity(field="service", value="Payroll", share=1.0, n=47)
HOST = Purity(field="ci", value="ber-web-01", share=0.85, n=40)
MIXED = Purity(field="team", value="Messaging", share=0.4, n=47)


@pytest.mark.parametrize(
    ("purity", "terms", "said"),
    [
        (
            (PAYROLL, HOST, MIXED),
            ("invoice", "booking"),
            "service Payroll (100% of 47); configuration item ber-web-01 (85% of 40); "
            "words invoice, booking",
        ),
        ((MIXED,), tuple("abcdefgh"), "words a, b, c, d, e, f"),
        ((MIXED,), (), ""),
    ],
)
def test_what_most_share_is_said_and_nothing_else(
    purity: tuple[Purity, ...], terms: tuple[str, ...], said: str
) -> None:
    assert in_common(candidate("PC-1", purity=purity, terms=terms)) == said


def test_every_input_of_a_cost_has_words() -> None:
    said = assumed_in_words(COST_INPUTS)
    assert said.count(", ") == len(COST_INPUTS) - 1
    assert not any(name in said for name in COST_INPUTS)
