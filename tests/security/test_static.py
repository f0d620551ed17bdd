"""What the source itself must not hold."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("config", "invoicing", "jumpseller_sync", "outbound", "stores")
_DIGEST = re.compile(r"(?i)signature|digest|hmac|(?<![a-z])mac(?![a-z])")
_SAFE = re.compile(
    r"\bmark_safe\b|\bSafeString\b|\bSafeText\b|\|\s*safe(seq)?\b|autoescape\s+off|allow_tags|html_safe"
)


@cache
def sources() -> tuple[tuple[Path, ast.Module], ...]:
    """Every module of the product but the migrations: its path, and its tree."""
    return tuple(
        (path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8")))
        for folder in PRODUCT
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
    )


def templates() -> list[Path]:
    return [path for folder in PRODUCT for path in sorted((ROOT / folder).rglob("*.html"))]


def names(node: ast.expr) -> list[str]:
    """The names that an operand is made of, without those of functions that measure it."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("len", "type"):
        return []
    return [
        part.id if isinstance(part, ast.Name) else part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Name | ast.Attribute)
    ]


def suspicious(tree: ast.Module) -> list[int]:
    """Lines that compare something called a digest or a signature with == or !=."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
        and any(_DIGEST.search(name) for side in (node.left, *node.comparators) for name in names(side))
    ]


def test_no_digest_is_compared_with_equals() -> None:
    assert {str(path): lines for path, tree in sources() if (lines := suspicious(tree))} == {}


@pytest.mark.parametrize(
    ("code", "is_found"),
    [
        ("signature == expected", True),
        ("request.headers['x'] != hmac.new(k, b).hexdigest()", True),
        ("self.digest == other", True),
        ("len(signature) == 44", False),
        ("status == 200", False),
        ("machine == other", False),
    ],
)
def test_the_search_for_such_comparisons_finds_them(code: str, is_found: bool) -> None:
    assert bool(suspicious(ast.parse(code))) is is_found


def test_signatures_are_compared_in_constant_time() -> None:
    source = (ROOT / "jumpseller_sync" / "signature.py").read_text(encoding="utf-8")

    assert "hmac.compare_digest(" in source


def test_nothing_is_declared_safe_for_html() -> None:
    found = {
        str(path.relative_to(ROOT)): matches
        for folder in PRODUCT
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".py", ".html", ".txt") and "migrations" not in path.parts
        if (matches := _SAFE.findall(path.read_text(encoding="utf-8")))
    }

    assert found == {}


def imports(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_only_outbound_speaks_to_the_world() -> None:
    speakers = {"requests", "urllib3", "httpx", "aiohttp", "smtplib", "ftplib", "telnetlib", "socket"}

    found = {str(path): imports(tree) & speakers for path, tree in sources() if path.parts[0] != "outbound"}

    assert {path: used for path, used in found.items() if used} == {}


def test_only_the_session_uses_requests() -> None:
    users = {str(path) for path, tree in sources() if "requests" in imports(tree)}

    assert users == {"outbound/session.py"}


def calls(tree: ast.Module) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def test_nothing_is_unpickled_evaluated_or_given_to_a_shell() -> None:
    banned = {"eval", "exec", "pickle.loads", "pickle.load", "marshal.loads", "yaml.load", "os.system"}

    found = {str(path): calls(tree) & banned for path, tree in sources()}

    assert {path: used for path, used in found.items() if used} == {}
    assert all("pickle" not in imports(tree) for _path, tree in sources())


def test_no_sql_is_put_together_from_texts() -> None:
    """Raw SQL only as a whole, constant text."""
    joined = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("execute", "executemany", "raw", "extra")
        and node.args
        and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
    ]

    assert joined == []


def test_messages_and_broker_are_json_only(settings) -> None:
    assert settings.CELERY_TASK_SERIALIZER == "json"
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]


def test_templates_have_no_inline_script() -> None:
    for path in templates():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path
        assert not re.search(r"\son\w+\s*=", text), path
