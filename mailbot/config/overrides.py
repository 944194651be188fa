"""What a resource says of its own (door codes, prices, payment, short notice) laid over the top level, as written.

Key by key for mappings; a list replaces the list. Each part keeps the line and key it was written under.
"""

from dataclasses import replace

from mailbot.config.tree import Node

OVERRIDABLE = ("door_codes", "prices", "payment", "short_notice")
# Ways of saying the same: a resource that uses one of them does not inherit the others.
_VAT = ("vat_percent", "vat")


def with_overrides(root: Node) -> Node:
    """Give the tree with every resource complete: what it does not say itself, it has from the top level."""
    resources = root.get("resources")
    if resources is None or not resources.children:
        return root
    whole = {key: _complete(root, node) for key, node in resources.children.items()}
    return replace(root, value={**root.children, "resources": replace(resources, value=whole)})


def _complete(root: Node, resource: Node) -> Node:
    if not isinstance(resource.value, dict):
        return resource
    parts = {key: _laid(root.children.get(key), resource.children.get(key)) for key in OVERRIDABLE}
    return replace(resource, value={**resource.children, **{key: node for key, node in parts.items() if node}})


def _laid(top: Node | None, own: Node | None) -> Node | None:
    if top is None or own is None:
        return own or top
    if own.value is None:
        return top
    if not isinstance(top.value, dict) or not isinstance(own.value, dict):
        return own
    inherited = {key: node for key, node in top.value.items() if not _is_said_otherwise(key, own.value)}
    laid = {key: _laid(inherited.get(key), node) or node for key, node in own.value.items()}
    return replace(own, value={**inherited, **laid})


def _is_said_otherwise(key: str, own: dict[str, Node]) -> bool:
    return key in _VAT and any(other in own for other in _VAT if other != key)
