"""The command line as its users and their scripts rely on it: exit codes, JSON, one plain sentence for each mistake."""

import csv
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from operating import Office

from mailbot import stage
from mailbot.embedded import EmbeddedServers

BOOKING_KEYS = {
    *("code", "state", "resource", "start", "end", "customer", "short_notice", "door_code", "released_at"),
    *("released_by", "price", "paid", "balance", "invoice", "dunning_level", "source", "source_reference"),
    *("received_at", "decided_at", "decided_by"),
}


@pytest.fixture
def office(servers: EmbeddedServers, tmp_path: Path) -> Office:
    return Office.on(servers, tmp_path)


@pytest.fixture(scope="module")
def busy(servers: EmbeddedServers, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Give an office with codes and one request, for commands that only read."""
    office = Office.on(servers, tmp_path_factory.mktemp("busy"))
    assert office.run("codes", "generate").code == 0
    office.request()
    ran = office.run("once")
    assert (ran.code, ran.out) == (0, "1 letters handled, 4 mails sent, 0 queued.\n")
    return office


def test_bookings_are_json_as_promised(busy: Office) -> None:
    """`bookings --json` is a list with the contract's fields and nothing else."""
    (row,) = json.loads(busy.run("bookings", "--json").out)
    assert set(row) == BOOKING_KEYS
    assert set(row["customer"]) == {"name", "email", "phone", "address"}
    assert (row["code"], row["state"], row["paid"], row["balance"]) == ("QNBZAQPTAITT", "requested", "0.00", "0.00")
    assert row["door_code"] is None
    assert row["start"].startswith("20")
    assert row["start"][-6] in "+-"


def test_show_knows_history_and_mails(busy: Office) -> None:
    """`show` gives the booking's row, its history and every mail with how often it was tried; an unknown code is 1."""
    found = json.loads(busy.run("show", "qnbzaqptaitt", "--json").out)
    assert {mail["kind"]: (mail["state"], mail["attempts"]) for mail in found["mails"]} == dict.fromkeys(
        ("customer/received", "office/review", "desk/request", "subscriber/request"), ("sent", 1)
    )
    assert len(found["history"]) == 1
    assert busy.run("show", "NOSUCHCODE").code == 1


def test_codes_are_json_as_promised(busy: Office) -> None:
    """`codes list --json` is the whole season, or the next days, each with date, resource, slot and code."""
    season = json.loads(busy.run("codes", "list", "--json").out)
    assert len(season) == 100
    assert set(season[0]) == {"date", "resource", "slot", "code"}
    assert season[0]["slot"] is None
    assert len(json.loads(busy.run("codes", "list", "--days", "3", "--json").out)) == 3


def test_standard_output_is_for_results(busy: Office, office: Office) -> None:
    """What a command prints on standard output is its result alone; log lines go elsewhere."""
    assert office.run("codes", "generate").out == "kirche: 100 door codes made\n"
    refused = office.run("codes", "generate")
    assert (refused.code, refused.out) == (65, "")
    assert refused.err == "every resource has its codes already; nothing is overwritten\n"


def test_files_of_people_and_codes_are_private(busy: Office, tmp_path: Path) -> None:
    """Tables and code lists written to files can be read by their owner alone, and the command says what it wrote."""
    files = [tmp_path / name for name in ("b.csv", "b.xlsx", "c.csv")]
    ran = busy.run("bookings", "--csv", str(files[0]), "--xlsx", str(files[1]))
    assert ran.out == f"{files[0]}: 1 bookings\n{files[1]}: 1 bookings\n"
    assert busy.run("codes", "export", str(files[2])).code == 0
    assert [stat.S_IMODE(path.stat().st_mode) for path in files] == [0o600] * 3
    with files[2].open(newline="") as file:
        assert next(csv.reader(file)) == ["date", "resource", "slot", "code"]


def test_an_export_can_be_imported(busy: Office, office: Office, tmp_path: Path) -> None:
    """What `codes export` wrote, `codes import` takes, whatever the case of its header; again, it is nothing new."""
    path = tmp_path / "c.csv"
    busy.run("codes", "export", str(path))
    path.write_text(path.read_text().replace("date,resource", "Date,Resource"))
    assert office.run("codes", "import", str(path)).code == 0
    assert json.loads(office.run("codes", "list", "--json").out) == json.loads(busy.run("codes", "list", "--json").out)
    assert office.run("codes", "import", str(path)).out == "nothing new in the list\n"


def test_status_says_what_is_due_next(busy: Office) -> None:
    """`status` tells the outbox, what waits and what is due next, in local time, and knows no secret."""
    facts = json.loads(busy.run("status", "--json").out)
    assert facts["daemon"] == "not running"
    assert [row["code"] for row in facts["waiting"]] == ["QNBZAQPTAITT"]
    assert "due_next" in facts
    words = busy.run("status").out
    assert "None" not in words
    assert "due next" in words
    assert stage.PASSWORD not in words.split()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["foo"], "No such command 'foo'; `mailbot --help` shows what works"),
        (["bookings", "--foo"], "No such option: --foo"),
        (["show"], "CODE"),
        (["codes", "list", "--days", "0"], "--days"),
        (["codes"], "Usage: mailbot codes"),
        ([], "Missing command; `mailbot --help` shows what works"),
        (["bookings", "--now", "gestern"], "--now: found 'gestern', expected a time like 2026-11-23T09:00"),
        (["bookings", "--now", "0001-01-01T00:00+14:00"], "--now: found"),
    ],
)
def test_wrong_usage_is_64(busy: Office, words: list[str], said: str) -> None:
    """What cannot be typed is answered with what was wrong and where help is."""
    ran = busy.run(*words)
    assert ran.code == 64
    assert said in ran.err
    assert ".;" not in ran.err


def test_help_is_for_people(busy: Office) -> None:
    """Every command is explained in one whole line."""
    out = busy.run("--help").out + busy.run("codes", "--help").out
    assert not [line for line in out.splitlines() if line.startswith("  ") and line.endswith("...")]
    for name in ("run", "once", "check", "demo", "bookings", "show", "codes", "letter", "retry", "status", "import"):
        assert f"  {name} " in out


def test_live_books_keep_the_real_clock(busy: Office, office: Office) -> None:
    """A writing command refuses a far-off clock on live servers; reading ones and a dry run take any."""
    future = "2031-01-01T09:00"
    assert busy.run("bookings", "--now", future).code == 0
    office.change_rules("host: 127.0.0.1", "host: mail.kruempel.example")
    office.change_rules("security: none", "security: tls")
    for words in (["once"], ["codes", "generate"], ["letter", str(office.rules)], ["retry", "x"]):
        ran = office.run(*words, "--now", future)
        assert (ran.code, ran.err.partition(",")[0]) == (64, f"--now: found {future}")


def test_check_finds_letters_already_handled(busy: Office) -> None:
    """`check` judges the newest real letter of each source also when it was filed long ago."""
    ran = busy.run("check")
    assert ran.code == 0, ran.out
    assert "@youcanbook.me: would be believed" in ran.out
    assert "data" in ran.out


def test_check_names_everything_that_is_wrong(office: Office) -> None:
    """`check` goes on after a failure; missing codes and a refused log-in are named in one run, the worst code wins."""
    office.env["MAILBOT_IMAP_PASSWORD"] = "falsch"
    office.env["MAILBOT_SMTP_PASSWORD"] = "auch-falsch"
    ran = office.run("check")
    assert ran.code == 75
    assert [line.split()[1] for line in ran.out.splitlines() if line.startswith("FAIL")] == ["codes", "smtp", "mailbox"]
    assert "falsch" not in ran.out + ran.err


def test_check_tries_the_second_way_out(office: Office) -> None:
    """`check` logs in where alarms would leave, too: it must work on the one day it is needed."""
    way = "alarm: {smtp: {host: 127.0.0.1, port: 1, security: none}, to: owner@elsewhere.example}  #"
    office.change_rules("# alarm: {", f"{way} {{")
    failed = [line.split()[1] for line in office.run("check").out.splitlines() if line.startswith("FAIL")]
    assert failed == ["codes", "alarm"]


def test_a_dry_run_changes_nothing(office: Office) -> None:
    """`once --dry-run` says what would happen, and afterwards nothing is different anywhere."""
    assert office.run("codes", "generate").code == 0
    office.request("DRYRUNDRYRUN")
    before = {path: path.read_bytes() for path in office.data.rglob("*") if path.is_file()}
    ran = office.run("once", "--dry-run", "--now", "2031-01-01T09:00")
    assert ran.code == 0
    assert "Nothing was changed" in ran.out
    assert {path: path.read_bytes() for path in office.data.rglob("*") if path.is_file()} == before
    assert "1 letters handled" in office.run("once").out


def test_a_retried_letter_waits_once(office: Office) -> None:
    """A letter that is retried and still lacks something waits for the office once, under its own key."""
    path = Path(__file__).parent / "letters" / "new-without-email.eml"
    assert office.run("letter", str(path)).out == "new-without-email.eml: unreadable (office/unreadable)\n"
    (letter,) = json.loads(office.run("status", "--json").out)["open_letters"]
    assert office.run("retry", letter["key"]).code == 0
    assert [row["key"] for row in json.loads(office.run("status", "--json").out)["open_letters"]] == [letter["key"]]
    assert office.run("retry", "nix").code == 1


def test_a_letter_is_handled_once(office: Office) -> None:
    """A mail file that comes again is nothing new; a stranger's is left alone; one that is not there is 65."""
    letters = Path(__file__).parent / "letters"
    first = office.run("letter", str(letters / "new-german.eml"), str(letters / "private.eml"))
    assert first.code == 0
    assert "requested (customer/received" in first.out
    assert "none of ours" in first.out
    assert "nothing new" in office.run("letter", str(letters / "new-german.eml")).out
    assert office.run("letter", str(letters / "no-such.eml")).code == 65


@pytest.mark.parametrize(
    "words",
    [
        ("status", "--now", "9999-12-31T23:59"),
        ("check", "--now", "0001-01-01T00:00"),
        ("once", "--now", "0001-01-01T00:00"),
        ("codes", "list", "--days", "99999999999999999999"),
    ],
)
def test_a_time_nobody_can_count_from_is_wrong_usage(office: Office, words: tuple[str, ...]) -> None:
    """The edges of the calendar are 64 and one sentence, on every command."""
    ran = office.run(*words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (64, "", 1)


def test_a_bug_is_one_line_without_a_traceback(office: Office) -> None:
    """Whatever goes wrong, no traceback, in which a door code might stand: one line says where."""
    typed = ["mailbot", "--rules", str(office.rules), "--data", str(office.data), "status"]
    words = f"import sys; from mailbot import cli; cli.reading.status = None; sys.argv = {typed!r}; cli.main()"
    ran = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=False, env=os.environ)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("mailbot: a bug (TypeError")
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_an_early_end_of_the_reader_is_no_error(busy: Office, form: tuple[str, ...]) -> None:
    """`mailbot codes list | head -1` ends quietly; a full disk behind the output is one sentence."""
    where = ["--rules", str(busy.rules), "--data", str(busy.data)]
    command = [sys.executable, "-m", "mailbot", *where, "codes", "list", *form]
    full = Path("/dev/full")
    with full.open("wb") as out:
        ran = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, check=False, env=os.environ)
    assert (ran.returncode, ran.stderr) == (73, "the output: No space left on device\n")
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False, env=os.environ)
    os.close(write)
    assert (ran.returncode, ran.stderr) == (0, "")
