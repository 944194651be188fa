"""What a letter's own style sheets hide: the classes and ids of rules that take their elements out of sight.

Reads only plain `.name` and `#name` selectors outside `@` rules, which hide on every screen; whatever is finer stays
seen, and the text version decides with it. Never fails; reads a bounded piece in time that grows with its length.
"""

import re
from typing import NamedTuple

MOST_CSS = 100_000
# Text no reader sees, in a style with its white space taken out; struck-out words are unsaid.
HIDDEN = re.compile(
    r"display:none|visibility:(hidden|collapse)|mso-hide:all|opacity:0(\.0*)?(;|!|$)"
    r"|font-size:0(\.0*)?(px|pt|em|%)?(;|!|$)|text-decoration[a-z-]{0,12}:[^;]{0,80}line-through"
    r"|(^|;)(max-)?(height|width):0(px|pt|em|%)?(;|!|$)"
)
_COMMENT = re.compile(r"/\*.*?(?:\*/|$)|<!--|-->", re.DOTALL)
_NAME = re.compile(r"[a-z0-9]*([.#])([\w-]+)")


class Hidden(NamedTuple):
    """Names, in lower case, whose elements are out of sight."""

    classes: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()


def squeezed(style: str) -> str:
    """Give a style in lower case without white space, as HIDDEN reads it."""
    return "".join(style.lower().split())


def hidden(css: str) -> Hidden:
    """Read which classes and ids a style sheet hides."""
    names: dict[str, set[str]] = {".": set(), "#": set()}
    for rule in _without_at_rules(_COMMENT.sub(" ", css[:MOST_CSS].lower())).split("}"):
        selectors, _, body = rule.partition("{")
        if HIDDEN.search(squeezed(body)) is None:
            continue
        for found in map(_NAME.fullmatch, (selector.strip() for selector in selectors.split(","))):
            if found:
                names[found[1]].add(found[2])
    return Hidden(frozenset(names["."]), frozenset(names["#"]))


def _without_at_rules(css: str) -> str:
    """Leave out `@media … { … }` and its like: they hide on some screens, and nobody knows which one was looked at."""
    kept, at, depth, is_inside = [], 0, 0, False
    for mark in re.finditer(r"[@{};]", css):
        if mark[0] == "@" and depth == 0 and not is_inside:
            kept.append(css[at : mark.start()])
            is_inside = True
        elif mark[0] == "{":
            depth += 1
        elif mark[0] == "}":
            depth = max(0, depth - 1)
        if is_inside and depth == 0 and mark[0] in "};":
            is_inside, at = False, mark.end()
    return "".join([*kept, "" if is_inside else css[at:]])
