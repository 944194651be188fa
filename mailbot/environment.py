"""Stand-ins for the secrets rules.yaml takes from the environment, for commands that talk to no real server."""

import contextlib
import os
import re
from collections.abc import Mapping
from pathlib import Path


def stand_in_env(rules_path: Path, value: str) -> Mapping[str, str]:
    """Give the environment with `value` for each ${NAME} of the rules file that is not set.

    A file that cannot be read names nothing: whoever loads it then says why.
    """
    text = ""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        text = rules_path.read_text(encoding="utf-8")
    given = {name: secret for name, secret in os.environ.items() if secret}
    return {**dict.fromkeys(re.findall(r"\$\{(\w+)\}", text), value), **given}
