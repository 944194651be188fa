"""config: every mistake in rules.yaml is told at once, each in its place, and no message holds a secret."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from config_story import ENV, HERE, SMALL, changed, load

from mailbot import config
from mailbot.errors import EXIT_RULES_WRONG, StopError
from mailbot.model.rules import Security


def mistakes(tmp_path: Path, text: str, env: Mapping[str, str] = ENV) -> list[str]:
    with pytest.raises(StopError) as stopped:
        load(tmp_path, text, env)
    assert stopped.value.exit_code == EXIT_RULES_WRONG
    return str(stopped.value).replace(str(tmp_path) + "/", "").splitlines()


def table() -> list[list[str]]:
    paragraphs = (HERE / "mistakes.txt").read_text(encoding="utf-8").split("\n\n")[1:]
    return [[line.replace("⏎", "\n").replace("∅", "") for line in row.strip("\n").split("\n")] for row in paragraphs]


@pytest.mark.parametrize(("old", "new", "expected"), table())
def test_one_mistake_is_told_with_line_key_found_and_expected(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    """A wrong value is one line: file, line, key, what was found, what was expected."""
    (told,) = mistakes(tmp_path, changed((old, new)))
    assert told.startswith(f"rules.yaml:{expected}")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Mistakes of form and of fit come together, in the order of the file."""
    text = changed(
        ("role: reviewer", "role: chef"), ("per_hour: 45.00", "per_hour: x"), ("resource: halle", "resource: x")
    )
    assert [line.partition(": found")[0] for line in mistakes(tmp_path, text, {})] == [
        "rules.yaml:6: mailbox.password",
        "rules.yaml:14: people.office.role",
        "rules.yaml:22: resources.halle.reviewer",
        "rules.yaml:24: resources.halle.prices[1].per_hour",
        "rules.yaml:27: sources.web.resource",
    ]


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    """A ${NAME} without a value in the environment is a mistake of its own."""
    expected = (
        'rules.yaml:6: mailbox.password: found "${MAILBOT_IMAP_PASSWORD}", expected MAILBOT_IMAP_PASSWORD to be set'
    )
    for env in ({}, {"MAILBOT_IMAP_PASSWORD": ""}):
        (line,) = mistakes(tmp_path, SMALL, env)
        assert line.startswith(expected)


@pytest.mark.parametrize(
    "written",
    [
        "password: [s3cret]",
        "password: {a: s3cret}",
        "password: *s3cret",
        'password: "s3cret\\n"',
        "pasword: s3cret",
        "password: ok\n  port: ${S3}",
        "password: ok\n  oauth: {user: u, token_command: [s3cret]}",
        "password: ok\n  password: s3cret",
        "password: 's3cret",
        "oauth: {password:s3cret}",
    ],
)
def test_a_secret_is_never_told(tmp_path: Path, written: str) -> None:
    """Whatever is wrong around a password, the message does not hold it."""
    text = changed(("password: ${MAILBOT_IMAP_PASSWORD}", written))
    assert "s3cret" not in "\n".join(mistakes(tmp_path, text, {"S3": "s3cret"}))


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "rules.yaml:1: found no keys, expected site:"),
        (b"- a\n", "rules.yaml:1: found no keys, expected site:"),
        (b"a: 1\nb: [\n", "rules.yaml:3: the file is no YAML from here on"),
        (b"a:\n\tb: 1\n", "rules.yaml:2: the file is no YAML from here on (a tab, expected spaces)"),
        (b"a: 1\nb: \xe4\n", "rules.yaml:2: not UTF-8"),
        (b"a: \x00", "rules.yaml is no readable YAML"),
        (b"[" * 5000, "rules.yaml is no readable YAML"),
        (b"a: 1\n---\nb: 2\n", "rules.yaml:2: the file is no YAML from here on"),
        (b"a: &a [*a]\n", "rules.yaml:1: a: unknown key"),
    ],
)
def test_a_file_that_is_no_yaml_is_one_clear_sentence(tmp_path: Path, raw: bytes, told: str) -> None:
    """Broken text stops with where and why, and never with a traceback."""
    path = tmp_path / "rules.yaml"
    path.write_bytes(raw)
    with pytest.raises(StopError) as stopped:
        config.load(path, ENV)
    assert told in str(stopped.value)
    assert stopped.value.exit_code == EXIT_RULES_WRONG


def test_a_file_that_is_not_there_is_one_clear_sentence(tmp_path: Path) -> None:
    """A missing file and a folder are named, with exit 78."""
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(StopError, match=r"cannot be read .* expected the office's rules file") as stopped:
            config.load(path, ENV)
        assert stopped.value.exit_code == EXIT_RULES_WRONG


def test_loopback_may_do_without_protection(tmp_path: Path) -> None:
    """`security: none` is taken on this machine's own addresses only."""
    for host in ("localhost", "127.0.0.1", "127.8.0.1", "::1"):
        text = changed(("host: imap.halle.example", f'host: "{host}"\n  security: none'))
        assert load(tmp_path, text).mailbox.security is Security.NONE
    for host in ("127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1"):
        text = changed(("host: imap.halle.example", f'host: "{host}"\n  security: none'))
        assert len(mistakes(tmp_path, text)) == 1


def test_two_resources_whose_numbers_could_meet_are_a_mistake(tmp_path: Path) -> None:
    """A second resource with another width of the same series is refused."""
    second = "\n  second: {name: S, address: A, reviewer: office, payment: {invoice_number: '%s'}}"
    for pattern, is_wrong in (("{year}-{n:04d}", True), ("S-{year}-{n:05d}", False), ("{year}-{n:05d}", False)):
        text = changed(("\nsources:", second % pattern + "\nsources:")) + "prices: [{per_hour: 1}]\n"
        assert mistakes(tmp_path, text) if is_wrong else load(tmp_path, text)
