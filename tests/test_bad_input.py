"""Bad luck and bad input: one plain sentence each, the right exit code, nothing lost. Daemons are in test_daemon.py."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from operating import ROOT, Office

from mailbot.embedded import EmbeddedServers
from mailbot.record.lock import Lock

READING = (["bookings"], ["status"], ["codes", "list"], ["show", "X"])


@pytest.fixture
def office(servers: EmbeddedServers, tmp_path: Path) -> Office:
    return Office.on(servers, tmp_path)


def test_a_server_that_is_away_is_75(office: Office) -> None:
    """Where the mailbox is away or refuses the log-in, a pass ends with 75 and one sentence without the password."""
    office.env["MAILBOT_IMAP_PASSWORD"] = "grundfalsch"
    ran = office.run("once")
    assert ran.code == 75
    assert "refused the log-in: [AUTHENTICATIONFAILED]" in ran.err.splitlines()[-1]
    assert "grundfalsch" not in ran.out + ran.err
    office.change_rules(f"port: {office.servers.imap_port}", "port: 1")
    ran = office.run("once")
    assert (ran.code, ran.err.count("\n")) == (75, 1)
    assert "cannot be reached" in ran.err


def test_mail_that_cannot_leave_is_queued(office: Office) -> None:
    """Where the SMTP server is away a command ends with 0: its mail is queued, and `once` says why; later it leaves."""
    office.change_rules(f"port: {office.servers.smtp_port}", "port: 1")
    office.request("LATERLATERAA")
    ran = office.run("once")
    assert ran.code == 0
    assert ran.out.startswith("1 letters handled, 0 mails sent, 4 queued, the next try at ")
    assert json.loads(office.run("status", "--json").out)["outbox_queued"] == 4
    office.change_rules("port: 1\n", f"port: {office.servers.smtp_port}\n")
    assert office.run("once").out == "0 letters handled, 4 mails sent, 0 queued.\n"


def test_a_second_mailbot_is_refused(office: Office) -> None:
    """While one works on the books, another ends with 75 and names its pid; reading goes on."""
    lock = Lock.take(office.data)
    try:
        for words in (["run"], ["once"]):
            ran = office.run(*words)
            assert (ran.code, ran.err.count("\n")) == (75, 1)
            assert "in use by another mailbot (pid " in ran.err
        assert office.run("bookings").code == 0
        ran = office.run("codes", "generate", "--now", "2026-11-23T09:00")
        assert (ran.code, ran.err.startswith("--now: a daemon is running")) == (64, True)
    finally:
        lock.release()


def test_the_demo_never_empties_books_in_use(office: Office) -> None:
    """A second `make run` is refused, and the first one's books are still there; so are files that are not ours."""
    demo = office.data / "demo"
    lock = Lock.take(demo)
    (demo / "ledger.json").write_text("the first one's books")
    (demo / "holiday.jpg").write_text("not ours")
    try:
        ran = office.run("run", "--embedded")
        assert (ran.code, ran.err.count("\n")) == (75, 1)
        assert (demo / "ledger.json").read_text() == "the first one's books"
    finally:
        lock.release()


def test_a_damaged_ledger_is_74(office: Office) -> None:
    """A damaged ledger stops every command with 74 and the way out; the file stays as it is."""
    assert office.run("codes", "generate").code == 0
    path = office.data / "ledger.json"
    damaged = path.read_bytes().replace(b"kirche", b"kirchf", 1)
    path.write_bytes(damaged)
    for words in (*READING, ["run"], ["once"], ["once", "--dry-run"], ["codes", "generate"]):
        ran = office.run(*words)
        assert (ran.code, ran.err.count("\n")) == (74, 1), words
        assert "ledger.json is damaged" in ran.err
    assert office.run("check").code == 74 or "is damaged" in office.run("check").out
    assert path.read_bytes() == damaged


def test_a_template_with_a_mistake_is_78(office: Office) -> None:
    """A mistake in a template stops what writes mails, with file and line; reading commands go on."""
    templates = office.folder / "templates"
    subprocess.run(["cp", "-r", str(ROOT / "templates"), str(templates)], check=True)
    path = templates / "office" / "review.de.j2"
    path.write_text("{% if %}\n" + path.read_text())
    for words in (["run"], ["once"]):
        ran = office.run(*words)
        assert ran.code == 78
        assert f"{path}:1: " in ran.err
    assert office.run("bookings").code == 0


def test_mistakes_in_the_rules_are_78(office: Office) -> None:
    """Every mistake in the rules is named at once; a file that is missing or not ours to read is one sentence."""
    office.change_rules("role: reviewer", "role: king")
    office.change_rules("digits: 6", "digits: sechs")
    for words in (["bookings"], ["run"], ["run", "--embedded"], ["demo"], ["check"]):
        ran = office.run(*words)
        assert ran.code == 78
        assert "people.office.role" in ran.err
        assert "door_codes.digits" in ran.err
    for content in (b"a: [1,\n b", b"\xff\xfe", None):
        office.rules.unlink(missing_ok=True)
        if content is not None:
            office.rules.write_bytes(content)
        ran = office.run("bookings")
        assert (ran.code, ran.err.count("\n")) == (78, 1)


def test_secrets_are_asked_for_only_where_needed(office: Office) -> None:
    """Without the secrets, reading works, and what talks to servers names each missing one."""
    office.env.clear()
    assert [office.run(*words).code for words in READING] == [0, 0, 0, 1]
    ran = office.run("once")
    assert ran.code == 78
    assert "MAILBOT_IMAP_PASSWORD" in ran.err
    assert "MAILBOT_SMTP_PASSWORD" in ran.err


@pytest.mark.parametrize(
    "text",
    [
        "2027-07-01T09:00,kirche,,481516\n",
        "quatsch\n",
        "",
        "date;resource;slot;code\n2027-07-01;kirche;;481516\n",
        "date,resource,slot,code\n2020-01-01,kirche,,481516\n",
        "\0\0\0,,,\n",
    ],
)
def test_a_bad_list_of_codes_is_65(office: Office, text: str) -> None:
    """A list of codes with a bad line is refused as a whole with the line's number, and no code is shown."""
    path = office.folder / "codes.csv"
    path.write_text(text)
    ran = office.run("codes", "import", str(path))
    assert ran.code == 65
    assert "codes.csv" in ran.err
    assert "481516" not in ran.err
    assert office.run("codes", "list", "--json").out == "[]\n"


def test_no_folder_for_the_books_is_73(office: Office) -> None:
    """Where the data folder is a file, each command says so; where there is none yet, reading finds nothing."""
    assert office.run("bookings").out == "No bookings yet.\n"
    assert not office.data.exists()
    office.data.write_text("")
    for words in (*READING, ["run"], ["once"], ["codes", "generate"], ["check"]):
        ran = office.run(*words)
        assert (ran.code, ran.err) == (73, f"{office.data}: found no folder, expected the folder of the books\n")


def test_a_full_disk_is_73(office: Office) -> None:
    """Where a file cannot grow, a writing command ends with 73 and one sentence, and the books stay as they were."""
    command = [sys.executable, "-m", "mailbot", "--rules", str(office.rules), "--data", str(office.data)]
    ran = subprocess.run(
        [*command, "codes", "generate"],
        # The limit would cut compiled modules short too, and leave them so.
        env={**office.env, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000)),
    )
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (73, "", 1)
    assert "cannot be written" in ran.stderr
    assert office.run("codes", "generate").code == 0


def test_output_survives_a_poor_terminal(office: Office) -> None:
    """A terminal that knows no umlauts gets question marks, not an error."""
    command = [sys.executable, "-m", "mailbot", "--rules", "müll.yaml", "--data", str(office.data), "bookings"]
    env = {**office.env, "PYTHONIOENCODING": "ascii:strict"}
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (ran.returncode, ran.stderr.count("\n")) == (78, 1)
