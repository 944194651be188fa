"""The command line of the contract: reads what was typed, hands it on, and turns errors into one plain line each.

Holds no decision: reading commands look into the books, writing ones become arrivals. Errors go to stderr, never with a
traceback, and the exit codes are the contract's.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.exceptions

from mailbot import checking, config, reading, running
from mailbot import demo as story
from mailbot.environment import stand_in_env
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
from mailbot.model.rules import Rules

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

Now = Annotated[str | None, typer.Option("--now", metavar="T", help="set the clock, e.g. 2026-11-23T09:00")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts")]
LIMIT = timedelta(hours=1)


@dataclass(slots=True)
class Place:
    """Where a command works: the rules file and the data folder."""

    rules_path: Path = Path("rules.yaml")
    data: Path = Path("data")

    def workplace(self, now: str | None = None) -> running.Workplace:
        """Read the rules with the secrets of the environment. Raises StopError with every mistake."""
        rules = config.load(self.rules_path, os.environ)
        return running.Workplace(rules, self.data, running.templates_beside(self.rules_path), _clock(now, rules))

    def rules_for_reading(self) -> Rules:
        """Read the rules without needing the secrets: reading commands talk to no server."""
        return config.load(self.rules_path, stand_in_env(self.rules_path, "-"))


place = Place()


@app.callback()
def main_options(
    rules: Annotated[Path, typer.Option("--rules", help="the office's rules file")] = Path("rules.yaml"),
    data: Annotated[Path, typer.Option("--data", help="the folder of the books")] = Path("data"),
) -> None:
    """Mailbot: booking notices become door codes and bills, from the office's own mailbox."""
    place.rules_path, place.data = rules, data


@app.command()
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


@app.command()
def once(
    now: Now = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="print what would happen and change nothing")] = False,
    take_all: Annotated[bool, typer.Option("--all", help="also what the first start left alone")] = False,
) -> None:
    """Make one pass: collect the mail, do what is due, send what is queued."""
    here = place.workplace(now)
    if dry_run:
        running.preview(here)
        return
    _refuse_far_clock(now, here)
    running.once(here, take_all=take_all)


@app.command()
def check(now: Now = None) -> None:
    """Check rules, templates, log-ins, folders, the coming days' codes, and whose letters are proven."""
    _exit(checking.check(place.workplace(now)))


@app.command()
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
    _clock(now, place.rules_for_reading())
    reading.bookings(place.rules_for_reading(), place.data, as_json=as_json, csv=csv, xlsx=xlsx)


@app.command()
def show(code: Annotated[str, typer.Argument(metavar="CODE")], as_json: AsJson = False, now: Now = None) -> None:
    """Show one booking: facts, state, who decided what and when, every mail."""
    rules = place.rules_for_reading()
    _clock(now, rules)
    _exit(reading.show(rules, place.data, code, as_json=as_json))


@app.command()
def status(as_json: AsJson = False, now: Now = None) -> None:
    """Show since when the daemon runs, the last letter, the outbox, what waits."""
    rules = place.rules_for_reading()
    reading.status(rules, place.data, _clock(now, rules)(), as_json=as_json)


@app.command()
def letter(files: Annotated[list[Path], typer.Argument(metavar="F.eml...")], now: Now = None) -> None:
    """Handle mail files as if they had just arrived."""
    payloads = [running.letter_payload(path) for path in files]
    _submit(payloads, now)


@app.command()
def retry(key: Annotated[str, typer.Argument(metavar="KEY")], now: Now = None) -> None:
    """Handle a letter again that went to the trouble folder; `mailbot status` shows its key."""
    _submit([{"command": "retry", "key": key}], now)


@codes.command("generate")
def codes_generate(now: Now = None) -> None:
    """Make the season's door codes, from the system's randomness; refuses to overwrite."""
    _submit([{"command": "codes generate"}], now)


@codes.command("import")
def codes_import(file: Annotated[Path, typer.Argument(metavar="F.csv")], now: Now = None) -> None:
    """Import door codes: CSV with date, resource, slot, code; refuses to change a code."""
    _submit([running.codes_payload(file)], now)


@codes.command("export")
def codes_export(file: Annotated[Path, typer.Argument(metavar="F.csv")], now: Now = None) -> None:
    """Export the whole season's door codes as CSV, for the lock."""
    rules = place.rules_for_reading()
    _clock(now, rules)
    reading.codes_export(rules, place.data, file)


@codes.command("list")
def codes_list(
    days: Annotated[int | None, typer.Option("--days", min=1, metavar="N", help="only the next N days")] = None,
    as_json: AsJson = False,
    now: Now = None,
) -> None:
    """List the door codes, the whole season unless --days says less."""
    rules = place.rules_for_reading()
    reading.codes_list(rules, place.data, _clock(now, rules)(), days=days, as_json=as_json)


def _submit(payloads: list[dict[str, Any]], now: str | None) -> None:
    here = place.workplace(now)
    _refuse_far_clock(now, here)
    _exit(running.submit(here, payloads, is_set=bool(now)))


def _clock(now: str | None, rules: Rules) -> Callable[[], datetime]:
    """Give the clock a command works by: the real one, or one that goes on from `now` in the site's time zone."""
    zone = rules.site.timezone
    if now is None:
        return lambda: datetime.now(zone)
    try:
        start = datetime.fromisoformat(now)
    except ValueError as error:
        raise StopError(f"--now: found {now!r}, expected a time like 2026-11-23T09:00", EXIT_USAGE) from error
    start = start.astimezone(zone) if start.tzinfo else start.replace(tzinfo=zone)
    begun = datetime.now(zone)
    return lambda: start + (datetime.now(zone) - begun)


def _refuse_far_clock(now: str | None, here: running.Workplace) -> None:
    """Refuse a clock that would book live books into the future: only on loopback servers may it be far off."""
    hosts = (here.rules.mailbox.host, here.rules.smtp.host)
    if now is None or all(config.is_loopback(host) for host in hosts):
        return
    if abs(here.clock() - datetime.now(here.rules.site.timezone)) > LIMIT:
        sentence = f"--now: found {now}, expected a time within an hour of now: these are live mail servers"
        raise StopError(sentence, EXIT_USAGE)


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


def main() -> None:
    """Run the command line and exit with the contract's code."""
    try:
        sys.exit(app(standalone_mode=False, prog_name="mailbot") or 0)
    except typer.exceptions.TyperException as error:
        print(f"{error}; `mailbot --help` shows what works", file=sys.stderr)
        sys.exit(EXIT_USAGE)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except MailbotError as error:
        print(error, file=sys.stderr)
        sys.exit(exit_code(error))
