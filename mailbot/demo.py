"""The story in the terminal: the real daemon on embedded servers; the reader is the office.

Plays YouCanBook.me and the mail clients, shows every mail as it lands in a mailbox, and changes nothing in the flow.
Needs no account, no root and no network; its books lie in a temporary folder and go when it ends.
"""

import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from mailbot import stage, terminal
from mailbot.daemon import Daemon
from mailbot.embedded import EmbeddedServers
from mailbot.model.decisions import Arrival
from mailbot.model.events import CodesGenerated
from mailbot.model.people import OPERATOR
from mailbot.model.rules import Rules
from mailbot.running import quiet, templates_beside
from mailbot.tables import booking_row

# So long nothing new arrives, the scene is over; the daemon itself answers in a tenth of that.
SILENCE = 1.0
PATIENCE = 20.0
STYLES = {"office": "yellow", "customer": "green", "medifit": "magenta", "platzwart": "blue"}
NAMES = {
    "office": "Postfach Büro",
    "customer": "Postfach Kunde",
    "medifit": "Postfach Medifit",
    "platzwart": "Postfach Platzwart",
}


@dataclass(slots=True)
class Theatre:
    """The embedded servers and what of each mailbox was already shown."""

    rules: Rules
    servers: EmbeddedServers
    shown: dict[str, int] = field(default_factory=dict)

    def watch(self) -> dict[str, bytes]:
        """Show every mail that lands until it is quiet; gives the last one of each mailbox that got one."""
        last: dict[str, bytes] = {}
        quiet_since = begun = time.monotonic()
        while time.monotonic() - quiet_since < SILENCE or (not last and time.monotonic() - begun < PATIENCE):
            for name, title in NAMES.items():
                for raw in self.servers.messages(name)[self.shown.get(name, 0) :]:
                    self.shown[name] = self.shown.get(name, 0) + 1
                    terminal.show_mail(raw, title, STYLES.get(name, "cyan"))
                    last[name] = raw
                    quiet_since = time.monotonic()
            time.sleep(0.05)
        return last

    def request(self, request: stage.Request) -> None:
        """Let YouCanBook.me announce a request."""
        mail = stage.notice(request, self.rules.smtp.sender_address, self.now())
        terminal.show_mail(mail.as_bytes(), "YouCanBook.me an mailbot", "white")
        stage.post(self.servers, mail, stage.NOTICES, self.rules.smtp.sender_address)

    def answer(self, review: bytes, text: str) -> None:
        """Let the office answer a mail."""
        office = self.rules.people[next(iter(self.rules.resources.values())).reviewer].emails[0]
        headers = {name: str(value) for name, value in message_from_bytes(review, policy=default).items()}
        mail = stage.reply(headers, text, office, self.now())
        stage.post(self.servers, mail, office, self.rules.smtp.sender_address)

    def now(self) -> datetime:
        """Give the real time: the story plays today."""
        return datetime.now(self.rules.site.timezone)


def demo(rules_path: Path, *, auto: bool) -> None:
    """Tell the story. Raises StopError where rules or templates are wrong."""
    quiet()
    rules = stage.stage_rules(rules_path)
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedServers(stage.accounts(rules), stage.PASSWORD, rules.trust.authserv_id) as servers,
    ):
        rules = stage.on_servers(rules, servers)
        daemon = Daemon.open(rules, Path(folder), templates_beside(rules_path))
        daemon.flow.handle([Arrival("command:codes:demo", OPERATOR, CodesGenerated(is_quiet=True))])
        thread = threading.Thread(target=daemon.run, name="mailbot")
        thread.start()
        try:
            _tell(Theatre(rules, servers), daemon, auto=auto)
        except (EOFError, KeyboardInterrupt):
            terminal.say("Ende der Vorstellung.", "bold")
        finally:
            daemon.stop()
            thread.join()
            daemon.close()


def _tell(theatre: Theatre, daemon: Daemon, *, auto: bool) -> None:
    first, second, *_ = stage.requests(theatre.now())
    terminal.say(
        "1. Ein Kunde bucht auf der Website. YouCanBook.me schreibt an das Postfach, das mailbot bewacht:", "bold"
    )
    theatre.request(first)
    terminal.say("   Sofort wissen Kunde, Büro, Medifit und Platzwart Bescheid:", "bold")
    _answered(theatre, theatre.watch()["office"], "ok", auto=auto)
    terminal.say("2. Dieselbe Nachricht kommt noch einmal, und danach eine zweite Anfrage:", "bold")
    stage.post(
        theatre.servers,
        stage.notice(first, theatre.rules.smtp.sender_address, theatre.now()),
        stage.NOTICES,
        theatre.rules.smtp.sender_address,
    )
    theatre.request(second)
    _answered(theatre, theatre.watch()["office"], "nein: Halle gesperrt", auto=auto)
    terminal.say("3. Die Tabelle der Buchungen:", "bold")
    books = daemon.flow.books()
    rows = [booking_row(booking, books) for booking in books.bookings()]
    columns = ("code", "state", "start", "price", "decided_by")
    terminal.show_table(columns, [[str(row[name] or "") for name in columns] for row in rows], "")


def _answered(theatre: Theatre, review: bytes, answer: str, *, auto: bool) -> None:
    """Ask the reader for the office's answers until mailbot understood one, or play the given one."""
    while True:
        if auto:
            terminal.say(f"   Das Büro antwortet:  {answer}", "bold yellow")
            text = answer
        else:
            text = input(f"   Sie sind das Büro. Ihre Antwort auf die Prüfmail (z. B. {answer!r}): ")
        theatre.answer(review, text)
        terminal.say("   Darauf hin:", "bold")
        last = theatre.watch().get("office", review)
        if auto or message_from_bytes(last)["Mailbot-Kind"] == "office/done":
            return
