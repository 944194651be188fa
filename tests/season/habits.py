"""What people do when they read a mail of mailbot's: office and deputy, desk, customers. Each by the plan's own dice.

HEARD names who does what with which kind; a kind that is not there is read and put away.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

from season import papers
from season.diary import Mail
from season.town import Plan, office_moment
from season.walk import Walk

OFFICE, DEPUTY = "buero@kruempel.example", "chefin@kruempel.example"
DESK = "theke@medifit.example"
# Words that may confirm a booking, where mailbot understands them so.
APPROVING = re.compile(r"(?im)^(\d+ )?(ok|passt|freigegeben|ändern)\b")
_ITEM = re.compile(r"Nr\. (\d+).*?Buchungscode\W+([A-Z]{12})", re.DOTALL)


def hear(walk: Walk, mail: Mail) -> None:
    """Let the reader of a mail do what he is in the habit of doing."""
    plan = walk.plans.get(mail.booking)
    if plan is None:
        plan = next((known for code, known in walk.plans.items() if code in mail.text), None)
    act = HEARD.get(mail.kind)
    if act and plan:
        act(walk, mail, plan)


def _dice(walk: Walk, mail: Mail, plan: Plan) -> Random:
    """Give the dice for this reading: the same whenever this booking's mails of a kind come in the same order."""
    return plan.dice((mail.kind, walk.count(f"{plan.reference} {mail.kind}")))


def office_writes(walk: Walk, mail: Mail, text: str, at: datetime, about: str = "", *, sender: str = OFFICE) -> None:
    """Let the office answer a mail when somebody is there."""
    who = "office" if sender == OFFICE else "deputy"

    def write() -> None:
        wrote = walk.answer(mail, who, sender, text, about)
        if APPROVING.search(text) and wrote.about:
            walk.diary.approvals.setdefault(wrote.about, []).append(wrote)

    walk.at(office_moment(at), write)


def _review(walk: Walk, mail: Mail, plan: Plan) -> None:
    dice = _dice(walk, mail, plan)
    soon = walk.now + timedelta(minutes=dice.choice((3, 10, 40, 120, 300, 900)))
    texts = {
        "ok": dice.choice(("ok", "ok", "Ok, danke!", "passt", "freigegeben", "Guten Morgen,\n\nok")),
        "price": f"ok preis {dice.choice((30, 45, 70))}",
        "discount": "ok rabatt 20%",
        "no": "nein",
        "reason": "nein: Halle gesperrt",
        "ask": "frage: Wie viele Personen kommen?",
        "doubt": dice.choice(("ok?", "nicht ok", "ja, aber um 20 Uhr", "mal sehen")),
        "late": "ok",
        "silent": "ok ohne mail",
        "other time": _other_time(plan, dice),
    }
    if plan.habit == "late":
        soon += timedelta(days=dice.choice((2, 4, 9)))
    if plan.habit == "crossing":
        _cross(walk, mail, dice, soon)
    elif text := texts.get(plan.habit):
        office_writes(walk, mail, text, soon, sender=dice.choice((OFFICE, OFFICE, OFFICE, DEPUTY)))
    elif plan.habit == "never" and dice.random() < 0.4:
        walk.at(soon, lambda: _robot(walk, mail, "office", OFFICE))
    if dice.random() < 0.02:
        walk.at(soon, lambda: _forge(walk, mail))


def _other_time(plan: Plan, dice: Random) -> str:
    start = plan.start + timedelta(minutes=dice.choice((-60, 30, 60)))
    if start.date() != plan.start.date() or dice.random() < 0.5:
        return f"ändern {start:%d.%m.} {plan.start.hour:02d}-{min(plan.start.hour + 1, 23):02d} Uhr"
    return f"ändern {start:%H:%M}-{start + timedelta(minutes=60):%H:%M}"


def _cross(walk: Walk, mail: Mail, dice: Random, soon: datetime) -> None:
    """Let both people of the office answer, the second before he reads what the first one did."""
    texts = ["ok", dice.choice(("ok", "nein: doppelt belegt"))]
    dice.shuffle(texts)
    office_writes(walk, mail, texts[0], soon)
    office_writes(walk, mail, texts[1], soon + timedelta(minutes=dice.choice((0, 20))), sender=DEPUTY)


def _robot(walk: Walk, mail: Mail, who: str, sender: str) -> None:
    raw = lambda letter_id: papers.robot(mail, sender, letter_id)  # noqa: E731  # one use, below
    walk.write(who, "", "out of office", raw, is_robot=True)


def _forge(walk: Walk, mail: Mail) -> None:
    """Let a stranger answer in the office's name."""
    raw = lambda i: papers.answer(mail, "ok", OFFICE, i, is_proven=False)  # noqa: E731  # one use, below
    walk.write("stranger", "", "ok", raw)


def _refused(walk: Walk, mail: Mail, plan: Plan) -> None:
    """Mend what mailbot did not understand, or say no where the time is taken; after two tries let it be."""
    tries = walk.count(f"{plan.reference} mended")
    if tries > 1 or ("vergeben" in mail.text and tries):
        return
    text = "nein: Die Zeit ist leider schon vergeben" if "vergeben" in mail.text else "ok"
    if "bestätigt" not in mail.text.lower() or "vergeben" in mail.text:
        office_writes(walk, mail, text, walk.now + timedelta(minutes=30))


def _message(walk: Walk, mail: Mail, plan: Plan) -> None:
    dice = _dice(walk, mail, plan)
    later = walk.now + timedelta(minutes=dice.choice((20, 100)))
    if "zwölf" in mail.text:
        office_writes(walk, mail, "ok", later)
    elif "storno" in mail.text.lower() and dice.random() < 0.7:
        office_writes(walk, mail, "storno: Auf Wunsch des Kunden", later)
    elif "verschieben auf" in mail.text and dice.random() < 0.6:
        office_writes(walk, mail, _other_time(plan, dice), later)


def _done(walk: Walk, mail: Mail, plan: Plan) -> None:
    """Go on with a confirmed booking: cancel it, move it, note that it is paid, or ask why."""
    if "Freigegeben" not in mail.text or plan.habit == "silent":
        return
    dice = _dice(walk, mail, plan)
    later = walk.now + (plan.start - walk.now) * dice.random() if plan.start > walk.now else walk.now
    weights = {"": 62, "bezahlt": 16, "bezahlt 20": 3, "storno: Wasserschaden": 5, "notiz Stammgast": 3, "warum": 3}
    weights[_other_time(plan, dice)] = 5
    if text := dice.choices(list(weights), list(weights.values()))[0]:
        paid = text.startswith("bezahlt")
        office_writes(walk, mail, text, plan.end + timedelta(days=5) if paid else later)


def _digest(walk: Walk, mail: Mail, plan: Plan) -> None:
    """Answer by numbers what this office decides in the morning; once in a while one number is in doubt."""
    items = [(number, walk.plans[code]) for number, code in _ITEM.findall(mail.text) if code in walk.plans]
    mine = [(number, known) for number, known in items if known.habit == "digest"]
    if not mine:
        return
    # What was not to be had the first time is turned down the next morning.
    tries = {number: walk.count(f"{known.reference} in the digest") for number, known in mine}
    said = {n: "nein voll" if tries[n] or known.dice("digest").random() < 0.3 else "ok" for n, known in mine}
    text = ", ".join(f"{number} {word}" for number, word in said.items())
    is_doubtful = mine[0][1].dice("doubt").random() < 0.12 and not walk.count(f"{mine[0][1].reference} in doubt")
    if is_doubtful:
        walk.at(office_moment(walk.now), lambda: _say_numbers(walk, mail, f"{text}, {mine[0][0]} vielleicht", []))
    later = office_moment(walk.now + timedelta(minutes=40 * is_doubtful))
    walk.at(later, lambda: _say_numbers(walk, mail, text, mine))


def _say_numbers(walk: Walk, mail: Mail, text: str, mine: list[tuple[str, Plan]]) -> None:
    wrote = walk.answer(mail, "office", OFFICE, text)
    for _, plan in mine:
        walk.diary.approvals.setdefault(plan.reference, []).append(wrote)


def _unreadable(walk: Walk, mail: Mail, plan: Plan) -> None:
    dice = _dice(walk, mail, plan)
    if dice.random() < 0.2:
        return
    lines = {"no name": f"NAME: {papers.name_of(plan.person)}", "no date": f"DATUM: {plan.start:%d.%m.%Y %H:%M}"}
    if text := lines.get(plan.shape):
        office_writes(walk, mail, text, walk.now + timedelta(minutes=50), plan.reference)


def _suspicious(walk: Walk, mail: Mail, plan: Plan) -> None:
    # Only the booking page's own notices are taken over, and only where the mail shows a single letter.
    if plan.shape == "unproven" and "Neue Buchung" in mail.text and "Nr. 2" not in mail.text:
        office_writes(walk, mail, "1 übernehmen", walk.now + timedelta(minutes=30), plan.reference)


def _released(walk: Walk, mail: Mail, plan: Plan) -> None:
    text = _dice(walk, mail, plan).choices(["", "nein: nicht plausibel", "ok", "ok preis 20"], [80, 8, 8, 4])[0]
    if text:
        office_writes(walk, mail, text, walk.now + timedelta(minutes=30))


def _lapsed(walk: Walk, mail: Mail, plan: Plan) -> None:
    dice = _dice(walk, mail, plan)
    if dice.random() < 0.25:
        office_writes(walk, mail, "ok preis 40", walk.now + timedelta(hours=dice.choice((1, 30, 24 * 20))))


def _new_code(walk: Walk, mail: Mail, plan: Plan) -> None:
    office_writes(walk, mail, "ok", walk.now + timedelta(minutes=30))


def _desk_request(walk: Walk, mail: Mail, plan: Plan) -> None:
    """Let the customer call the desk, which looks him up on its list and gives the code out, or mistakes him."""
    dice = _dice(walk, mail, plan)
    is_called = dice.random() < (0.6 if mail.subject.startswith("Eilig") else 0.01)
    at = walk.now + timedelta(minutes=dice.choice((20, 40, 80)))
    at = max(at, plan.start - timedelta(minutes=dice.choice((20, 40)))) if dice.random() < 0.6 else at
    if not is_called or at >= plan.end:
        return
    way = dice.random()
    if way < 0.2:
        walk.at(at, lambda: _desk_alone(walk, "ausgegeben XYZXYZXYZXYZ", ""))
    if way < 0.4:
        walk.at(at, lambda: _desk_alone(walk, f"ausgegeben {plan.reference}", plan.reference))
    else:
        walk.at(at, lambda: _release(walk, mail, plan))


def _release(walk: Walk, mail: Mail, plan: Plan) -> None:
    wrote = walk.answer(mail, "desk", DESK, "ausgegeben")
    walk.diary.approvals.setdefault(plan.reference, []).append(wrote)


def _desk_alone(walk: Walk, text: str, about: str) -> None:
    wrote = walk.write("desk", about, text, lambda letter_id: papers.letter(DESK, "Codes", text, letter_id))
    if about:
        walk.diary.approvals.setdefault(about, []).append(wrote)


def _customer(walk: Walk, mail: Mail, plan: Plan) -> None:
    """Let a customer answer: a robot, a wish, thanks; `customer/question` is mostly answered."""
    dice = _dice(walk, mail, plan)
    later = walk.now + timedelta(minutes=dice.choice((20, 140, 600)))
    if mail.to != plan.person.email or dice.random() > (0.7 if mail.kind == "customer/question" else 0.2):
        return
    if mail.kind == "customer/question":
        text = "Wir sind zwölf."
    elif dice.random() < 0.3:
        walk.at(later, lambda: _robot(walk, mail, "customer", mail.to))
        return
    else:
        wishes = ("storno", "verschieben auf 20 Uhr", "belegung", "Vielen Dank! Gibt es Bälle?", "ok")
        text = dice.choice(wishes)
    walk.at(later, lambda: walk.say(mail, text))


def change_code(walk: Walk, day: date, code: str) -> None:
    """Let the office ask for another door code of a day, in answer to whatever it got last."""
    mail = next(mail for mail in reversed(walk.diary.mails) if mail.kind == "office/done")
    walk.write(
        "office", "", "code neu", lambda i: papers.answer(mail, f"code neu {day.day}.{day.month}. {code}", OFFICE, i)
    )


def say_alone(walk: Walk, text: str) -> None:
    """Let the office write a mail that answers none, such as `pause`."""
    walk.write("office", "", text, lambda letter_id: papers.letter(OFFICE, text, text, letter_id))


HEARD: dict[str, Callable[[Walk, Mail, Plan], None]] = {
    "office/review": _review,
    "office/refused": _refused,
    "office/message": _message,
    "office/done": _done,
    "office/digest": _digest,
    "office/unreadable": _unreadable,
    "office/suspicious": _suspicious,
    "office/released": _released,
    "office/lapsed": _lapsed,
    "office/new_code": _new_code,
    "desk/request": _desk_request,
    "customer/received": _customer,
    "customer/confirmed": _customer,
    "customer/question": _customer,
    "customer/call": _customer,
}
