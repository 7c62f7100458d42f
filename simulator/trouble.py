"""Answers of servers in trouble, alike for every practice system: pages, breaks, half answers."""

from simulator.web import Answer


def failed(chance: float) -> Answer:
    """500, 502 or 503 with a page for people."""
    status = (500, 502, 503)[int(chance * 3)]
    page = f"<html><head><title>{status}</title></head><body>node trouble</body></html>"
    return Answer(status, page.encode(), content_type="text/html")


def broken_off(answer: Answer, chance: float) -> Answer:
    """The connection breaks before the answer, or in the middle of it."""
    at = 0 if chance < 0.5 else len(answer.body) // 2
    return Answer(answer.status, answer.body, answer.headers, answer.content_type, at)


def halved(answer: Answer) -> Answer:
    """Half of an answer, which says that it is whole."""
    half = answer.body[: len(answer.body) // 2]
    return Answer(answer.status, half, answer.headers, answer.content_type)


def with_headers(answer: Answer, *headers: tuple[str, str]) -> Answer:
    """The same answer with more headers."""
    told = (*answer.headers, *headers)
    return Answer(answer.status, answer.body, told, answer.content_type, answer.cut_at)
