"""What README.md, SECURITY.md and docs/seeds.md claim about mails and tests is so."""

import re
from pathlib import Path

import pytest
from defences import DEFENCES, Defence

ROOT = Path(__file__).resolve().parent.parent


def test_readme_lists_the_mails_there_are() -> None:
    """README names, for each reader, exactly the kinds that have a template."""
    section = (ROOT / "README.md").read_text("utf-8").split("## Mails")[1].split("## ")[0]
    rows = re.findall(r"^\| (customer|office|desk|subscriber) \| (.+) \|$", section, re.MULTILINE)
    told = {reader: sorted(re.sub(r" ?\([^)]*\)", "", kinds).split(", ")) for reader, kinds in rows}
    there: dict[str, set[str]] = {}
    for path in ROOT.glob("templates/*/*.j2"):
        there.setdefault(path.parent.name, set()).add(path.name.split(".")[0])
    assert told == {reader: sorted(kinds) for reader, kinds in there.items()}


def test_security_names_tests_there_are() -> None:
    """Each promise in SECURITY.md stands beside a test that exists."""
    rows = [line for line in (ROOT / "SECURITY.md").read_text("utf-8").splitlines() if line.startswith("| ")][1:]
    named = [re.findall(r"`([\w/]+\.py)::(\w+)`", row) for row in rows]
    assert rows
    assert all(named)
    assert missing([(f"tests/{file}", name) for tests in named for file, name in tests]) == []


def test_each_row_of_security_can_be_switched_off() -> None:
    """Of each row a test is seen to go red by benchmarks/mutations.py, and no test that stands in no row."""
    rows = [line for line in (ROOT / "SECURITY.md").read_text("utf-8").splitlines() if line.startswith("| ")][1:]
    tried = {defence.test for defence in DEFENCES}
    named = [{"::".join(found) for found in re.findall(r"`([\w/]+\.py)::(\w+)`", row)} for row in rows]
    left = [row.split(" | ")[0].strip("| ") for row, tests in zip(rows, named, strict=True) if not tests & tried]
    assert left == []
    assert tried - set().union(*named) == set()


@pytest.mark.parametrize("defence", DEFENCES, ids=lambda defence: f"{defence.files} {defence.code.strip()[:30]}")
def test_each_defence_stands_where_it_is_named(defence: Defence) -> None:
    """The code that benchmarks/mutations.py switches off stands exactly once in its place."""
    assert len(defence.places()) == 1
    assert defence.code != defence.without


def test_seeds_names_tests_there_are() -> None:
    """Each sentence in docs/seeds.md stands beside tests that exist, or says why there is none."""
    lines = (ROOT / "docs" / "seeds.md").read_text("utf-8").splitlines()
    rows = [line.strip("| ").rsplit(" | ", 2) for line in lines if line.startswith("| ") and "| test |" not in line]
    named = {sentence: re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tests) for sentence, _, tests in rows}
    assert len(named) > 50
    silent = [(sentence, how) for sentence, how, tests in rows if not named[sentence] or tests == "–"]
    assert [row for row in silent if not row[1].startswith(("Words only: ", "Elsewhere: ", "Open: "))] == []
    assert missing([test for tests in named.values() for test in tests]) == []


def missing(named: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Give the (file, test) pairs of which there is none."""
    texts = {file: path.read_text("utf-8") if (path := ROOT / file).is_file() else "" for file, _ in named}
    return [(file, test) for file, test in named if f"def {test}(" not in texts[file]]
