"""Three months in rounds, in which everything happens that can: what comes in each, and which events it brings.

A round is one moment with its letters, commands and servers; one pass takes them. BRINGS, over all rounds, must be
every event there is: a new one needs a letter or a moment here, else a test fails.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from crash_letters import (
    BERLIN,
    DESK,
    FORGOTTEN,
    GONE,
    STAYS,
    STRANGER,
    at,
    begin,
    bounces,
    commands,
    notice,
    ref,
    rules,
    says,
    writes,
)
from crash_scene import UNLUCKY, Scene
from world import MAILBOT, OFFICE

from mailbot import stage
from mailbot.embedded.servers import stamped
from mailbot.model import (
    day_events,
    digest_events,
    discount_events,
    events,
    keeping_events,
    list_events,
    talk_events,
)
from mailbot.model.decisions import Arrival
from mailbot.model.mail import Phase
from mailbot.model.people import CLOCK
from mailbot.record.ledger import Ledger
from mailbot.running import quiet


def _first_start(scene: Scene) -> None:
    commands(scene, "0generate", command="codes generate")
    notice(scene, 20, days_ago=40)
    for number in (1, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 17, 18):
        notice(scene, number)
    scene.refused = frozenset({GONE})
    notice(scene, 10, but=(stage.CUSTOMER, GONE))
    notice(scene, 2, name="Theo Vorbei", but=(stage.CUSTOMER, FORGOTTEN))
    notice(scene, 1, subject="Erinnerung: Kim Kunde")
    notice(scene, 14, but=("Dezember 2026 18:00", "demnächst"))
    notice(scene, 15, sender="falsch@boese.example")
    notice(scene, 19, but=("Kunde", UNLUCKY))
    notice(scene, 16, but=("Telefon", "x" * 40_000 + "\nTelefon"))
    bounces(scene, "failed", "<niemand@anderswo.example>")


def _suspected(scene: Scene) -> None:
    notice(scene, 16, sender="falsch@boese.example")
    notice(scene, 7, subject="Storniert: Kim Kunde")
    scene.box.vanish()


def _answers(scene: Scene) -> None:
    says(scene, "ok", "office/review", 1)
    says(scene, "nein: Halle gesperrt", "office/review", 2)
    says(scene, "ändern 19:00-20:00", "office/review", 3)
    says(scene, "frage: Wie viele Personen?", "office/review", 4)
    says(scene, "ok?", "office/review", 7)
    says(scene, "hilfe", "office/review", 8)
    says(scene, "notiz Schlüssel liegt bereit", "office/review", 8)
    says(scene, "ok", "office/review", 11)
    says(scene, "EMAIL: neu@kunde.example", "office/mail_failed")
    says(scene, "rabatt 20% bis 31.5.2027", "office/review", 12)
    says(scene, f"DATUM: {at(STAYS[14]):%d.%m.%Y} 18:00", "office/unreadable", has="DATUM")
    says(scene, "1 übernehmen", "office/suspicious")
    says(scene, "ausgegeben", "desk/request", 13, DESK)
    says(scene, "Danke, wir freuen uns!", "customer/received", 12, stage.CUSTOMER)
    says(scene, "Ich bin bis Montag nicht da.", "office/review", 18)
    writes(scene, "Abwesenheitsnotiz", "Bin im Urlaub.", OFFICE)
    writes(scene, "belegung", "", STRANGER)
    bounces(scene, "delayed", str(scene.mail("customer/received", ref(8))["Message-ID"]))
    notice(scene, 5, subject="Verschoben: Kim Kunde", start="2026-12-06T17:00")
    notice(scene, 6, subject="Storniert: Kim Kunde")


def _questions(scene: Scene) -> None:
    says(scene, "Zehn, und ein Hund.", "customer/question", 4, stage.CUSTOMER)
    says(scene, "warum", "office/done", 1)
    says(scene, "liste", "office/done", 1)
    says(scene, "liste codes", "office/done", 1)
    says(scene, "rabatt", "office/done", 1)
    says(scene, "bezahlt", "office/done", 1)
    says(scene, "ADRESSE: Am Markt 3, 48565 Steinfurt", "office/done", 1)
    says(scene, "code neu 11.12. 482913", "office/done", 11)
    says(scene, "storno: Wasserschaden", "office/done", 3)
    says(scene, "erledigt", "office/done", 2)
    says(scene, "rabatt ende", "office/review", 12)
    says(scene, "Storno, wir sind krank", "customer/confirmed", 1, stage.CUSTOMER)
    says(scene, "verschieben auf 20:00-21:00 Uhr", "customer/confirmed", 11, stage.CUSTOMER)
    bounces(scene, "failed", str(scene.mail("customer/confirmed", ref(11))["Message-ID"]))


def _new_code(scene: Scene) -> None:
    says(scene, "ok", "office/new_code")
    says(scene, "3 ok, 4 nein voll", "office/digest")


def _undo(scene: Scene) -> None:
    scene.rules = replace(scene.rules, schedule=replace(scene.rules.schedule, undo=timedelta(minutes=10)))
    says(scene, "ok", "office/review", 12)
    says(scene, "nein", "office/review", 18)


def _taken_back(scene: Scene) -> None:
    says(scene, "zurück", "office/done", 18)


def _undone(scene: Scene) -> None:
    scene.rules = rules()


def _paused(scene: Scene) -> None:
    says(scene, "pause", "office/done", 1)
    notice(scene, 20, start="2026-12-21T18:00")


def _resumed(scene: Scene) -> None:
    says(scene, "weiter", "office/done", 1)
    scene.puts_off = Phase.CONNECT
    says(scene, "ok", "office/review", 17)
    says(scene, "ok", "office/review", 20)


def _nothing(scene: Scene) -> None:
    del scene


def _greylisted(scene: Scene) -> None:
    scene.puts_off = Phase.RCPT


def _back_again(scene: Scene) -> None:
    scene.puts_off = None


def _commanded(scene: Scene) -> None:
    lost = stage.notice(stage.Request(ref(21), "Kim Kunde", at("2027-01-08T18:00"), 60), MAILBOT, scene.now)
    raw = stamped(lost.as_bytes().replace(b"\n", b"\r\n"), stage.NOTICES, MAILBOT, scene.rules.trust.authserv_id)
    commands(scene, "1letter", command="letter", file="brief.eml", raw=base64.b64encode(raw).decode())
    books = Ledger.open(scene.data, BERLIN, read_only=True).books()
    known = [code for code in books.door_codes("kirche") if code.day.month == 12]
    rows = [[code.resource, code.day.isoformat(), code.slot, code.code, line] for line, code in enumerate(known)]
    commands(scene, "2import", command="codes import", file="codes.csv", rows=rows)
    commands(scene, "4generate", command="codes generate")
    done = next(letter for letter in scene.box.folders[scene.rules.mailbox.done] if b"demn" in letter[2])
    commands(scene, "3retry", command="retry", key=f"letter:{scene.box.folder}/7/{done[0]}")
    commands(scene, "5forget", command="forget", email=FORGOTTEN)
    scene.box.uidvalidity = 8
    ended = events.TroubleEnded("uidvalidity:8", "Das Postfach ist wieder in Ordnung.")
    scene.also = (Arrival("clock:trouble_ended:mailbox:now", CLOCK, ended),)


def _months_later(scene: Scene) -> None:
    scene.also = ()
    scene.rules = replace(scene.rules, privacy=replace(scene.rules.privacy, forget_after_days=30))


@dataclass(frozen=True)
class Round:
    """What comes at a moment, and which kinds of event a pass then handles (others may come too).

    `turns` is how many passes it takes until nothing is left to do.
    """

    at: str
    comes: Callable[[Scene], None]
    brings: tuple[type, ...]
    turns: int = 2

    @property
    def name(self) -> str:
        return self.comes.__name__.strip("_")


E, D, G, T, L = events, day_events, digest_events, talk_events, list_events
R, K = discount_events, keeping_events
ROUNDS = (
    Round(
        "2026-11-23T09:00",
        _first_start,
        (
            *(E.FirstStartListed, E.CodesGenerated, E.BookingRequested, E.NoticeIgnored, E.NoticePuzzled),
            *(E.Unproven, E.TooLarge, E.LetterBroken, E.NotOurs, E.MailEnded, L.CodesListDue),
        ),
        turns=4,
    ),
    Round("2026-11-23T09:10", _suspected, (E.LetterVanished,)),
    Round(
        "2026-11-23T10:05",
        _answers,
        (
            *(E.Approved, E.Rejected, E.Changed, T.Asked, E.Doubted, E.HelpAsked, T.Noted, E.Readdressed),
            *(R.DiscountGiven, E.Supplied, E.Accepted, D.Released, E.CustomerWrote, E.Automatic, L.OccupancyAsked),
            *(E.DeliveryDelayed, E.Moved, E.Withdrawn, E.SuspicionsGathered),
        ),
    ),
    Round(
        "2026-11-23T14:00",
        _questions,
        (
            *(T.Answered, T.WhyAsked, L.ListAsked, L.CodesAsked, R.DiscountsAsked, T.Paid, E.Addressed),
            *(L.NewCodeAsked, T.Cancelled, R.DiscountEnded, T.WithdrawalWished, T.ChangeWished, E.DeliveryFailed),
            *(D.ReviewOverdue, G.PageSettled),
        ),
    ),
    Round("2026-11-24T08:35", _nothing, (G.DigestDue, D.PaymentDue)),
    Round("2026-11-24T09:00", _new_code, (G.ItemsAnswered,)),
    Round("2026-11-24T10:00", _undo, ()),
    Round("2026-11-24T10:05", _taken_back, (T.TakenBack,)),
    Round("2026-11-24T10:15", _undone, (T.UndoEnded,)),
    Round("2026-11-24T11:00", _paused, (G.Paused,)),
    Round("2026-11-24T12:00", _resumed, (G.Resumed,)),
    Round("2026-11-25T17:35", _greylisted, (D.CodeUnheard, G.CodeLate)),
    Round("2026-11-25T21:00", _back_again, (D.StayPassed, G.CodesLeft)),
    Round("2026-11-26T17:00", _nothing, (D.TimeRanShort,)),
    Round(
        "2026-11-27T08:05", _commanded, (D.ReviewMissed, E.CodesImported, E.TroubleLasted, E.TroubleEnded, K.Forgotten)
    ),
    Round("2027-02-15T09:00", _months_later, (K.Outdated,)),
)


@dataclass
class Played:
    """A round as it goes where nothing fails: before its passes, after them, and the steps of the first pass."""

    round: Round
    before: Scene
    after: Scene
    steps: list[str]
    expected: dict[str, object]

    def ends(self, act: Scene) -> dict[str, object]:
        """Make the passes that are left; gives what is seen then, to be held against `expected`."""
        for _ in range(self.round.turns):
            assert act.turn()
        return act.seen(len(self.before.arrived))


def play(home: Path) -> list[Played]:
    """Play every round once, below this folder."""
    quiet()
    scene, played = begin(home / "begin"), []
    scene.data.mkdir()
    for number, now in enumerate(ROUNDS, 1):
        before = scene.copy(home / f"{number}-before")
        before.now = at(now.at)
        now.comes(before)
        after = before.copy(home / f"{number}-after")
        steps = after.steps()
        for _ in range(now.turns):
            after.turn()
        played.append(Played(now, before, after, steps, after.seen(len(before.arrived))))
        scene = after
    return played
