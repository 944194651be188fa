"""Holds the tree of rules.yaml against its shape, and tells what pydantic found wrong in our own words."""

from difflib import get_close_matches
from typing import Annotated, Any, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mailbot.config.leaves import Leaf
from mailbot.config.mistakes import Mistake
from mailbot.config.shape import Section
from mailbot.config.tree import Node
from mailbot.config.whole import RulesShape

_CONTAINERS = {
    "list_type": "a list",
    "too_short": "at least one",
    "dict_type": "keys below it",
    "model_type": "keys below it",
    "model_attributes_type": "keys below it",
}


def judged(root: Node) -> tuple[RulesShape | None, list[Mistake]]:
    """Give the values of the tree, or None and every mistake of form."""
    try:
        return RulesShape.model_validate(root.plain()), []
    except ValidationError as error:
        found = [_mistake(root, details) for details in error.errors(include_url=False)]
        return None, [mistake for mistake in found if mistake]


def _mistake(root: Node, details: ErrorDetails) -> Mistake | None:
    kind, loc = details["type"], details["loc"]
    if kind == "missing":
        node = _at(root, loc[:-1])
        path = f"{node.path}.{loc[-1]}" if node.path else str(loc[-1])
        return Mistake(node.line, path, f"missing, expected {_wanted(_section(loc[:-1]), str(loc[-1]))}")
    if loc and loc[-1] == "[key]":
        node = _at(root, loc[:-1])
        return Mistake(node.line, node.path, f"unknown key, expected {_said(details)}")
    node = _at(root, loc)
    if node.is_broken:
        return None
    if kind == "extra_forbidden":
        return Mistake(node.line, node.path, f"unknown key, expected {_known(_section(loc[:-1]), loc)}")
    if kind in _CONTAINERS:
        # A text where keys or a list should be is not quoted: it may be a whole section with its password.
        found = "found a text" if node.text else node.found if node.items or node.value is None else "found none"
        return Mistake(node.line, node.path, f"{found}, expected {_CONTAINERS[kind]}")
    return Mistake(node.line, node.path, f"{node.found}, expected {_said(details)}")


def _said(details: ErrorDetails) -> str:
    error = details.get("ctx", {}).get("error")
    return str(error) if error else details["msg"]


def _at(root: Node, loc: tuple[int | str, ...]) -> Node:
    node = root
    for step in loc:
        node = node.items[step] if isinstance(step, int) else node.children[step]
    return node


def _section(loc: tuple[int | str, ...]) -> type[Section]:
    kind: Any = RulesShape
    for step in loc:
        if get_origin(kind) is dict:
            kind = get_args(kind)[1]
        elif get_origin(kind) is list:
            kind = get_args(kind)[0]
        else:
            kind = _fields(kind)[str(step)].annotation
        kind = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    section: type[Section] = kind
    return section


def _fields(section: type[Section]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in section.model_fields.items()}


def _known(section: type[Section], loc: tuple[int | str, ...]) -> str:
    if section.__name__ == "SourceShape" and loc[-1] == "trust":
        return "none: sources always need dmarc or dkim"
    known = list(_fields(section))
    close = get_close_matches(str(loc[-1]), known, 1)
    return f'"{close[0]}"' if close else f"one of {', '.join(known)}"


def _wanted(section: type[Section], key: str) -> str:
    field = _fields(section)[key]
    leaf = next((about for about in field.metadata if isinstance(about, Leaf)), None)
    if leaf:
        return leaf.expected
    return "a list" if get_origin(field.annotation) is list else "this section"
