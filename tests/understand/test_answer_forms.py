"""Answers in other forms: HTML alone, letters that cannot be read, labelled lines, and what is no decision at all."""

import pytest
from understand_story import (
    BOOKING,
    BOOKS,
    BROKEN,
    FAILED,
    NOTHING,
    REVIEW,
    RULES,
    SUSPICIOUS,
    UNREADABLE,
    WAITING,
    letter,
)

from mailbot.model.events import (
    Accepted,
    Approved,
    Doubt,
    Doubted,
    Event,
    HelpAsked,
    Readdressed,
    Rejected,
    Supplied,
)
from mailbot.understand.recognise import recognise


def says(text: str | None, *, answers: str = REVIEW, html: str | None = None) -> Event:
    return recognise(letter(text, answers=answers, html=html), BOOKS, RULES)[1]


HTMLS = {
    "<p>OK</p>": Approved,
    '<div style="display: none">OK</div><p>ABLEHNEN</p>': Rejected,
    '<div style="display:none">OK</div>': Doubted,
    '<span hidden="">OK</span>': Doubted,
    "<s>OK</s><p>ABLEHNEN</p>": Rejected,
    '<span style="text-decoration: line-through">OK</span> ABLEHNEN': Rejected,
    "<style>OK</style><script>OK</script>": Doubted,
    # What the letter's own style sheet hides is out of sight as well; what only some screens hide is not.
    "<style>.x{display:none}</style><p class=x>ABLEHNEN</p><p>OK</p>": Approved,
    "<style>p#y, .x { Display : NONE !important }</style><p id=y>OK</p><p class=x>OK</p>": Doubted,
    "<style>/* .x{} */ a.x{visibility:hidden}</style><a class='b x'>OK</a>ABLEHNEN": Rejected,
    "<style>@media (max-width:9px){.x{display:none}} .y{color:red}</style><p class=x>OK</p>": Approved,
    "<style>.x .y{display:none}</style><p class=y>OK</p>": Approved,
    '<p>nein</p><div class="io-ox-signature">OK</div>': Rejected,
    '<p>OK</p><div name="messageSignatureSection">nein</div>': Approved,
    "<p>O<b>K</b></p>": Approved,
    "<blockquote>OK</blockquote>": Doubted,
    '<div class="gmail_quote">OK</div>': Doubted,
    '<div class="protonmail_quote">OK</div>': Doubted,
    '<div id="divRplyFwdMsg">x</div><p>OK</p>': Doubted,
    '<div><div id="appendonsend"></div></div><p>OK</p>': Doubted,
    "<p>OK</p><blockquote>ABLEHNEN</blockquote>": Approved,
    "<blockquote>ABLEHNEN</blockquote><p>OK</p>": Approved,
    "": Doubted,
    "<div>" * 2000 + "OK": Doubted,
}


@pytest.mark.parametrize("html", HTMLS)
def test_html_only(html: str) -> None:
    """Of HTML only what the author wrote and a reader sees counts."""
    assert type(says(None, html=html)) is HTMLS[html]


@pytest.mark.parametrize("depth", [200, 2000])
def test_deep_html(depth: int) -> None:
    """HTML nested too deep is not read at all: parsers drop what lies deepest without a word."""
    found = says(None, html="<p>ok</p>" + "<div>" * depth + "nein")
    assert isinstance(found, Doubted)
    assert found.why is Doubt.UNREADABLE


def test_opaque() -> None:
    """An encrypted or unreadable letter is doubt, with the reason why."""
    for surprise, why in (("opaque", Doubt.OPAQUE), ("der Aufbau ist beschädigt", Doubt.UNREADABLE)):
        found = recognise(letter("ok", answers=REVIEW, surprises=(surprise,)), BOOKS, RULES)[1]
        assert isinstance(found, Doubted)
        assert found.why is why


SUPPLIED = {
    "NAME: Max Muster": (("name", "Max Muster"),),
    "Vorname: Max\nNachname: Muster": (("name", "Max Muster"),),
    "DATUM: 28.11.2026 19:30": (("start", "2026-11-28T19:30:00+01:00"),),
    "DATUM: 28.11. 19:30 Uhr": (("start", "2026-11-28T19:30:00+01:00"),),
    "Datum: 28.11.2026\nUhrzeit: 19:30": (("start", "2026-11-28T19:30:00+01:00"),),
    "ENDE: 21:00": (("end", "2026-12-05T21:00:00+01:00"),),
    "Ende: 2 Stunden": (("end", "2026-12-05T21:30:00+01:00"),),
    "DATUM: 28.11.2026 19:30\nENDE: 20:30": (
        ("start", "2026-11-28T19:30:00+01:00"),
        ("end", "2026-11-28T20:30:00+01:00"),
    ),
    "EMAIL: max@kunde.example<mailto:max@kunde.example>\n\nTelefon: 0171 1": (
        ("email", "max@kunde.example"),
        ("phone", "0171 1"),
    ),
    "Hallo,\n\n*Name:* Max": (("name", "Max"),),
}


@pytest.mark.parametrize("text", SUPPLIED)
def test_supplied(text: str) -> None:
    """Missing lines are read by their labels; times become ISO 8601."""
    assert says(text, answers=UNREADABLE) == Supplied(WAITING, 3, values=SUPPLIED[text])


@pytest.mark.parametrize(
    "text",
    [
        "EMAIL: max",
        "DATUM: morgen",
        "DATUM: 28.11.2026",
        "DATUM: Sonntag, 28.11.2026 19:30",
        "DATUM: 29.3.2026 02:30",
        "UHRZEIT: 19:30",
        "Name: A\nName: B",
    ],
)
def test_supplied_unclear(text: str) -> None:
    """A missing line that cannot be read supplies nothing at all."""
    found = says(text, answers=UNREADABLE)
    assert isinstance(found, Doubted)
    assert found.why is Doubt.DETAIL


def test_other_answers() -> None:
    """`übernehmen`, a mended address and `hilfe` are answers to the mails that ask for them."""
    assert says("übernehmen", answers=UNREADABLE) == Accepted(WAITING, 3)
    assert says("2 übernehmen, danke", answers=SUSPICIOUS) == Accepted(NOTHING, 3, number=2)
    assert says("0 übernehmen", answers=SUSPICIOUS) == Accepted(NOTHING, 3, number=0)
    assert says("accept 3", answers=SUSPICIOUS) == Accepted(NOTHING, 3, number=3)
    assert type(says("1,2 übernehmen", answers=SUSPICIOUS)) is Doubted
    assert says("EMAIL: neu@kunde.example", answers=FAILED) == Readdressed(BROKEN, 3, email="neu@kunde.example")
    assert type(says("EMAIL: neu", answers=FAILED)) is Doubted
    assert type(says("EMAIL: neu@kunde.example", answers=REVIEW)) is Doubted
    assert says("Hilfe!") == HelpAsked(BOOKING, 3)


OURS_UNMARKED = "Neue Anfrage: was sagen Sie?\n\nName  Kim Kunde\n\n› ok · bestätigen\n› nein: Grund · ablehnen\n"
DONE_UNMARKED = "Ist erledigt.\n\nSo hat mailbot Sie verstanden: Freigegeben\n\n✓ Kim Kunde bekommt den Code.\n"


@pytest.mark.parametrize("ours", [OURS_UNMARKED, DONE_UNMARKED], ids=["review", "done"])
@pytest.mark.parametrize("word", ["nein:", "frage:", "storno:", "notiz:"])
def test_words_for_the_customer_are_never_taken_from_our_own_mail(word: str, ours: str) -> None:
    """Above our mail without any mark, an empty `nein:` has no reason: the person is asked back."""
    assert says(f"{word}\n\n{ours}") == Doubted(BOOKING, 3, why=Doubt.UNMARKED, said=word)
    assert says(f"{word}\nHalle gesperrt\n\n{ours}") == Doubted(BOOKING, 3, why=Doubt.UNMARKED, said=word)


def test_words_above_a_closing_formula_are_the_authors() -> None:
    """With a closing formula, or on the keyword's own line, it is clear whose words they are."""
    reason = Rejected(BOOKING, 3, reason="Halle gesperrt")
    assert says(f"nein:\nHalle gesperrt\n\nViele Grüße\nBüro\n\n{OURS_UNMARKED}") == reason
    said = says(f"nein: Halle gesperrt\n\n{OURS_UNMARKED}")
    assert isinstance(said, Rejected)
    assert said.reason == "Halle gesperrt"
    assert says("nein:\nHalle gesperrt") == reason


def test_our_own_mail_below_an_answer_is_no_afterthought() -> None:
    """Times that stand in our own unmarked mail take nothing back; the author's, on the next line, do."""
    ours = "Neue Anfrage\nTermin  Sa., 28.11.2026, 19:30–20:30 Uhr\n\n› ok · bestätigen\n"
    assert isinstance(says(f"ok\n\n{ours}"), Approved)
    assert says(f"ok\n20-21 Uhr\n\n{ours}") == Doubted(BOOKING, 3, why=Doubt.TWO_DECISIONS, said="ok / 20-21 Uhr")


@pytest.mark.parametrize("text", ["hilfe", "Hilfe?", "hilfe ?"])
def test_help_may_be_a_question(text: str) -> None:
    """Who asks for help with a question mark gets it: nothing is decided by it."""
    assert isinstance(says(text), HelpAsked)
