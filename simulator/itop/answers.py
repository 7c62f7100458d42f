"""What the practice iTop answers: almost always 200, with a code inside."""

from simulator.web import Answer, json_answer

OK = 0
UNAUTHORIZED = 1
MISSING_VERSION = 2
MISSING_JSON = 3
INVALID_JSON = 4
UNKNOWN_OPERATION = 11
INTERNAL = 100
NOT_ENOUGH = "The current user does not have enough permissions for reading data of class {}"


def refused(code: int, message: str) -> Answer:
    """A refusal, with status 200."""
    return json_answer({"objects": None, "code": code, "message": message})
