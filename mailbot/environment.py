"""Stand-ins for the secrets rules.yaml takes from the environment, for commands that talk to no real server."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from mailbot.errors import EXIT_RULES_WRONG, StopError


def stand_in_env(rules_path: Path, value: str) -> Mapping[str, str]:
    """Give the environment with `value` for each ${NAME} of the rules file that is not set. Raises StopError (78)."""
    try:
        text = rules_path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StopError(f"{rules_path}: cannot be read, expected the rules file in UTF-8", EXIT_RULES_WRONG) from error
    given = {name: secret for name, secret in os.environ.items() if secret}
    return {**dict.fromkeys(re.findall(r"\$\{(\w+)\}", text), value), **given}
