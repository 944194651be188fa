"""The only reader of YAML: text in, a tree of nodes out, each knowing its line and its key.

What a value means is not decided here. Everything stays text as it was written, so that `08:00` is no number and
`30.00` no float. Text that is no YAML at all raises StopError; smaller mistakes are collected beside the tree.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as YamlNode

from mailbot.config.mistakes import Mistake, broken_yaml, quoted
from mailbot.errors import EXIT_RULES_WRONG, StopError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET = re.compile(r"passw|token|secret|geheim|kennwort", re.IGNORECASE)
_TELLABLE_KEY = re.compile(r"[\w.@+ -]{1,40}")
_NOTHING = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Node:
    """A place in rules.yaml: `value` is text, None, a dict or a list of nodes. `line` counts from 1.

    `path` is the dotted key, list items counted from 1. `written` is the text before ${NAME} was filled in, None
    where it must not be told. `is_broken` marks a place whose mistake is already known.
    """

    value: "str | dict[str, Node] | list[Node] | None" = field(repr=False)
    line: int
    path: str
    written: str | None = field(default=None, repr=False)
    is_broken: bool = False

    def get(self, *keys: str) -> "Node | None":
        """Follow keys downwards; None where one of them is not there."""
        node: Node | None = self
        for key in keys:
            node = node.children.get(key) if node else None
        return node

    @property
    def children(self) -> "dict[str, Node]":
        """Give what stands below a mapping, else nothing."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> "list[Node]":
        """Give what stands in a list, else nothing."""
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str:
        """Give the text of a plain value, else an empty one."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def found(self) -> str:
        """Say what stands here, for a message; a secret is never told."""
        if isinstance(self.value, str):
            return f"found {quoted(self.written)}" if self.written is not None else "found a value that is kept secret"
        if self.value is None:
            return "found nothing"
        return "found a list" if isinstance(self.value, list) else "found keys"

    def wrong(self, expected: str) -> Mistake:
        """Make the mistake that something else was expected here."""
        return Mistake(self.line, self.path, f"{self.found}, expected {expected}")

    def below(self, key: str) -> "list[Node]":
        """Give the nodes of a mapping that stands under a key."""
        section = self.get(key)
        return list(section.children.values()) if section else []

    def plain(self) -> Any:
        """Give the values alone, as dicts, lists, texts and None."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


@dataclass(slots=True)
class _Reader:
    file: str
    env: Mapping[str, str] = field(repr=False)
    mistakes: list[Mistake] = field(default_factory=list)

    def node(self, yaml: YamlNode, path: str, line: int, above: tuple[int, ...] = ()) -> Node:
        """Turn one YAML node into ours; `line` is that of its key, `above` the nodes it lies in."""
        if id(yaml) in above:
            self.mistakes.append(Mistake(line, path, "found an alias of itself, expected a value"))
            return Node(None, line, path, is_broken=True)
        above = (*above, id(yaml))
        if isinstance(yaml, MappingNode):
            return Node(self._mapping(yaml, path, above), line, path)
        if isinstance(yaml, SequenceNode):
            rows = [self.node(y, f"{path}[{n}]", _line(y), above) for n, y in enumerate(yaml.value, 1)]
            return Node(rows, line, path)
        assert isinstance(yaml, ScalarNode)
        return self._text(yaml, path, line)

    def _mapping(self, yaml: MappingNode, path: str, above: tuple[int, ...]) -> dict[str, Node]:
        children: dict[str, Node] = {}
        for key, value in yaml.value:
            name = key.value if isinstance(key, ScalarNode) else ""
            here = f"{path}.{_tellable(name)}" if path else _tellable(name)
            if not name:
                self.mistakes.append(Mistake(_line(key), here, "found no plain word as a key, expected one"))
            elif name in children:
                what = f"found again, expected it once (first in line {children[name].line})"
                self.mistakes.append(Mistake(_line(key), here, what))
            else:
                children[name] = self.node(value, here, _line(key), above)
        return children

    def _text(self, yaml: ScalarNode, path: str, line: int) -> Node:
        written = yaml.value
        if yaml.style is None and written in _NOTHING:
            return Node(None, line, path)
        absent = sorted(name for name in set(_VARIABLE.findall(written)) if not self.env.get(name))
        for name in absent:
            what = f'found "${{{name}}}", expected {name} to be set in the environment'
            self.mistakes.append(Mistake(line, path, what))
        value = _VARIABLE.sub(lambda found: self.env.get(found[1], ""), written)
        tellable = None if _SECRET.search(path.rpartition(".")[2]) else written
        return Node(value, line, path, tellable, bool(absent))


def _line(yaml: YamlNode) -> int:
    return int(yaml.start_mark.line) + 1


def _tellable(key: str) -> str:
    """Give a key as it may stand in a message: `password:geheim`, written without a space, is a key to YAML."""
    return key if _TELLABLE_KEY.fullmatch(key) else "…"


def read(text: str, file: str, env: Mapping[str, str]) -> tuple[Node, list[Mistake]]:
    """Read YAML into a tree, with ${NAME} filled in from `env`, and give the mistakes found on the way.

    Raises StopError where the text is no YAML or no mapping at all.
    """
    try:
        yaml = YAML(typ="safe", pure=True).compose(text)
    # Both without their cause: it quotes the text around the mistake, and that may be a password.
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise broken_yaml(file, mark.line + 1 if mark else 1, error.problem or error.context or "") from None
    except (YAMLError, RecursionError):
        why = "control characters, or keys nested too deeply"
        raise StopError(f"{file} is no readable YAML: {why}", EXIT_RULES_WRONG) from None
    if not isinstance(yaml, MappingNode):
        raise StopError(f"{file}:1: found no keys, expected site:, mailbox:, smtp: and so on", EXIT_RULES_WRONG)
    reader = _Reader(file, env)
    root = reader.node(yaml, "", 1)
    return root, reader.mistakes
