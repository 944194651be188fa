"""The house itself is tested: who imports whom, which library lives where, and that README tells the truth about it."""

import ast
import re
import sys
from pathlib import Path

import pytest

from mailbot import decide
from mailbot.decide import states

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "mailbot"
ROOMS = ("receive", "understand", "decide", "record", "send")
PURE = ("understand", "decide", "model")

# Each library has one home: the file, or the folder, that may import it.
HOMES = {
    "imapclient": ["receive/mailbox.py", "receive/"],
    "mailparser": ["receive/"],
    "aiosmtplib": ["send/smtp.py"],
    "jinja2": ["send/"],
    "typst": ["send/"],
    "segno": ["send/"],
    "icalendar": ["send/"],
    "babel": ["send/"],
    "tinydb": ["record/"],
    "orjson": ["record/"],
    "schedule": ["daemon.py"],
    "pydantic": ["config/", "record/codec.py"],
    "ruamel": ["config/"],
    "schwifty": ["config/"],
    "holidays": ["decide/office_days.py", "config/"],
    "inscriptis": ["understand/html.py"],
    "typer": ["cli.py"],
    "rich": ["terminal.py"],
    "openpyxl": ["send/sheets.py"],
    "pymap": ["embedded.py", "embedded/"],
    "aiosmtpd": ["embedded.py", "embedded/"],
    "structlog": ["running.py", "flow.py", "entries.py", "collect.py", "daemon.py"],
}
# The pure rooms know no file, socket, clock, dice or log.
IMPURE = {"os", "io", "socket", "ssl", "time", "secrets", "subprocess", "threading", "asyncio", "logging", "pathlib"}


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


FILES = sorted(PACKAGE.rglob("*.py"))
IDS = [str(path.relative_to(PACKAGE)) for path in FILES]


def _room(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_rooms_do_not_import_each_other(path: Path) -> None:
    """The five rooms know only the model, the errors and themselves; the flow carries things between them."""
    room = _room(path)
    ours = {name for name in _imports(path) if name.startswith("mailbot.")}
    allowed: tuple[str, ...]
    if room == "model":
        allowed = ("mailbot.model",)
    elif room in ROOMS:
        allowed = ("mailbot.model", "mailbot.errors", f"mailbot.{room}")
    else:
        return
    strangers = {name for name in ours if not name.startswith(allowed)}
    assert strangers == set()


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_each_library_has_its_home(path: Path) -> None:
    """A library is imported only where it lives."""
    here = str(path.relative_to(PACKAGE))
    for name in {name.partition(".")[0] for name in _imports(path)} & HOMES.keys():
        assert any(here.startswith(home) for home in HOMES[name]), f"{here} imports {name}"


@pytest.mark.parametrize("path", [p for p in FILES if _room(p) in PURE], ids=lambda p: str(p.relative_to(PACKAGE)))
def test_pure_rooms_do_nothing_but_think(path: Path) -> None:
    """understand/, decide/ and model/ import nothing that reaches outside the process or asks for the time."""
    assert {name.partition(".")[0] for name in _imports(path)} & IMPURE == set()
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(datetime\.now|date\.today|datetime\.utcnow|open)\(", source)


@pytest.mark.parametrize("path", [p for p in FILES if _room(p) == "model"], ids=lambda p: p.name)
def test_model_stands_on_the_standard_library(path: Path) -> None:
    """The ground imports nothing but Python itself."""
    names = {name.partition(".")[0] for name in _imports(path)} - {"mailbot"}
    assert names <= sys.stdlib_module_names


def test_staircase_leads_one_way() -> None:
    """Cli leads to the daemon and the daemon to the flow: never the other way round."""
    assert not any(name.startswith(("mailbot.cli", "mailbot.daemon")) for name in _imports(PACKAGE / "flow.py"))
    assert not any(name.startswith("mailbot.cli") for name in _imports(PACKAGE / "daemon.py"))


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_files_fit_a_head_and_functions_a_glance(path: Path) -> None:
    """No file is over 300 lines and no function over 45."""
    text = path.read_text(encoding="utf-8")
    limit = 350 if path.name == "events.py" else 300  # one list of all that can happen is still one subject
    assert text.count("\n") <= limit
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < 45, node.name


def test_the_map_of_decide_names_every_file() -> None:
    """Who comes new into the largest room finds every file in its map, once, and none that is not there."""
    text = str(decide.__doc__).partition("\n\n    ")[2]
    named = [word for line in text.splitlines() if line.strip() for word in line[line.rindex("  ") :].split()]
    files = {path.stem for path in (PACKAGE / "decide").glob("*.py")}
    assert sorted(named) == sorted(files - {"__init__", "dispatch", "states", "conditions"})


def test_broad_except_stands_in_two_places() -> None:
    """Only where one letter or one job is wrapped may anything at all be caught."""
    pattern = re.compile(r"except\s*(Exception|BaseException)?\s*(as \w+)?:")
    found = {
        str(path.relative_to(PACKAGE))
        for path in FILES
        for line in path.read_text(encoding="utf-8").splitlines()
        if pattern.search(line) and "BaseException" not in line
    }
    assert found <= {"entries.py", "daemon.py"}


def test_readme_shows_the_state_table_as_it_is() -> None:
    """README's table of states is the code's."""
    assert states.markdown().strip() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_says_why_each_library_is_there() -> None:
    """Every dependency of pyproject.toml has its line in README."""
    block = re.search(r"^dependencies = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.DOTALL | re.MULTILINE)
    assert block
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [name for name in re.findall(r'"([\w.-]+)"', block[1]) if f"`{name}`" not in readme]
    assert missing == []
