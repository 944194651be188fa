"""How words are compared: the words of rules.yaml and what people write are folded the same way.

Only for comparing. What is shown to people stays as they wrote it. In which spellings and behind which courtesy an
answer is still one stands here too: the reader of answers takes them, so our own mails must mark them.
"""

import unicodedata

# What people set before an answer on the same line, and what goes with a refusal alone; regular expressions.
COURTESY_BEFORE = r"(?:bitte|please|hallo|hi|hey|hello|moin(?: moin)?|servus|guten (?:tag|morgen|abend))"
REGRET_BEFORE = "leider"
# One word in several spellings: whoever may say `ok` may write `Okay` and `o.k.`.
_SPELLINGS = {"ok": ("okay", "o.k", "o.k.", "o. k", "o. k.", "o k"), "mail": ("e-mail", "email")}
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def folded(text: str) -> str:
    """Fold a text for comparing: NFKC, no invisible characters, lower case, ae/oe/ue/ss, single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    seen = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    # Casefolding may take letters apart again, so they are composed once more before the umlauts are spelled out.
    low = unicodedata.normalize("NFKC", seen.casefold()).translate(_UMLAUTS)
    return " ".join(low.split())


def spellings(word: str) -> list[str]:
    """Give the other spellings of a folded word or of one in it: `ohne e-mail` is `ohne mail`."""
    parts = word.split(" ")
    return [
        " ".join([*parts[:at], other, *parts[at + 1 :]])
        for at, part in enumerate(parts)
        for other in _SPELLINGS.get(part, ())
    ]
