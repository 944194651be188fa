"""Switch each defence of tests/defences.py off once, in a copy of the checkout, and see its test go red (ATTACKS 102).

Run `.venv/bin/python benchmarks/mutations.py [WORD]`; first all the tests must be green as they are. Prints a line for
each defence; ends with 1 where a test stays green without it, or is still running after ten minutes. WORD picks the
defences whose test or file holds it.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from defences import DEFENCES, Defence  # noqa: E402  # the tests' own list; only a checkout has it

PATIENCE = 600.0  # seconds; all the tests as they are take under four minutes
LEFT = shutil.ignore_patterns(".git", ".venv", "data", "__pycache__", ".*_cache", "*.egg-info")


def ran(root: Path, *tests: str) -> int:
    """Run tests in a copy; 0 is green, 1 red, anything else neither (-1: they were still running and were ended)."""
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *(f"tests/{test}" for test in tests)]
    env = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(words, cwd=root, env=env, stdout=subprocess.DEVNULL, start_new_session=True) as running:
        try:
            return running.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)  # with the servers and daemons that the tests started
            return -1


def switched_off(root: Path, defence: Defence) -> int:
    """Run a defence's test without it, and put it back."""
    (path,) = defence.places(root)
    sound = path.read_text("utf-8")
    path.write_text(sound.replace(defence.code, defence.without), "utf-8")
    try:
        return ran(root, defence.test)
    finally:
        path.write_text(sound, "utf-8")


def main() -> int:
    """Try every defence; returns 1 where one is missed by its test."""
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    picked = [defence for defence in DEFENCES if word in f"{defence.files} {defence.test}"]
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "mailbot"
        shutil.copytree(ROOT, root, ignore=LEFT)
        if ran(root, *dict.fromkeys(defence.test for defence in picked)) != 0:
            print("the tests are not green as they are")
            return 1
        for defence in picked:
            said = {0: "GREEN", 1: "red", -1: "HANGS"}.get(switched_off(root, defence), "BROKEN")
            worst |= said != "red"
            print(f"{said:<6} {defence.files:<26} {defence.code.strip()[:60]:<62} {defence.test}", flush=True)
    return int(worst)


if __name__ == "__main__":
    sys.exit(main())
