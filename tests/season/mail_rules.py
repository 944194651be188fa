"""What must hold for every mail that leaves, held against what people wrote and got; CONTRACT.md says it in words.

One Inspector reads each new mail once. It knows the season's codes from the list the office got, and who is who from
the town; it asks nothing of mailbot's own.
"""

import csv
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from io import StringIO

from season.diary import Mail
from season.habits import DEPUTY, DESK, OFFICE
from season.town import BERLIN, PAUSES, is_office_day, next_office_day
from season.walk import Walk

WITH_CODE = ("customer/confirmed", "customer/payment", "customer/code_changed")
LISTS = ("desk/codes", "office/codes", "office/new_code")
READERS = {"office": {OFFICE, DEPUTY}, "desk": {DESK}, "subscriber": {"platzwart@soccer-kirche.example"}}
# What follows from a letter by itself, once; everything else about it is an answer to who wrote it.
ON_OFFICE_DAYS = ("office/digest", "customer/lapsed", "office/lapsed")
_UNTIL = re.compile(r"Gültig bis\s+\w+\., (\d\d)\.(\d\d)\.(\d{4})")


@dataclass
class Inspector:
    """Hold each mail against the rules, in the order they left."""

    codes: dict[date, str] = field(default_factory=dict)
    ever: set[str] = field(default_factory=set)
    ids: dict[str, str] = field(default_factory=dict)
    answered: dict[str, str] = field(default_factory=dict)
    confirmed: dict[str, int] = field(default_factory=dict)
    digests: set[date] = field(default_factory=set)
    seen: int = 0

    def look(self, walk: Walk) -> None:
        """Read what left since the last look."""
        new, self.seen = walk.diary.mails[self.seen :], len(walk.diary.mails)
        rows = {row.code: row.stay.start for row in walk.machine.bookings()}
        for mail in new:
            self._envelope(walk, mail)
            self._codes(walk, mail, rows.get(mail.booking))
            self._cause(walk, mail)
            self._moment(walk, mail, rows.get(mail.booking))

    def learn(self, day: date, code: str) -> None:
        """Take note of a day's code: from the season's list, or because the office changed it."""
        self.codes[day] = code
        self.ever.add(code)

    def _envelope(self, walk: Walk, mail: Mail) -> None:
        assert mail.header_to == (mail.to,), f"{mail.kind} to {mail.header_to}, envelope {mail.to}"
        assert mail.robot_marks[0] in ("auto-generated", "auto-replied")
        assert mail.robot_marks[1] == "OOF, AutoReply, RN, NRN"
        assert not mail.to.startswith("noreply")
        assert mail.id not in self.ids, f"{mail.kind} about {mail.booking} left twice"
        assert mail.digest not in self.ids.values()
        self.ids[mail.id] = mail.digest
        reader = mail.kind.partition("/")[0]
        if reader == "customer" and mail.booking:
            assert mail.to == walk.plans[mail.booking].person.email, f"{mail.kind} to a stranger"
        elif reader != "customer":
            assert mail.to in READERS[reader]

    def _codes(self, walk: Walk, mail: Mail, start: datetime | None) -> None:
        """Hold the door codes in it: only of the stay's own local date, only for its customer, never in a subject."""
        if mail.kind == "office/codes" and not self.codes:
            text = next(text for name, text in mail.papers if name.endswith(".csv"))
            for row in csv.DictReader(StringIO(text)):
                self.learn(date.fromisoformat(row["date"]), row["code"])
        assert not self.ever & set(re.findall(r"\d{6}", mail.subject)), f"a code in a subject: {mail.kind}"
        found = self.ever & mail.shows()
        if mail.kind in LISTS:
            return
        if mail.kind not in WITH_CODE:
            assert not found, f"{mail.kind} shows a code to {mail.to}"
            return
        assert start
        assert start in walk.starts[mail.booking] or walk.has_changed(mail.booking)
        code = self.codes.get(start.astimezone(BERLIN).date())
        if mail.kind == "customer/confirmed":
            assert code in found, f"{mail.booking} got another code than the list's"
        assert found <= {code}, f"{mail.booking} got a code of another day"
        # A code that waited through a pause may come too late; the office was alarmed two hours before the stay.
        if found and not any(since <= mail.at <= until for since, until in PAUSES):
            assert mail.at < start + timedelta(hours=2), f"{mail.booking} got a code after the stay"

    def _cause(self, walk: Walk, mail: Mail) -> None:
        """Hold that somebody's word stands behind it, and that one letter is not answered twice."""
        if mail.kind in ("customer/confirmed", "customer/payment"):
            count = self.confirmed[mail.booking] = self.confirmed.get(mail.booking, 0) + 1
            words = [w for w in walk.diary.approvals.get(mail.booking, []) if w.at <= mail.at]
            assert len(words) >= count, f"{mail.booking} was confirmed and nobody said so"
        letter = walk.letter(mail.reply_to_id)
        if letter is None:
            return
        assert not letter.is_robot, f"{mail.kind} answers a robot"
        assert letter.who != "stranger", f"{mail.kind} answers a stranger"
        assert mail.reply_to_id not in self.answered, f"{letter.text} was answered twice"
        self.answered[mail.reply_to_id] = mail.kind

    def _moment(self, walk: Walk, mail: Mail, start: datetime | None) -> None:
        """Hold the hours: digests and lapses on office mornings, bills on the next one, reminders in office hours."""
        day = mail.at.date()
        # To a mail that answers none, a digest comes at any hour: that one is a reply.
        if mail.kind in ON_OFFICE_DAYS and not mail.reply_to_id.endswith("people.example>"):
            is_late = "verspätet" in mail.text or "unterbrochen" in mail.text or "war fällig" in mail.text
            assert is_office_day(day) or is_late, f"{mail.kind} on a closed day, {day}"
            assert mail.at.time() >= time(8)
        if mail.kind == "office/digest" and not walk.letter(mail.reply_to_id):
            assert day not in self.digests, f"two digests on {day}"
            assert re.search(r"Nr\. 1|Briefe|Pause|Buchungsseite", mail.text)
            self.digests.add(day)
        if mail.kind == "customer/lapsed":
            assert start
            assert next_office_day(start.date()) <= day, f"{mail.booking} lapsed too early"
        if mail.kind == "customer/payment" and not walk.letter_about(mail.booking, ("office", "deputy"), mail.at):
            given = walk.letter_about(mail.booking, ("desk",), mail.at, is_first=True)
            assert given
            assert given.read_at
            assert mail.at >= datetime.combine(next_office_day(given.read_at.date()), time(8, 30), BERLIN)
