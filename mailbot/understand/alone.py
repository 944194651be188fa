"""Commands that count without a token, in a mail of their own: `liste`, `hilfe`, `pause`, `weiter`, `ausgegeben CODE`.

They stand as the whole subject or as the whole first line (CONTRACT "Who may do what"). Knows nothing of who wrote
them. Never fails.
"""

from mailbot.model.day_events import Released
from mailbot.model.digest_events import Paused, Resumed
from mailbot.model.events import Event, HelpAsked
from mailbot.model.list_events import CodesAsked, ListAsked
from mailbot.model.mail import Matter, MatterKind
from mailbot.model.rules import Rules
from mailbot.understand import lists, releases
from mailbot.understand.phrases import Grammar, bare_phrase, is_courtesy

NOTHING = Matter(MatterKind.NONE)
ALONE = ("list", "help", "pause", "resume", "released")


def command(subject: str, said: str, rules: Rules) -> Event | None:
    """Give the command that stands in a subject, or else in the first line of what was written; None if in neither."""
    keyword = keyword_in(subject, rules) or keyword_in(said, rules)
    if keyword == "help":
        return HelpAsked(NOTHING, 0)
    if keyword == "released":
        return _released_in(subject, rules) or _released_in(said, rules) or Released(NOTHING, 0)
    if keyword == "list":
        return _list_in(subject, rules) or _list_in(said, rules) or ListAsked(NOTHING, 0)
    if keyword:
        return Paused(NOTHING, 0) if keyword == "pause" else Resumed(NOTHING, 0)
    return None


def keyword_in(line: str, rules: Rules) -> str | None:
    """Give the keyword of a command that is the whole line (`ausgegeben` with its booking code), else None."""
    grammar = Grammar.of(rules.replies)
    found = bare_phrase(line, grammar) if line else None
    if found is None or found.keyword not in ALONE or (found.has_colon and found.keyword != "released"):
        return None
    behind = found.rest.strip(" .!")
    is_coded = found.keyword == "released" and releases.code_of(found, grammar) is not None
    is_list = found.keyword == "list" and lists.alone(found, grammar) is not None
    return found.keyword if is_coded or is_list or is_courtesy(behind, grammar) else None


def _list_in(line: str, rules: Rules) -> ListAsked | CodesAsked | None:
    grammar = Grammar.of(rules.replies)
    found = bare_phrase(line, grammar) if line else None
    return lists.alone(found, grammar) if found and found.keyword == "list" else None


def _released_in(line: str, rules: Rules) -> Released | None:
    grammar = Grammar.of(rules.replies)
    found = bare_phrase(line, grammar) if line else None
    return releases.alone(found, grammar) if found and found.keyword == "released" else None
