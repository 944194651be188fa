"""Which lines are the author's: quotes, signatures and our own mails' lines are not, whatever hides their marks."""

import pytest

from mailbot.understand.quotes import authored

CASES: dict[str, tuple[str, ...]] = {
    "Danke\n\nAlles gut": ("Danke", "", "Alles gut"),
    "> OK": (),
    # What hides a quote's mark does not make a line the author's.
    "\u200b> OK": (),
    "\ufeff\u202e> OK": (),
    "\u3164> OK": (),
    "  > OK": (),
    "＞ OK": (),
    "> x\u2028OK": (),
    "> x\vOK": (),
    # A mail program broke the quoted line: its rest is no answer, the paragraph behind is.
    "> ein langer Satz mit\nok": (),
    "> ein langer Satz mit\nok\n\nja": ("ja",),
    # Where a line of ours stands unquoted, everything from there on is the original.
    "Danke\n| fremd\nOK": ("Danke",),
    "Danke\n›\u00a0ok\u00a0·\u00a0freigeben\nOK": ("Danke",),
    "\u200b| fremd\nOK": (),
    "ja\nVon: 18:00\nBis: 19:00 Uhr": ("ja", "Von: 18:00", "Bis: 19:00 Uhr"),
    "ja\nVon: 18:00 Uhr\nAn: alle\nBetreff: Zeit": ("ja", "Von: 18:00 Uhr", "An: alle", "Betreff: Zeit"),
    "ja\nVon: Max\nAn: Büro\nBetreff: Zeit\nOK": ("ja",),
    "ja\nVon: Max Gesendet: heute An: Büro\nOK": ("ja",),
    "Am Dienstag passt es.": ("Am Dienstag passt es.",),
    "ja\n\nAnfang der weitergeleiteten Nachricht:\nOK": ("ja",),
    "ja\nGesendet mit der GMX Mail App\nOK": ("ja",),
    "ja\n-- \nOK": ("ja",),
    "ja\n\n[Original Message processed by David.fx]\n\nOK": ("ja",),
    # The Bat! marks by initials, Horde says whom it quotes without saying when.
    "SK> OK\nSK> nein\n\nja": ("ja",),
    "Zitat von S <b@s.example>:\n\n> OK\n\nja": ("ja",),
    "Zitat von Goethe: Mehr Licht": ("Zitat von Goethe: Mehr Licht",),
}


@pytest.mark.parametrize("text", CASES)
def test_authored(text: str) -> None:
    """Only the author's own lines are left."""
    assert authored(text) == CASES[text]
