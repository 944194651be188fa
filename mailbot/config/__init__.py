"""rules.yaml and the environment in, frozen Rules out. The home of pydantic, ruamel.yaml and schwifty.

    text → tree (lines) → overrides → judge (form, by shape), names and settings (fit) → build → Rules

Nothing is decided about bookings here, and nobody else reads rules.yaml. Fails with one StopError (exit 78) that tells
every mistake at once, each with file, line, key, what was found and what was expected; never a secret.
"""

from collections.abc import Mapping
from pathlib import Path

from mailbot.config import tree
from mailbot.config.build import built
from mailbot.config.judge import judged
from mailbot.config.mistakes import all_at_once
from mailbot.config.names import NAME_CHECKS
from mailbot.config.overrides import with_overrides
from mailbot.config.settings import SETTING_CHECKS
from mailbot.config.values import is_loopback
from mailbot.errors import EXIT_RULES_WRONG, StopError
from mailbot.model.rules import Rules

__all__ = ["is_loopback", "load"]


def load(path: Path, env: Mapping[str, str]) -> Rules:
    """Read the office's rules, secrets from `env`. Raises StopError with every mistake, one line each."""
    root, mistakes = tree.read(_text(path), str(path), env)
    root = with_overrides(root)
    shape, wrong = judged(root)
    mistakes = [*mistakes, *wrong, *(mistake for check in (*NAME_CHECKS, *SETTING_CHECKS) for mistake in check(root))]
    if mistakes or shape is None:
        raise all_at_once(str(path), mistakes)
    return built(shape)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        why = error.strerror or "not readable"
        raise StopError(f"{path} cannot be read ({why}), expected the office's rules file", EXIT_RULES_WRONG) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        # Without its cause, which carries the whole file and its secrets.
        raise StopError(f"{path}:{line}: not UTF-8, expected a text file saved as UTF-8", EXIT_RULES_WRONG) from None
