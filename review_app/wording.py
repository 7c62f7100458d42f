"""What the words for a candidate's condition mean, as its page explains them."""

from collections.abc import Mapping

from itsm.candidates import Life, Movement

LIFE: Mapping[Life, str] = {
    Life.EMERGING: "first seen in the last 4 weeks",
    Life.ACTIVE: "seen in the last 4 weeks",
    Life.QUIET: "not in the last 4 weeks, but in the last 13",
    Life.RECURRED: "back in the last 4 weeks, after 8 or more without",
    Life.RESOLVED: "closed with its problem, or by a person",
    Life.STALE: "not seen in the last 13 weeks",
}
MOVEMENT: Mapping[Movement, str] = {
    Movement.NEW: "not there in the run before",
    Movement.GROWN: "more incidents than in the run before",
    Movement.SHRUNK: "fewer incidents than in the run before",
    Movement.GONE: "no longer found",
    Movement.UNCHANGED: "the same incidents as in the run before",
}
WITHHELD = "Not shown: an incident in it has been restricted since it was mined"
"""Stands for a statement that may quote a restricted record."""
CONFIDENCE = "mean probability that two of its incidents share a cause"
