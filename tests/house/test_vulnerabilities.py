"""What is not known is not called fine."""

import json

import pytest

from tests.house.vulnerabilities import FINE, KNOWN, NOT_ASKED, verdict

SOUND = {"name": "click", "version": "8.5.1", "vulns": []}
HOLED = {"name": "old", "version": "1.0", "vulns": [{"id": "PYSEC-2026-1"}, {"id": "CVE-1"}]}
UNKNOWN = {"name": "adlfs", "skip_reason": "Dependency not found on PyPI and could not be audited"}


@pytest.mark.parametrize(
    ("dependencies", "code", "told"),
    [
        ([SOUND], FINE, "no vulnerability is known in 1 packages"),
        ([SOUND, HOLED], KNOWN, "old 1.0: PYSEC-2026-1, CVE-1"),
        ([SOUND, UNKNOWN], NOT_ASKED, "NOT AUDITED: 1 of 2 packages"),
        ([HOLED, UNKNOWN], KNOWN, "old 1.0: PYSEC-2026-1, CVE-1"),
    ],
)
def test_an_answer_is_read_for_what_it_says(
    dependencies: list[object], code: int, told: str
) -> None:
    found = verdict(json.dumps({"dependencies": dependencies, "fixes": []}), "")
    assert found.code == code
    assert found.lines[0].startswith(told)


@pytest.mark.parametrize("answer", ["", "no json", "[]", "{}"])
def test_no_answer_is_told_with_its_reason(answer: str) -> None:
    found = verdict(answer, "WARNING: x\nConnectionError: no route to the index\n")
    assert found.code == NOT_ASKED
    assert found.lines == (
        "NOT AUDITED: the index could not be asked (ConnectionError: no route to the index)",
    )
