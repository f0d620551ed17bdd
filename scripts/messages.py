"""Collect the texts of the interface, check their translations and compile them, without GNU gettext.

python scripts/messages.py           bring locale/*/LC_MESSAGES/django.po up to date and compile it
python scripts/messages.py --check   fail on a missing, fuzzy, stale or doubtful translation, or a stale .mo
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import polib

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
LANGUAGES = ("pt", "es")
APPS = ("config", "outbound", "stores", "invoicing", "jumpseller_sync")
# Packages without a catalogue of their own in these languages; their texts stand in ours.
VENDORS = ("unfold", "axes")
# Django's own words where the glossary has better ones.
REPLACED = ("History", "Save", "Save and add another", "Save and continue editing", "Save as new")
# Parts of them that our pages do not show.
_UNUSED = re.compile(r"unfold/(contrib|components)|axes/(management|checks)")
_CALLS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_lazy": 2}
_PLACEHOLDERS = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")
# Brazilian words, and words that the glossary warns of.
_NOT_EUROPEAN = re.compile(
    r"\b(você|vocês|usuári\w+|senha|excluir|excluíd\w+|deletar|salvar|gravar|arquivo|baixar|tela|registro|contato|equipe|"
    r"gerenciar|cadastr\w+|nota fiscal|cupom|estorno|alíquota|frete|factura\w*)\b",
    re.IGNORECASE,
)


class Message(NamedTuple):
    text: str
    plural: str = ""


def collect(language: str) -> dict[Message, str]:
    """Every message with the file that it was found in; texts of packages that translate themselves
    into the language are left to them."""
    found: dict[Message, str] = {}
    for app in APPS:
        for message, path in _in_folder(ROOT / app):
            found.setdefault(message, path.relative_to(ROOT).as_posix())
    for message in _in_tables():
        found.setdefault(message, "invoicing/domain/reasons.py")
    for text in REPLACED:
        found.setdefault(Message(text), "django/contrib/admin")
    covered = _covered_by_django(language)
    for vendor in VENDORS:
        folder = _package(vendor)
        for message, path in _in_folder(folder):
            place = path.relative_to(folder.parent).as_posix()
            if message.text not in covered and not _UNUSED.search(place):
                found.setdefault(message, place)
    return found


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _in_folder(folder: Path) -> Iterator[tuple[Message, Path]]:
    for path in sorted(folder.rglob("*")):
        if "migrations" in path.parts or "tests" in path.parts:
            continue
        if path.suffix == ".py":
            yield from ((message, path) for message in _in_python(path.read_text(encoding="utf-8")))
        elif path.suffix in (".html", ".txt"):
            yield from ((message, path) for message in _in_template(path.read_text(encoding="utf-8"), path))


def _in_python(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in _CALLS:
            texts = list(_texts(node.args[: _CALLS[name]]))
            if len(texts) == _CALLS[name] and texts[0].strip():
                yield Message(*texts)


def _texts(nodes: Iterable[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.IfExp):
            yield from _texts((node.body, node.orelse))


def _in_template(source: str, path: Path) -> Iterator[Message]:
    """Django turns a template into calls of gettext; the calls are then read one by one."""
    from django.utils.translation.template import templatize

    for match in re.finditer(
        r"\b(?P<name>n?gettext|_)\((?P<arguments>u?(?:'''|\"\"\"|'|\").*?)\) ",
        templatize(source, origin=str(path)) + " ",
        re.DOTALL,
    ):
        try:
            call = ast.parse(f"{match['name']}({match['arguments']})", mode="eval").body
        except SyntaxError:
            continue
        assert isinstance(call, ast.Call)
        texts = list(_texts(call.args[: _CALLS[match["name"]]]))
        if texts and texts[0].strip():
            yield Message(*texts)


def _in_tables() -> Iterator[Message]:
    from invoicing.domain.correction import ADVICE
    from invoicing.domain.reasons import EXCLUSION_TEXTS, HOLD_TEXTS

    yield from (Message(advice.because) for advice in ADVICE)
    for text in HOLD_TEXTS.values():
        yield from (Message(text.sentence), Message(text.remedy))
    yield from (Message(text) for text in EXCLUSION_TEXTS.values())


def _covered_by_django(language: str) -> set[str]:
    django = _package("django")
    covered: set[str] = set()
    for folder in ("conf", "contrib/admin", "contrib/auth", "contrib/contenttypes", "contrib/sessions"):
        catalogue = django / folder / "locale" / language / "LC_MESSAGES" / "django.mo"
        if catalogue.exists():
            covered |= {entry.msgid for entry in polib.mofile(str(catalogue))}
    return covered


def catalogue_path(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def update(language: str) -> list[str]:
    """Write the catalogue anew with what is translated already. Returns what is still to be translated."""
    path = catalogue_path(language)
    known = {Message(e.msgid, e.msgid_plural): e for e in _read(path)}
    catalogue = _empty(language)
    missing = []
    for message, place in sorted(collect(language).items(), key=lambda item: (item[0].text, item[0].plural)):
        entry = known.get(message) or polib.POEntry(msgid=message.text, msgid_plural=message.plural)
        if message.plural and not entry.msgstr_plural:
            entry.msgstr_plural = {0: "", 1: ""}
        # Files without lines: a catalogue changes only when a text does.
        entry.occurrences = [(place, "")]
        catalogue.append(entry)
        if not entry.translated():
            missing.append(message.text)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))
    path.with_suffix(".mo").write_bytes(catalogue.to_binary())
    return missing


def _empty(language: str) -> polib.POFile:
    catalogue = polib.POFile(wrapwidth=110)
    catalogue.metadata = {
        "Project-Id-Version": "jumpseller-invoicing",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    return catalogue


def _read(path: Path) -> polib.POFile:
    return polib.pofile(str(path), wrapwidth=110) if path.exists() else polib.POFile()


def problems(language: str) -> list[str]:
    """What is wrong with the catalogue of a language, a line each."""
    path = catalogue_path(language)
    catalogue, wanted = _read(path), collect(language)
    have = {Message(entry.msgid, entry.msgid_plural) for entry in catalogue}
    found = [f"not in the catalogue: {message.text!r}" for message in wanted if message not in have]
    found += [f"no longer used: {message.text!r}" for message in have if message not in wanted]
    for entry in catalogue:
        found += [f"{problem}: {entry.msgid!r}" for problem in _entry_problems(entry, language)]
    compiled = path.with_suffix(".mo")
    if not compiled.exists() or compiled.read_bytes() != catalogue.to_binary():
        found.append("django.mo is not what django.po compiles to")
    return [f"{language}: {line}" for line in found]


def _entry_problems(entry: polib.POEntry, language: str) -> Iterator[str]:
    if entry.obsolete:
        yield "obsolete"
    if entry.fuzzy:
        yield "fuzzy"
    translations = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    if not all(text.strip() for text in translations) or not translations:
        yield "not translated"
        return
    wanted = set(_PLACEHOLDERS.findall(entry.msgid_plural or entry.msgid))
    if any(set(_PLACEHOLDERS.findall(text)) != wanted for text in translations):
        yield "other placeholders"
    if any(entry.msgid.startswith("\n") != text.startswith("\n") for text in translations):
        yield "begins with a line break, or not"
    if language == "pt" and any(_NOT_EUROPEAN.search(text) for text in translations):
        yield "not European Portuguese"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Translations of the interface.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail if something is wrong")
    check = parser.parse_args(arguments).check
    lines: list[str] = []
    for language in LANGUAGES:
        if not check:
            update(language)
        lines += problems(language)
    for line in lines:
        sys.stderr.write(f"{line}\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
