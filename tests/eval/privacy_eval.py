"""How much of what is personal or secret vanishes, and how much that is neither: by kind.

`python -m tests.eval.privacy_eval` prints it. A marked value counts as found where no part of it
of three characters and more is left; what vanishes besides counts against precision, by the kind of
its placeholder.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from checks.privacy import redact
from tests.eval.private_texts import TEXTS

_MARK = re.compile(r"\[\[([a-z-]+)\|(.+?)\]\]")


@dataclass(frozen=True, slots=True)
class Scores:
    """Of one kind: how many there are, how many vanished, and how many vanished wrongly."""

    kind: str
    n: int
    n_found: int
    n_wrong: int

    @property
    def recall(self) -> float:
        """The share of what there is that vanished."""
        return self.n_found / self.n if self.n else 1.0

    @property
    def precision(self) -> float:
        """The share of what vanished that had to."""
        n_gone = self.n_found + self.n_wrong
        return self.n_found / n_gone if n_gone else 1.0


def measured(texts: Sequence[str]) -> tuple[Scores, ...]:
    """Scores per kind, by name."""
    there: Counter[str] = Counter()
    found: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for text in texts:
        marks = [(one[1], one[2]) for one in _MARK.finditer(text)]
        plain = _MARK.sub(lambda one: one[2], text)
        told = redact(plain)
        there.update(kind for kind, _ in marks)
        gone = [kind for kind, value in marks if not _is_left(value, told.text)]
        found.update(gone)
        wrong.update({k: n - gone.count(k) for k, n in told.counts.items() if n > gone.count(k)})
    kinds = sorted(there | wrong)
    return tuple(Scores(kind, there[kind], found[kind], wrong[kind]) for kind in kinds)


def _is_left(value: str, text: str) -> bool:
    """Whether any part of a value of three characters and more can still be read."""
    rest = re.sub(r"<[a-z-]+>", "", text)
    return any(part in rest for part in re.findall(r"[^\W_]{3,}", value)) or value in rest


def told(by_language: Mapping[str, Sequence[str]] = TEXTS) -> Iterator[str]:
    """The table, as lines."""
    yield "| language | kind | there | recall | precision |"
    yield "| --- | --- | ---: | ---: | ---: |"
    for language, texts in by_language.items():
        for one in measured(texts):
            yield f"| {language} | {one.kind} | {one.n} | {one.recall:.2f} | {one.precision:.2f} |"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in told())
