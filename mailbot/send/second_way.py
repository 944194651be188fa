"""The second way out: a plain mail to an address elsewhere, where the usual way is shut or data/ cannot be written.

Best effort and without books: nothing is queued, and no token, code or customer's name stands in it. `alarm` in
rules.yaml names server and address; what it leaves out is the usual server, and the office's first address.
Fails never: tell() says what came of it.
"""

import asyncio
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime

from mailbot.model.mail import Outcome, Phase
from mailbot.model.people import Role
from mailbot.model.rules import Rules
from mailbot.send import mime
from mailbot.send.smtp import Handover, Patience, Session

# No more often about one trouble, and sooner again where no server took it.
REST, AGAIN = timedelta(hours=1), timedelta(minutes=10)
# Whoever calls has other work to do.
LONGEST = 30.0


class SecondWay:
    """Tells a person elsewhere of a trouble; `again_at` is from when it may tell of each again, for others to keep."""

    def __init__(self, rules: Rules, token: Callable[[], str] | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._rules = rules
        self._smtp = rules.alarm.smtp or rules.smtp
        self._token = token
        self._tls = tls
        self.again_at: dict[str, datetime] = {}

    @property
    def is_another(self) -> bool:
        """Tell whether it leads over another server than the usual way."""
        return self._rules.alarm.smtp is not None

    def tell(self, trouble: str, sentences: tuple[str, ...], now: datetime) -> Handover | None:
        """Send what is wrong, in German sentences, and give what came of it; None while its hour is not over."""
        again_at = self.again_at.get(trouble, now)
        if now < again_at <= now + REST:
            return None
        done = asyncio.run(self._sent(self._mail(sentences, now)))
        self.again_at[trouble] = now + (REST if done.outcome is Outcome.SENT else AGAIN)
        return done

    def _to(self) -> str:
        offices = (person.emails[0] for person in self._rules.people.values() if person.role is Role.REVIEWER)
        return self._rules.alarm.to or next(offices, self._rules.site.contact)

    async def _sent(self, raw: bytes) -> Handover:
        session = Session(self._smtp, self._token, Patience(connect=10.0, command=10.0, body=10.0, dot=20.0), self._tls)
        to = self._rules.site.rehearsal or self._to()
        try:
            async with asyncio.timeout(LONGEST):
                return await session.send(raw, self._smtp.sender_address, to, lambda: None)
        except TimeoutError:
            return Handover(Outcome.UNCERTAIN, Phase.DOT, "der Mailserver antwortet nicht")
        finally:
            await session.close()

    def _mail(self, sentences: tuple[str, ...], now: datetime) -> bytes:
        smtp, rehearsal = self._smtp, self._rules.site.rehearsal
        subject = f"mailbot braucht Hilfe: {self._rules.site.name}"
        pairs = {
            "Date": format_datetime(now),
            "From": mime.mailbox(smtp.sender_name, mime.address(smtp.sender_address), len("From: ")),
            "To": mime.address(rehearsal or self._to()),
            "Subject": mime.words(f"[PROBE] {subject}" if rehearsal else subject, len("Subject: ")),
            "Message-ID": f"<alarm.{now:%Y%m%d%H%M%S%f}@{smtp.sender_address.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply, RN, NRN",
            "Mailbot-Kind": "office/alarm",
        }
        reader = (f"Probe für {self._to()}",) if rehearsal else ()
        lines = (
            *reader,
            *sentences,
            f"Stand: {now:%d.%m.%Y, %H:%M} Uhr. Bitte sehen Sie nach dem Rechner von mailbot.",
        )
        return mime.plain([mime.field(name, value) for name, value in pairs.items()], "\n\n".join(lines) + "\n")
