"""The command line of the contract: reads what was typed, hands it on, and turns errors into one plain line each.

Holds no decision: reading commands look into the books, writing ones become arrivals. Errors go to stderr, never with a
traceback, and the exit codes are the contract's.
"""

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.exceptions

from mailbot import checking, keeping, reading, running
from mailbot import demo as story
from mailbot.entries import where
from mailbot.errors import (
    EXIT_BAD_INPUT,
    EXIT_CANNOT_WRITE,
    EXIT_TRY_LATER,
    EXIT_USAGE,
    AskHumanError,
    DiskError,
    MailbotError,
    StopError,
    TryLaterError,
)
from mailbot.place import Place, clock_of, refuse_far_clock
from mailbot.terminal import complain

app = typer.Typer(
    help="mailbot: booking notices become door codes and bills, from the office's own mailbox.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
codes = typer.Typer(help="The season's door codes: make, import, export, list.", no_args_is_help=True)
app.add_typer(codes, name="codes")

# Whether a file can be read is found out by who reads it: then the sentence and the exit code are ours.
RulesFile = Annotated[Path, typer.Option("--rules", readable=False, metavar="FILE", help="the office's rules file")]
DataFolder = Annotated[Path, typer.Option("--data", readable=False, metavar="FOLDER", help="the folder of the books")]
Now = Annotated[str | None, typer.Option("--now", metavar="T", help="set the clock, e.g. 2026-11-23T09:00")]
# A hundred years are more than any season.
Days = Annotated[int | None, typer.Option("--days", min=1, max=36_500, metavar="N", help="only the next N days")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts")]


place = Place()


@app.callback()
def main_options(
    rules: RulesFile = Path("rules.yaml"),
    data: DataFolder = Path("data"),
) -> None:
    """Mailbot: booking notices become door codes and bills, from the office's own mailbox."""
    place.rules_path, place.data = rules, data


@app.command(short_help="Run the daemon until it is stopped.")
def run(
    embedded: Annotated[
        bool, typer.Option("--embedded", help="on mail servers of its own, with sample requests")
    ] = False,
) -> None:
    """Run the daemon: wait for mail, decide, record, send, until it is stopped."""
    if embedded:
        running.run_embedded(place.rules_path, place.data / "demo")
    else:
        running.run(place.workplace())


@app.command(short_help="Make one pass: collect, do what is due, send.")
def once(
    now: Now = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="print what would happen and change nothing")] = False,
    take_all: Annotated[bool, typer.Option("--all", help="also what the first start left alone")] = False,
) -> None:
    """Make one pass: collect the mail, do what is due, send what is queued."""
    if dry_run:
        running.preview(place.workplace(now), take_all=take_all)
    else:
        running.once(place.for_writing(now), take_all=take_all)


@app.command(short_help="Check everything that must work, line by line.")
def check(now: Now = None) -> None:
    """Check rules, templates, log-ins, folders, the coming days' codes, and whose letters are proven."""
    _exit(checking.check(place.workplace(now)))


@app.command(short_help="Tell the story in the terminal.")
def demo(auto: Annotated[bool, typer.Option("--auto", help="play the office's answers too")] = False) -> None:
    """Tell the story in the terminal; you type the office's answers."""
    story.demo(place.rules_path, auto=auto)


@app.command()
def bookings(
    as_json: AsJson = False,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="F", help="write the table as CSV")] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="F", help="write the table as a workbook")] = None,
    now: Now = None,
) -> None:
    """Show the table of bookings."""
    rules = place.rules_for_reading()
    clock_of(now, rules)
    reading.bookings(rules, place.data, as_json=as_json, csv=csv, xlsx=xlsx)


@app.command(short_help="Show one booking with its history and mails.")
def show(code: Annotated[str, typer.Argument(metavar="CODE")], as_json: AsJson = False, now: Now = None) -> None:
    """Show one booking: facts, state, who decided what and when, every mail."""
    rules = place.rules_for_reading()
    _exit(reading.show(rules, place.data, code, clock_of(now, rules)(), as_json=as_json))


@app.command(short_help="Show how the daemon is and what waits.")
def status(as_json: AsJson = False, now: Now = None) -> None:
    """Show since when the daemon runs, the last letter, the outbox, what waits."""
    rules = place.rules_for_reading()
    reading.status(rules, place.data, clock_of(now, rules)(), as_json=as_json)


@app.command()
def letter(files: Annotated[list[Path], typer.Argument(metavar="F.eml...", readable=False)], now: Now = None) -> None:
    """Handle mail files as if they had just arrived."""
    payloads = [running.letter_payload(path) for path in files]
    _submit(payloads, now)


@app.command(short_help="Handle a letter of the trouble folder again.")
def retry(key: Annotated[str, typer.Argument(metavar="KEY")], now: Now = None) -> None:
    """Handle a letter again that went to the trouble folder; `mailbot status` shows its key."""
    _submit([{"command": "retry", "key": key}], now)


@app.command(short_help="Write everything under data/ to one file.")
def backup(file: Annotated[Path, typer.Argument(metavar="F", readable=False)], now: Now = None) -> None:
    """Write everything under data/ to one file, also while the daemon runs, and check it."""
    place.refuse_other_user()
    rules = place.rules_for_reading()
    clock = clock_of(now, rules)()
    refuse_far_clock(now, rules, clock)
    keeping.backup(rules, place.data, file, clock)


@app.command(short_help="Put a backup in the place of the books.")
def restore(
    file: Annotated[Path | None, typer.Argument(metavar="F", readable=False)] = None,
    previous: Annotated[bool, typer.Option("--previous", help="the books of one commit ago instead")] = False,
    invoice: Annotated[str | None, typer.Option("--invoice", metavar="N", help="the last number given out")] = None,
    now: Now = None,
) -> None:
    """Put a backup in the place of the books; the daemon must be stopped. What was there is kept aside."""
    if previous == (file is not None):
        raise StopError("expected a backup's file, or --previous", EXIT_USAGE)
    place.refuse_other_user()
    rules = place.rules_for_reading()
    clock = clock_of(now, rules)()
    refuse_far_clock(now, rules, clock)
    keeping.restore(rules, place.data, file, clock, invoice)


@app.command(short_help="Erase a person's contact data.")
def forget(email: Annotated[str, typer.Argument(metavar="EMAIL")], now: Now = None) -> None:
    """Erase a person's contact data where the law does not demand it, in books, letters, mails and backups."""
    _submit([{"command": "forget", "email": email}], now)


@codes.command("generate", short_help="Make the season's door codes.")
def codes_generate(now: Now = None) -> None:
    """Make the season's door codes, from the system's randomness; refuses to overwrite."""
    _submit([{"command": "codes generate"}], now)


@codes.command("import", short_help="Import door codes from a CSV file.")
def codes_import(file: Annotated[Path, typer.Argument(metavar="F.csv", readable=False)], now: Now = None) -> None:
    """Import door codes: CSV with date, resource, slot, code; refuses to change a code."""
    _submit([running.codes_payload(file)], now)


@codes.command("export", short_help="Export the door codes as CSV, for the lock.")
def codes_export(file: Annotated[Path, typer.Argument(metavar="F.csv", readable=False)], now: Now = None) -> None:
    """Export the whole season's door codes as CSV, for the lock."""
    rules = place.rules_for_reading()
    clock_of(now, rules)
    reading.codes_export(rules, place.data, file)


@codes.command("list", short_help="List the door codes.")
def codes_list(
    days: Days = None,
    as_json: AsJson = False,
    now: Now = None,
) -> None:
    """List the door codes, the whole season unless --days says less."""
    rules = place.rules_for_reading()
    reading.codes_list(rules, place.data, clock_of(now, rules)(), days=days, as_json=as_json)


def _submit(payloads: list[dict[str, Any]], now: str | None) -> None:
    """Carry commands out: in the daemon that runs here, which needs no secrets of ours, else by ourselves."""
    place.refuse_other_user()
    clock_of(now, place.rules_for_reading())
    _exit(running.submit(place.data, payloads, lambda: place.for_writing(now), is_set=bool(now)))


def _exit(code: int) -> None:
    if code:
        raise typer.Exit(code)


def exit_code(error: MailbotError) -> int:
    """Give the contract's exit code for an error that reached the command line."""
    if isinstance(error, StopError):
        return error.exit_code
    if isinstance(error, TryLaterError):
        return EXIT_CANNOT_WRITE if isinstance(error, DiskError) else EXIT_TRY_LATER
    return EXIT_BAD_INPUT if isinstance(error, AskHumanError) else 1


def _usage(error: typer.exceptions.TyperException) -> str:
    """Say what is wrong with what was typed; a command group alone gets its help."""
    said = error.format_message().strip()
    return said if said.startswith("Usage:") else f"{said.rstrip('.')}; `mailbot --help` shows what works"


def _bug(kind: type[BaseException], error: BaseException, trace: object) -> None:
    """Say in one line where a bug is; a traceback might show a code."""
    del kind, trace
    complain(f"mailbot: a bug ({where(error) if isinstance(error, Exception) else type(error).__name__})")


def main() -> None:
    """Run the command line and exit with the contract's code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that knows no umlauts gets question marks, not an error.
            stream.reconfigure(errors="replace")
    try:
        sys.exit(run_words(sys.argv[1:]))
    finally:
        # Not before: typer puts a hook of its own, which shows the traceback, in the place of any other.
        sys.excepthook = _bug


def run_words(words: list[str]) -> int:
    """Run one command line and return its exit code; errors are on stderr by then."""
    try:
        code = app(words, standalone_mode=False, prog_name="mailbot") or 0
        if sys.stdout:
            sys.stdout.flush()
    except typer.exceptions.TyperException as error:
        return _failed(_usage(error), EXIT_USAGE)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        # Whoever read had enough; without this Python complains once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except MailbotError as error:
        return _failed(str(error), exit_code(error))
    except OSError as error:
        # Whatever the system refuses that no edge has named: a full disk behind the standard output, say.
        return _failed(f"{error.filename or 'the output'}: {error.strerror or error}", EXIT_CANNOT_WRITE)
    return int(code)


def _failed(sentence: str, code: int) -> int:
    complain(sentence)
    return code
