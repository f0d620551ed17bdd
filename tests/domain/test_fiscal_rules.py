"""`docs/fiscal-rules.md` and the tests name each other: no rule without a test, no order without a rule."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs/fiscal-rules.md").read_text(encoding="utf-8")
SCENARIOS = {path.stem for path in (ROOT / "tests/scenarios").glob("*.json")}
DOMAIN_TESTS = {path.name for path in (ROOT / "tests/domain").glob("test_*.py")}
# They test how tests and pages are kept, or how work is decided on, not what is printed.
NO_RULE = {
    "test_hold_reasons.py",
    "test_outcome.py",
    "test_profile.py",
    "test_scenarios.py",
    "test_fiscal_rules.py",
    "test_reference.py",
    "test_build.py",
    "test_cells.py",
    "test_periods.py",
    "test_review.py",
    "test_setting_changes.py",
    "test_sync.py",
    "test_tax_needs.py",
}
SOURCES = ("invoicing/domain", "invoicing", "jumpseller_sync", "stores/domain")


def rows() -> list[list[str]]:
    found = [line.strip().strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in found if row[0].strip() != "rule"]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_row_is_whole() -> None:
    broken = [row[0] for row in rows() if len(row) != 5 or not row[0] or not row[3] or not row[4]]

    assert broken == []
    assert len(rows()) >= 45


def test_what_a_rule_names_is_there() -> None:
    for rule, _source, _certainty, code, tests in rows():
        for name in named(tests):
            if name.endswith(".py"):
                assert (ROOT / "tests/domain" / name).exists() or (ROOT / name).exists(), f"{rule}: {name}"
            else:
                assert any(fnmatch(scenario, name) for scenario in SCENARIOS), f"{rule}: {name}"
        assert named(tests) or tests == "none", rule
        for name in named(code):
            assert any((ROOT / folder / name).exists() for folder in SOURCES), f"{rule}: {name}"


def test_every_golden_order_and_every_test_of_the_rules_belongs_to_a_rule() -> None:
    names = {name for row in rows() for name in named(row[4])}
    lonely = {scenario for scenario in SCENARIOS if not any(fnmatch(scenario, name) for name in names)} | (
        DOMAIN_TESTS - names - NO_RULE
    )

    assert lonely == set()
