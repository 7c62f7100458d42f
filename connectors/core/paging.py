"""Pages one after the other: a loop with a memory, a limit that gives way, and links."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Generic, TypeVar

from requests.utils import parse_header_links

from itsm.errors import CutAnswerError, PagingError

Cursor = TypeVar("Cursor", bound=Hashable)
Answer = TypeVar("Answer")

_MAX_EMPTY = 20_000
_GROWS_AFTER = 8
_FLOOR_TRIES = 4


class Memory(Generic[Cursor]):
    """Remembers where a walk has been, so that it cannot go round in circles."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._seen: set[Cursor] = set()
        self._n_empty = 0

    def visit(self, cursor: Cursor) -> None:
        """Note a place before going there.

        Raises:
            PagingError: it has been visited.
        """
        if cursor in self._seen:
            raise PagingError(
                self._source,
                f"the same page was to be read again after {len(self._seen)} pages: the system "
                "does not go on where it is told to",
            )
        self._seen.add(cursor)

    def count(self, n_rows: int) -> None:
        """Note how many rows came.

        Raises:
            PagingError: 20,000 pages in a row were empty, and more were promised.
        """
        self._n_empty = 0 if n_rows else self._n_empty + 1
        if self._n_empty >= _MAX_EMPTY:
            raise PagingError(
                self._source, f"{self._n_empty} empty pages in a row, and more are promised"
            )


class Limit:
    """How many rows are asked for: halved when an answer is cut, and growing back slowly.

    Args:
        size: rows asked for when all is well.
        floor: not fewer than these are asked for.

    `now` is what is asked for next, `used` what was asked for last.
    """

    def __init__(self, size: int, floor: int = 10) -> None:
        self._size = size
        self._floor = min(floor, size)
        self._n_good = 0
        self.now = size
        self.used = size

    def fetch(self, fetch: Callable[[int], Answer]) -> Answer:
        """Ask with the limit, and with smaller ones as long as answers are cut.

        Raises:
            CutAnswerError: even the fewest rows are cut, again and again.
        """
        n_at_floor = 0
        while True:
            n_at_floor += self.now <= self._floor
            try:
                answer = fetch(self.now)
            except CutAnswerError:
                if n_at_floor >= _FLOOR_TRIES:
                    raise
                self.now = max(self._floor, self.now // 2)
                self._n_good = 0
                continue
            self.used = self.now
            self._grow()
            return answer

    def _grow(self) -> None:
        self._n_good += 1
        if self._n_good >= _GROWS_AFTER:
            self.now = min(self._size, self.now * 2)
            self._n_good = 0


def paged(
    source: str, fetch: Callable[[Cursor | None], tuple[Answer, Cursor | None]]
) -> Iterator[Answer]:
    """All pages of a system that gives the next cursor itself: a token, a link, a page number.

    Args:
        source: for errors.
        fetch: the page at a cursor (None: the first), and the cursor of the next (None: the end).

    Raises:
        PagingError: a cursor came back.
    """
    memory: Memory[Cursor] = Memory(source)
    cursor: Cursor | None = None
    while True:
        answer, cursor = fetch(cursor)
        yield answer
        if cursor is None:
            return
        memory.visit(cursor)


def next_link(headers: Mapping[str, str]) -> str | None:
    """The link with rel=next in a Link header; None: this was the last page.

    Give it to `HttpClient.rebased` before it is followed.

    Source:
        RFC 8288.
    """
    for link in parse_header_links(headers.get("Link", "")):
        if "next" in link.get("rel", "").lower().split():
            return link.get("url")
    return None
