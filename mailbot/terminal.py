"""What people see in a terminal: tables, and mails in a frame. The only user of rich; plain text where it is piped."""

import sys
from collections.abc import Mapping, Sequence
from email import message_from_bytes
from email.policy import default

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command line what an early end of the reader means; rich would exit with 1."""
        raise BrokenPipeError


# A pipe has no width: tables must not be cut there.
out = _Console(highlight=False, soft_wrap=False)
WIDE = 200
FRAME = 84


def say(line: str = "", style: str | None = None) -> None:
    """Print one line as it is, without reading markup into it."""
    out.print(Text(line, style=style or ""), soft_wrap=True)


def say_raw(text: str) -> None:
    """Print a text for other programs, unwrapped and unmarked."""
    try:
        print(text, flush=True)
    except BrokenPipeError as error:
        # With its number typer would take it for an end with 1, which means "not found".
        raise BrokenPipeError from error


def complain(line: str) -> None:
    """Print one line to stderr, if there is one."""
    if sys.stderr:
        print(line, file=sys.stderr)


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> None:
    """Print a table, or one sentence where there is nothing."""
    if not rows:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    if out.is_terminal:
        out.print(table)
    else:
        _Console(highlight=False, width=WIDE).print(table)


def show_mail(raw: bytes, whose: str, style: str = "cyan") -> None:
    """Print a mail in a frame: whose mailbox, subject, the text as its reader sees it, and what is attached."""
    mail = message_from_bytes(raw, policy=default)
    body = mail.get_body(("plain", "html"))
    text = str(body.get_content()).strip() if body else ""
    papers = [name for part in mail.iter_attachments() if (name := part.get_filename())]
    head = Text.assemble(("Von:     ", "dim"), str(mail["From"]), "\n", ("An:      ", "dim"), str(mail["To"]))
    head.append("\nBetreff: ", "dim").append(str(mail["Subject"]), "bold")
    parts = [head, Text(), Text(text)]
    if papers:
        parts += [Text(), Text("Anhang:  " + ", ".join(papers), "green")]
    kind = mail["Mailbot-Kind"]
    title = Text(f" {whose} ", f"bold {style}")
    subtitle = Text(f" {kind} ", "dim") if kind else None
    panel = Panel(
        Group(*parts),
        title=title,
        subtitle=subtitle,
        title_align="left",
        subtitle_align="right",
        width=min(FRAME, out.width),
    )
    out.print(panel)


def show_facts(facts: Mapping[str, str]) -> None:
    """Print labelled facts, one a line, labels in one column."""
    width = max((len(label) for label in facts), default=0)
    for label, value in facts.items():
        say(f"{label:<{width}}  {value}")
