"""Read and build many generated orders: how many are wrong, how many are held, and how long it takes.

    python scripts/bench_exact.py [--orders 20000] [--first-seed 1]

Exit status 1 if one is wrong, or if more than one in two hundred is held.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.exact.generator import sale
from tests.exact.judge import judge

MOST_HELD = 0.005
SHOWN = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--first-seed", type=int, default=1)
    wanted = parser.parse_args()
    held: Counter[str] = Counter()
    wrong: list[str] = []
    examples: dict[str, str] = {}
    times: dict[int, list[float]] = {}
    slowest, slowest_seed = 0.0, 0
    for seed in range(wanted.first_seed, wanted.first_seed + wanted.orders):
        one = sale(seed)
        started = time.perf_counter()
        verdict = judge(one)
        took = (time.perf_counter() - started) * 1000
        times.setdefault(one.lines, []).append(took)
        if took > slowest:
            slowest, slowest_seed = took, seed
        if verdict.wrong:
            wrong.append(f"seed {seed}: {verdict.wrong}")
        if verdict.held:
            held[verdict.held] += 1
            examples.setdefault(f"{verdict.held} (seed {seed})", verdict.detail)
    for line in wrong[:SHOWN]:
        print(line)
    for name, detail in list(examples.items())[:SHOWN]:
        print(f"  {name}: {detail}")
    share = sum(held.values()) / wanted.orders
    print(
        f"{wanted.orders} orders from seed {wanted.first_seed}: {len(wrong)} wrong, "
        f"{share:.2%} held {dict(held)}"
    )
    for lines in (5, 40):
        near = [each for count in (lines - 1, lines, lines + 1) for each in times.get(count, [])]
        if near:
            print(f"about {lines} lines: {statistics.median(near):.2f} ms median of {len(near)}")
    print(f"slowest: {slowest:.0f} ms (seed {slowest_seed})")
    return 1 if wrong or share > MOST_HELD else 0


if __name__ == "__main__":
    raise SystemExit(main())
