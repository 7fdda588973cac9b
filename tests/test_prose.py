"""Docstrings and documents name their subject. `HELD` lists the packages that are held to it.

A sentence begins with no question word, and no indefinite person acts in it. In the packages of `SHORT` it has at most
20 words.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.markdown import passages

ROOT = Path(__file__).parent.parent
HELD = (
    "app.py",
    "bench",
    "chaos",
    "directory",
    "fuzz",
    "infra",
    "lambdas",
    "local",
    "rehearsal",
    "sbom",
    "sip_edge",
    "sipctl",
    "tests",
)
# Packages whose sentences have few words, too.
SHORT = HELD
MOST_WORDS = 20

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

_EXAMPLE = re.compile(r"^ {4}.*$", re.MULTILINE)
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n\s*\n")
_OPENING = re.compile(r"\W*(?:What|Who|Whoever|Whose|How|Whatever|Which)\b")
_PERSON = re.compile(r"\b(?:nobody|somebody|anybody)\b", re.IGNORECASE)


@pytest.mark.parametrize("package", HELD)
def test_docstrings_name_their_subject(package: str) -> None:
    refused = [
        f"{path.relative_to(ROOT)}:{line}: {sentence}"
        for path in sources(package)
        for line, sentence in refused_sentences(path.read_text())
    ]
    assert not refused, "\n" + "\n".join(refused)


@pytest.mark.parametrize("package", SHORT)
def test_sentences_of_docstrings_are_short(package: str) -> None:
    refused = [
        f"{path.relative_to(ROOT)}:{line}: {sentence}"
        for path in sources(package)
        for begin, text in docstrings(ast.parse(path.read_text()))
        for line, sentence in long_sentences(begin, text)
    ]
    assert not refused, "\n" + "\n".join(refused)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_documents_name_their_subject(page: Path) -> None:
    refused = [
        f"{page.relative_to(ROOT)}:{line}: {sentence}"
        for begin, text in passages(page.read_text())
        for line, sentence in refused_in(begin, text)
    ]
    assert not refused, "\n" + "\n".join(refused)


@pytest.mark.parametrize(
    "docstring",
    [
        "What a lock installs.",
        "Reads a lock.\n\nHow it is read: from\nthe top.",
        "Reads a lock. Whoever calls gets packages.",
        "'Which one' is asked.",
        "A lock that\nnobody reads.",
        "A key is nobody's.",
    ],
)
def test_a_sentence_without_a_subject_is_refused(docstring: str) -> None:
    assert len(list(refused_sentences(f'"""{docstring}"""'))) == 1


def test_a_refused_sentence_has_its_line() -> None:
    source = 'class A:\n    def b(self):\n        """Reads.\n\n        Which is\n        all. It ends.\n        """\n'
    assert list(refused_sentences(source)) == [(5, "Which is all.")]


def test_other_sentences_and_strings_pass() -> None:
    source = '"""Whether it is. However, a lock says what it installs."""\nNAME = "Nobody"\n'
    assert not list(refused_sentences(source))


def test_a_long_sentence_has_its_line_and_examples_pass() -> None:
    words = "word " * MOST_WORDS
    assert list(long_sentences(1, f"{words.strip()}.\n\n    {words}{words}")) == []
    assert list(long_sentences(1, f"Reads.\n{words}more.")) == [(2, f"{words}more.")]


@pytest.mark.parametrize(
    "page",
    [
        "# What it costs",
        "An edge waits.\nWho calls is told.",
        "- An edge waits\n- Which edge waits\n",
        "| edge | `nobody` |\n|---|---|\n| a | How long |",
        "1. **What connections hold**\n   is bounded.",
        "    nobody\n\nAn edge that nobody asks.",
    ],
)
def test_a_sentence_of_a_document_without_a_subject_is_refused(page: str) -> None:
    assert len([found for line, text in passages(page) for found in refused_in(line, text)]) == 1


def test_code_in_a_document_passes() -> None:
    page = "An edge runs as `nobody`:\n\n    What is this?\n\n```\nHow nobody knows.\n```\n"
    assert not [found for line, text in passages(page) for found in refused_in(line, text)]


def sources(package: str) -> list[Path]:
    """The files of a package that are held to the rule; a module stands for itself."""
    place = ROOT / package
    found = [place] if place.is_file() else sorted(place.rglob("*.py"))
    assert found
    return found


def refused_sentences(source: str) -> Iterator[tuple[int, str]]:
    """The sentences of a file's docstrings that break the rule, each with its line."""
    for line, text in docstrings(ast.parse(source)):
        yield from refused_in(line, text)


def refused_in(line: int, text: str) -> Iterator[tuple[int, str]]:
    """The sentences of a text that name no subject, each with its line; the text begins on `line`."""
    for number, sentence in sentences(line, text):
        if _OPENING.match(sentence) or _PERSON.search(sentence):
            yield number, sentence


def long_sentences(line: int, text: str) -> Iterator[tuple[int, str]]:
    """The sentences of a text that have too many words, each with its line; the text begins on `line`."""
    for number, sentence in sentences(line, _EXAMPLE.sub("", text)):
        if len(sentence.split()) > MOST_WORDS:
            yield number, sentence


def sentences(line: int, text: str) -> Iterator[tuple[int, str]]:
    """Yields the sentences of a text, each with its line; the text begins on `line`."""
    begin = 0
    for end in [*(found.start() for found in _SENTENCES.finditer(text)), len(text)]:
        sentence = text[begin:end]
        margin = len(sentence) - len(sentence.lstrip())
        yield line + text.count("\n", 0, begin + margin), " ".join(sentence.split())
        begin = end


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The docstrings of a module, its classes and its functions, each with the line on which it begins."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield node.body[0].lineno, text
