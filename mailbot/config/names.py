"""What rules.yaml names must exist there, and what may stand only once stands once: people, addresses, words.

Each check reads the tree as written and says nothing of places whose form is wrong: those are told by judge.py. So
that all mistakes are told at once, no check relies on another.
"""

from collections.abc import Callable, Iterable, Iterator

from mailbot.config.mistakes import Mistake
from mailbot.config.tree import Node
from mailbot.model.words import folded


def _people_of_resources(root: Node) -> Iterator[Mistake]:
    for resource in root.below("resources"):
        desks = [resource.get("desk")]
        subscribers = resource.get("subscribers")
        lists = [resource.get("door_codes", "list", "to")]
        yield from _of_role(root, [resource.get("reviewer")], "reviewer")
        yield from _of_role(root, desks, "desk")
        yield from _of_role(root, subscribers.items if subscribers else [], "subscriber")
        yield from _of_role(root, lists, "desk", "reviewer")


def _of_role(root: Node, named: Iterable[Node | None], *roles: str) -> Iterator[Mistake]:
    people = root.get("people")
    listed = people.children if people else {}
    fitting = [key for key, person in listed.items() if (person.get("role") or person).text in roles]
    for node in named:
        if node and node.text and node.text not in fitting:
            choice = f" ({', '.join(fitting)})" if fitting else ""
            yield node.wrong(f"a person of the role {' or '.join(roles)}{choice}")


def _resources_of_sources(root: Node) -> Iterator[Mistake]:
    resources = root.get("resources")
    known = list(resources.children) if resources else []
    for source in root.below("sources"):
        node = source.get("resource")
        if node and node.text and node.text not in known:
            yield node.wrong(f"one of the resources ({', '.join(known)})")


def once(nodes: Iterable[Node], what: str) -> Iterator[Mistake]:
    """Yield a mistake for each text that stood there before, however it is spelled."""
    first: dict[str, Node] = {}
    for node in nodes:
        if node.text:
            before = first.setdefault(folded(node.text), node)
            if before is not node:
                yield node.wrong(f"{what} (it stands in line {before.line} too)")


def _addresses(root: Node) -> Iterator[Mistake]:
    emails = [e for p in root.below("people") for e in (p.get("emails") or p).items]
    yield from once(emails, "each address for one person only")
    senders = [e for s in root.below("sources") for e in (s.get("senders") or s).items]
    yield from once(senders, "each sender for one source only")


def _words(root: Node) -> Iterator[Mistake]:
    yield from _apart(root.get("replies"), "each word under one keyword only")
    for source in root.below("sources"):
        yield from _apart(source.get("labels"), "each label for one field only")
        yield from _apart(source.get("subjects"), "each word for one kind of subject only")


def _apart(section: Node | None, what: str) -> Iterator[Mistake]:
    # Twice under the same key does no harm.
    first: dict[str, tuple[str, Node]] = {}
    for key, words in section.children.items() if section else ():
        for node in words.items:
            owner, before = first.setdefault(folded(node.text), (key, node))
            if node.text and owner != key:
                yield node.wrong(f"{what} (it stands under {owner}, line {before.line}, too)")


NAME_CHECKS: tuple[Callable[[Node], Iterator[Mistake]], ...] = (
    _people_of_resources,
    _resources_of_sources,
    _addresses,
    _words,
)
