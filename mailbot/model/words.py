"""How words are compared: the words of rules.yaml and what people write are folded the same way.

Only for comparing. What is shown to people stays as they wrote it.
"""

import unicodedata

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def folded(text: str) -> str:
    """Fold a text for comparing: NFKC, no invisible characters, lower case, ae/oe/ue/ss, single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    seen = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    # Casefolding may take letters apart again, so they are composed once more before the umlauts are spelled out.
    low = unicodedata.normalize("NFKC", seen.casefold()).translate(_UMLAUTS)
    return " ".join(low.split())
