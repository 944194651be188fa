"""What README.md and SECURITY.md claim about mails and tests is so."""

import re
from pathlib import Path

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
    files = {file: (ROOT / "tests" / file).read_text("utf-8") for tests in named for file, _ in tests}
    assert [test for tests in named for test in tests if f"def {test[1]}(" not in files[test[0]]] == []
