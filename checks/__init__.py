"""Checks on the records of every source before they are mined, and what must not be mined at all.

`check` judges the records of one kind of one source, `failing` names those to set aside, `gate`
says whether the run may go on, `render_page` shows it all. `checks.privacy` redacts texts.
"""

from checks.checking import check, check_rows, failing
from checks.context import CheckContext
from checks.gate import gate
from checks.page import render_page
from checks.past import compare, profile
from checks.settings import CheckSettings

__all__ = [
    "CheckContext",
    "CheckSettings",
    "check",
    "check_rows",
    "compare",
    "failing",
    "gate",
    "profile",
    "render_page",
]
