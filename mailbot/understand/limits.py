"""Words that limit an answer, take it back or put it off: with them a line decides nothing.

Closed lists, German and English, of what careful people write when they are not sure. A word too many here costs a
question back; a word too few opens a door, or tells a customer a `reason` that is none. Never fails.
"""

import re

from mailbot.understand.speech import fold

# `no problem`, `nein, kein Einwand` agree; with these a bare line is no clear rejection either way.
_HEDGES = re.compile(
    r"\b(aber|doch|jedoch|allerdings|sondern|nicht|nix|kein\w*|nur|ausser|falls|sofern|vielleicht|evtl|eventuell|oder|but"
    r"|not|only|maybe|unless|except|however|problem\w*|worries|einwand|einwaende|bedenken|objections?|sorge\w*)\b"
)
_STARTS_BUT = re.compile(
    r"(aber|jedoch|allerdings|sondern|ausser|oder|falls|sofern|doch nicht|nur wenn|but|unless|except|or)\b"
)
_GOES_BACK = re.compile(
    r"[( ]*(?:(?:achtung|bitte|please):? )?(?:aber|wenn|sobald|solange|erst|vorausgesetzt|vorbehalt\w*|nur bis"
    r"|unter (?:der|einer) (?:bedingung|voraussetzung)|lieber(?! gruss)|besser nicht"
    r"|doch (?:lieber|erst|kein\w*)|warte[nt]?|abwarten"
    r"|moment|halt|stopp?|kommando zurueck|korrektur|irrtum|versehen|falscher? (?:termin|kunde|mail)|ich mein\w*"
    r"|if|once|wait|as soon as|provided)\b"
)
_REFUSES = re.compile("[👎❌🚫🛑]")
_ONLY_ASKS = re.compile(r"[?!.( )]*\?[?!.( )]*")
# `nein, gerne` and `nein, alles klar` agree, though the same words are courtesy behind `ok`.
_GLAD = re.compile(r"\b(gerne?|super|prima|alles klar)\b")
_AGREES = re.compile("[👍👌✅✔☑🤝👏]")
# `nein, lieber 20 Uhr` wants other times, `nein, stimmt so` agrees, `storno, falls es regnet` waits: none is a reason.
_NO_REASON = re.compile(
    r"\b(gern\w*|gut|ordnung|stimmt|einverstanden|ruhig|egal|bleibt? so|so bleiben|klar|nichts (?:dagegen|zu)"
    r"|meinetwegen|ungern|von mir aus|lieber|besser|stattdessen|eher|wenn|sobald|ob|wuerde\w*|koennte\w*|erst ?mal"
    r"|abwarten|warte[nt]?|moment|spaeter|zurueck\w*|hinfaellig|erledigt|versehen\w*|irrtum|irrtuemlich\w*|vom tisch"
    r"|wieso|weshalb|wann|wer|ich|bestaetigen|freigeben|genehmigen|fine|rather|instead|if|when|later|wait|why|who|mistake"
    r"|confirm)\b"
    r"|^erst\b|\bnichts$|^(?:heute|morgen|gleich|bald|jetzt|today|tomorrow|soon)[.!]*$"
)


def hedges(text: str) -> bool:
    """Tell whether a text takes back or limits what it says."""
    return _HEDGES.search(fold(text)) is not None


def starts_with_but(line: str) -> bool:
    """Tell whether a line goes on with a limit to what the line above said."""
    return _STARTS_BUT.match(fold(line)) is not None


def goes_back(line: str) -> bool:
    """Tell whether a line below an answer puts it off, takes it back, or does nothing but ask."""
    low = fold(line)
    is_back = _GOES_BACK.match(low) is not None or _REFUSES.search(line) is not None
    return is_back or _ONLY_ASKS.fullmatch(low) is not None


def is_glad(text: str) -> bool:
    """Tell whether courtesy sounds like agreement, which beside a `nein` is no clear rejection."""
    return _GLAD.search(fold(text)) is not None


def nods(line: str) -> bool:
    """Tell whether a line holds a sign of agreement; beside a bare `nein` nobody knows which of them is meant."""
    return _AGREES.search(line) is not None


def may_be_reason(text: str) -> bool:
    """Tell whether a text without question mark can be a reason: it neither limits, nor agrees, nor puts off."""
    low = fold(text)
    return "?" not in low and not hedges(low) and _NO_REASON.search(low) is None
