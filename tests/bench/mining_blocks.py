"""What mining in blocks could give to other processes, and what it would send them.

Each size is mined once, in one process, with every block computed as another process would: what
the blocks of a step share is packed and unpacked, and so is what comes of them. Processor time and
bytes are counted apart, so the machine may be busy; `taskset -c 0` keeps threads out of the count.
`serial` is what one process has to do alone, and the speeds are what that leaves for so many
workers on machines of the same kind.
"""

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from problem_mining.block_format import packed, unpacked
from problem_mining.blocks import S, T, Work, blocks_of, computed, computed_by, name_of
from problem_mining.pipeline import mine
from tests.eval.estate_corpora import estate

WORKERS = (2, 4, 8, 16)


@dataclass
class Counting:
    """Computes blocks here, and counts what they cost: processor seconds and bytes by step."""

    n_blocks: int
    computing_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    moving_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    sent: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    n_asked: Counter[str] = field(default_factory=Counter)

    def run(self, work: Work[S, T], shared: S, parts: Sequence[slice]) -> Iterator[T]:
        """What work makes of each part, in order."""
        step = name_of(work).rpartition(":")[2]
        started = time.process_time()
        sent = packed(shared)
        given = unpacked(sent)
        self.moving_s[step] += time.process_time() - started
        self.sent[step] += len(sent)
        for block in blocks_of(parts, self.n_blocks):
            started = time.process_time()
            found = computed(name_of(work), given, block)
            self.computing_s[step] += time.process_time() - started
            started = time.process_time()
            answer = packed(found)
            back = unpacked(answer)
            self.moving_s[step] += time.process_time() - started
            self.answered[step] += len(answer)
            self.n_asked[step] += 1
            assert isinstance(back, list)
            yield from back


def report(n_incidents: int, n_blocks: int) -> None:
    """Print a line for a size, and one for each step."""
    corpus = estate(n_incidents, seed=7)
    engine = Counting(n_blocks)
    started = time.process_time()
    with computed_by(engine):
        mine(corpus.incidents)
    total_s = time.process_time() - started
    blocks_s, moving_s = sum(engine.computing_s.values()), sum(engine.moving_s.values())
    serial_s = total_s - blocks_s - moving_s
    speeds = "  ".join(
        f"{n} workers {(total_s - moving_s) / (serial_s + moving_s + blocks_s / n):.2f}x"
        for n in WORKERS
    )
    print(
        f"{n_incidents:>9,} incidents: {total_s - moving_s:7.1f} CPU s, in blocks {blocks_s:.1f}, "
        f"serial {serial_s:.1f}, packing {moving_s:.1f}; at most {speeds}",
        flush=True,
    )
    for step, seconds in sorted(engine.computing_s.items(), key=lambda one: -one[1]):
        print(
            f"          {step:16} {seconds:7.1f} s in {engine.n_asked[step]} blocks, shared "
            f"{engine.sent[step] / n_incidents:,.0f} and answers "
            f"{engine.answered[step] / n_incidents:,.0f} bytes an incident",
            flush=True,
        )


def main() -> None:
    """Print the sizes that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, nargs="+", default=[5_000, 20_000])
    parser.add_argument("--blocks", type=int, default=8)
    asked = parser.parse_args()
    for size in asked.incidents:
        report(size, asked.blocks)


if __name__ == "__main__":
    main()
