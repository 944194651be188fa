"""The least rules file there can be, how a test changes it, and how it is read."""

from collections.abc import Mapping
from pathlib import Path

from mailbot import config
from mailbot.model.rules import Rules

ENV = {"MAILBOT_IMAP_PASSWORD": "imap-s3cret", "MAILBOT_SMTP_PASSWORD": "smtp-s3cret"}
HERE = Path(__file__).resolve().parent / "config"
SMALL = (HERE / "small.yaml").read_text(encoding="utf-8")


def changed(*changes: tuple[str, str]) -> str:
    """Give the small file with each old text, which must be there, put into new words."""
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def load(folder: Path, text: str, env: Mapping[str, str] = ENV) -> Rules:
    """Read rules from a file in this folder. Raises StopError."""
    path = folder / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return config.load(path, env)
