"""Who wrote a letter, and what proves it: the one regular From, and the Authentication-Results we believe.

Only the topmost such header with our authserv-id counts (RFC 8601 section 5), only about exactly this From. Knows no
role and no token; whoever asks brings the listed address. Never raises: what is irregular or unclear proves nothing.
"""

import re
from dataclasses import dataclass

from mailbot.model.letter import Head, Letter
from mailbot.model.rules import Proof, Rules, Trust
from mailbot.understand.authres import Checked, Result, read
from mailbot.understand.speech import is_address

LONGEST, MOST_NOTED = 2000, 10
# An address in From: a name in front may hold no character that another reader could take for an address.
_NAMED = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^"<>@:;\\])*<([^<>\s]*)>')
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ADDRESSES = re.compile(r"[^\s<>()\[\],;:\"@]{1,64}@[^\s<>()\[\],;:\"@]{1,253}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the believed header proves about an address; `said` explains it to the office, in German.

    `noted` are its verdicts as `dmarc=fail`, None where there is no such header or no regular From.
    """

    dmarc: bool
    dkim: bool
    said: str
    noted: tuple[str, ...] | None = None


def sender(letter: Head | Letter) -> str | None:
    """Give the address of the one regular From, lower case; None where there is none that every reader agrees on."""
    froms = _froms(letter)
    if len(froms) != 1 or froms[0][0].lower() != "from":
        return None
    value = froms[0][1].strip()
    if len(value) > LONGEST:
        return None
    named = _NAMED.fullmatch(value)
    address = named[1] if named else value
    return address.lower() if is_address(address) else None


def claims(letter: Head | Letter, rules: Rules) -> str:
    """Give the listed address (person or source) that a letter claims to come from, regularly or not; "" for none."""
    address = sender(letter)
    if address is not None:
        return address if _is_listed(address, rules) else ""
    seen = (found.lower() for _, value in _froms(letter) for found in _ADDRESSES.findall(_QUOTED.sub(" ", value)))
    return next((address for address in seen if _is_listed(address, rules)), "")


def evidence(letter: Letter, rules: Rules, address: str) -> Evidence:
    """Tell what the believed Authentication-Results prove about `address`, the letter's From."""
    if sender(letter) != address.lower():
        return Evidence(dmarc=False, dkim=False, said="Die Absenderzeile ist nicht eindeutig lesbar.")
    believed = _believed(letter, rules.trust)
    if believed is None:
        return Evidence(dmarc=False, dkim=False, said="Unser Mailserver hat keinen Prüfvermerk dazu geschrieben.")
    domain = _domain(address.lower())
    dmarc = _has_dmarc(believed, domain)
    dkim = any(_is_aligned(result, domain) for result in _of(believed, "dkim"))
    noted = _noted(believed)
    told = ", ".join(noted)[:200] or "nichts über den Absender"
    return Evidence(dmarc, dkim, f"Unser Mailserver vermerkt: {told}.", noted)


def is_proven(letter: Letter, proof: Proof, rules: Rules) -> bool:
    """Tell whether a letter passed dmarc, dkim, or (where the token is asked for, which is not seen here) either."""
    address = sender(letter)
    if address is None:
        return False
    found = evidence(letter, rules, address)
    if proof is Proof.DMARC:
        return found.dmarc
    if proof is Proof.DKIM:
        return found.dkim
    return found.dmarc or found.dkim


def _froms(letter: Head | Letter) -> list[tuple[str, str]]:
    # `From :` counts too: Python reads on, other programs take it for a From (FIELD-NOTES).
    return [(name, value) for name, value in letter.headers if name.strip().lower() == "from"]


def _is_listed(address: str, rules: Rules) -> bool:
    return rules.person_of(address) is not None or rules.source_of(address) is not None


def _believed(letter: Letter, trust: Trust) -> Checked | None:
    """Give the topmost header that counts as our server's; what stands below it is never looked at."""
    for value in letter.all("Authentication-Results"):
        checked = read(value)
        if checked is None:
            continue
        if checked.authserv_id == trust.authserv_id.lower() or (trust.without_id and not checked.authserv_id):
            return checked
    return None


def _of(checked: Checked, method: str) -> list[Result]:
    return [result for result in checked.results if result.method == method]


def _has_dmarc(checked: Checked, domain: str) -> bool:
    verdicts = _of(checked, "dmarc")
    return bool(verdicts) and all(v.result == "pass" and _domain(v.get("header.from")) == domain for v in verdicts)


def _is_aligned(result: Result, domain: str) -> bool:
    signer = _domain(result.get("header.d") or result.get("header.i"))
    is_parent = signer.count(".") > 0 and domain.endswith("." + signer)
    return result.result == "pass" and bool(signer) and (signer == domain or is_parent)


def _domain(value: str) -> str:
    """Give the domain as DNS writes it: some servers note header.from in Unicode (RFC 8616), From is ASCII.

    Nothing is folded on the way: what only looks alike stays another domain.
    """
    labels = value.rpartition("@")[2].split(".")
    return ".".join(x if x.isascii() else "xn--" + x.encode("punycode").decode("ascii") for x in labels)


def _noted(checked: Checked) -> tuple[str, ...]:
    noted = [f"{r.method}={r.result}" for r in checked.results if r.method in ("dmarc", "dkim", "spf")]
    return tuple(re.sub(r"[^\w=.-]", "", one)[:40] for one in noted[:MOST_NOTED])
