"""HTML bodies as text: the only user of inscriptis and of the lxml it brings.

Knows what mail programs wrap around a quote and what a reader does not see; what the words mean is read elsewhere.
Every function gives None for HTML that is too large, too deep or too broken to read: a person looks.
"""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

import lxml.html  # type: ignore[import-untyped]  # the library ships no types
from inscriptis import Inscriptis  # type: ignore[import-untyped]  # the library ships no types
from inscriptis.css_profiles import CSS_PROFILES  # type: ignore[import-untyped]  # the library ships no types
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]  # the library ships no types
from lxml import etree

from mailbot.understand import styles
from mailbot.understand.speech import visible
from mailbot.understand.styles import Hidden

# inscriptis takes a second for 50,000 elements and recurses once a level.
MOST_CHARS, MOST_ELEMENTS, DEEPEST = 500_000, 30_000, 150
# libxml2 compares each attribute of a tag with all before it: 40,000 take 20 seconds.
MOST_ATTRIBUTES = 1000

# A tag as libxml2 reads it: a quote opens a value only behind `=`; each alternative takes what it matched for good.
_TAG = re.compile(r"""<[^\s<>!/?](?:=\s*"[^"]*"|=\s*'[^']*'|[^>])*+""")
_UNSEEN_TAGS = ("script", "style", "head", "title", "template", "noscript", "object", "svg", "select", "textarea")
_STRUCK_TAGS = ("s", "strike", "del")
_QUOTE_CLASSES = {
    "gmail_quote",
    "gmail_quote_container",
    "gmail_extra",
    "mail_android_quote",
    "moz-cite-prefix",
    "moz-forward-container",
    "moz-email-headers-table",
    "protonmail_quote",
    "tutanota_quote",
    "yahoo_quoted",
    "zmail_extra",
}
# Yahoo puts a prefix of its own before its class: `ydp1a2byahoo_quoted`.
_YAHOO = "yahoo_quoted"
_SIGNATURE_CLASSES = {
    "moz-signature",
    "gmail_signature",
    "gmail_signature_prefix",
    "k9mail-signature",
    "protonmail_signature_block",
    "signature",
    "io-ox-signature",
    "mb_sig",
    "bloop_sign",
}
_SPARK = "messageSignatureSection"
_SIGNATURE_IDS = (
    *("signature", "signature_old", "_rc_sig", "ms-outlook-mobile-signature", "composer_signature"),
    "ymail_android_signature",
)
# Outlook on the web marks only where the original begins: everything behind belongs to it.
_FROM_HERE_IDS = ("divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container", "x_divrplyfwdmsg")
_RULE_ABOVE = re.compile(r"border-top(-style)?:[^;]*solid")

# An element of lxml, which has no types.
Element: TypeAlias = Any


def authored_text(html: str) -> str | None:
    """Give what the author of a reply wrote and a reader sees: quotes by structure become a line `>`."""
    tree = _tree(html)
    if tree is None:
        return None
    _drop_unseen(tree)
    _each(tree, _is_signature, lambda element: _replace(element, ""))
    _cut_from_here(tree)
    _each(tree, _is_quote, lambda element: _replace(element, ">"))
    for element in tree.iter("p"):
        # Word writes every line as a paragraph of its own and sets no space between them.
        if "mso" in element.get("class", "").lower():
            element.tag = "div"
    for rule in tree.iter("hr"):
        # inscriptis writes nothing for a rule, and what stands above and below it runs into one line.
        rule.tag, rule.text = "p", "_" * 32
    _keep_blank_lines(tree)
    return _text(tree)


def notice_text(html: str) -> str | None:
    """Give a notice as text; `_` that Markdown turned into emphasis inside a word comes back (FIELD-NOTES)."""
    tree = _tree(html)
    if tree is None:
        return None
    _drop_unseen(tree)
    for tag, mark in (("em", "_"), ("i", "_"), ("strong", "__")):
        for element in list(tree.iter(tag)):
            if _stands_in_word(element):
                element.text = f"{mark}{element.text_content()}{mark}"
                element[:] = []
                element.drop_tag()
    return _text(tree)


def links(html: str) -> tuple[tuple[str, str], ...]:
    """Give the (href, text) pairs of what a reader could click, in order."""
    tree = _tree(html)
    if tree is None:
        return ()
    _drop_unseen(tree)
    return tuple((visible(a.get("href", "")).strip(), " ".join(a.text_content().split())) for a in tree.iter("a"))


def _tree(html: str) -> Element | None:
    if len(html) > MOST_CHARS or any(_is_overfull(tag[0]) for tag in _TAG.finditer(html)):
        return None
    html = visible(html) if html.strip() else "<p></p>"
    try:
        parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        tree = lxml.html.document_fromstring(html.encode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    return tree if _is_readable(tree) else None


def _is_overfull(tag: str) -> bool:
    return len(tag) > MOST_ATTRIBUTES and max(tag.count("="), len(tag.split())) > MOST_ATTRIBUTES


def _is_readable(tree: Element) -> bool:
    depth = count = 0
    for step, _ in etree.iterwalk(tree, events=("start", "end")):
        count += step == "start"
        depth += 1 if step == "start" else -1
        if depth > DEEPEST or count > MOST_ELEMENTS:
            return False
    return True


def _text(tree: Element) -> str:
    # The relaxed profile sets spaces around spans, which tears words apart.
    text = str(Inscriptis(tree, ParserConfig(css=CSS_PROFILES["strict"])).get_text())
    return visible("\n".join(line.strip() for line in text.split("\n")))


def _drop_unseen(tree: Element) -> None:
    hidden = styles.hidden("\n".join(sheet.text or "" for sheet in tree.iter("style")))
    _each(tree, lambda element: _is_unseen(element, hidden), lambda element: _replace(element, ""))


def _is_unseen(element: Element, hidden: Hidden) -> bool:
    is_marked = "hidden" in element.attrib or element.tag in _UNSEEN_TAGS or element.tag in _STRUCK_TAGS
    is_named = not hidden.classes.isdisjoint(_classes(element)) or element.get("id", "").lower() in hidden.ids
    return is_marked or is_named or styles.HIDDEN.search(_style(element)) is not None


def _is_quote(element: Element) -> bool:
    is_named = element.tag == "div" and element.get("name", "").lower() == "quote"
    classes = _classes(element)
    is_classed = not _QUOTE_CLASSES.isdisjoint(classes) or any(name.endswith(_YAHOO) for name in classes)
    return element.tag == "blockquote" or is_named or is_classed


def _is_signature(element: Element) -> bool:
    is_named = element.get("id", "").lower() in _SIGNATURE_IDS or element.get("name") == _SPARK
    return is_named or not _SIGNATURE_CLASSES.isdisjoint(_classes(element))


def _starts_original(element: Element) -> bool:
    is_ruled = element.tag == "div" and _RULE_ABOVE.search(_style(element)) is not None
    return is_ruled or element.get("id", "").lower() in _FROM_HERE_IDS


def _classes(element: Element) -> list[str]:
    return list(element.get("class", "").lower().split())


def _style(element: Element) -> str:
    style = element.get("style")
    return styles.squeezed(style) if style else ""


def _each(tree: Element, is_meant: Callable[[Element], bool], do: Callable[[Element], None]) -> None:
    for element in [element for element in tree.iter() if is_meant(element)]:
        if element.getparent() is not None:
            do(element)


def _cut_from_here(tree: Element) -> None:
    """Drop the first element that starts the original, and everything behind it in the document."""
    start = next((element for element in tree.iter() if _starts_original(element)), None)
    while start is not None and start.getparent() is not None:
        parent = start.getparent()
        for behind in list(start.itersiblings()):
            parent.remove(behind)
        start.tail = None
        if _starts_original(start):
            start.clear()
        start = parent


def _replace(element: Element, text: str) -> None:
    """Put a paragraph of its own with `text` (none for "") where the element stood, and keep what follows it."""
    element.tail, tail = None, element.tail
    if text:
        mark = etree.Element("p")
        mark.text, mark.tail = text, tail
        element.getparent().replace(element, mark)
        return
    before = element.getprevious()
    parent = element.getparent()
    if before is not None:
        before.tail = (before.tail or "") + (tail or "")
    else:
        parent.text = (parent.text or "") + (tail or "")
    parent.remove(element)


def _keep_blank_lines(tree: Element) -> None:
    """Write a line break where a line holds only a no-break space: else a note would run on from the reason above."""
    for element in list(tree.iter()):
        if not len(element) and "\u00a0" in (element.text or "") and not element.text.strip() and _is_line(element):
            element.text = None
            element.append(etree.Element("br"))


def _is_line(element: Element) -> bool:
    """Tell whether an element and nothing else fills a paragraph."""
    while element.tag not in ("p", "div"):
        parent, is_only = element.getparent(), element.getprevious() is None and element.getnext() is None
        if parent is None or not is_only or (parent.text or "").strip() or (element.tail or "").strip():
            return False
        element = parent
    return True


def _stands_in_word(element: Element) -> bool:
    before, parent = element.getprevious(), element.getparent()
    left = before.tail if before is not None else parent.text if parent is not None else ""
    return (left or " ")[-1:].isalnum() and (element.tail or " ")[:1].isalnum()
