"""57: letters built to take for ever decide nothing; benchmarks/floods.py measures their time and memory."""

import pytest
from floods import FLOODS, HEADERS
from understanding import read

from mailbot.model.events import Approved, Doubt, Doubted


@pytest.mark.parametrize("name", FLOODS)
def test_flood(name: str) -> None:
    """However much of one thing a proven person sends, it is asked back."""
    assert isinstance(read(FLOODS[name]()), Doubted)


ATTRIBUTES = " ".join(f"a{n}" for n in range(2000))
READ = {
    f"<p>ok</p><p {ATTRIBUTES}>": False,
    f'<p>ok</p><p a=">" {ATTRIBUTES}>': False,
    f"<p>ok</p><p a'b=\"'>\" {ATTRIBUTES}>": False,
    f'<p>ok</p><!-- <p a=" --><p {ATTRIBUTES}> "': False,
    f'<p>ok</p><img alt="" src="data:image/png;base64,{"iVBO" * 20_000}=">': True,
    f'<p>ok</p><blockquote title="it\'s">{ATTRIBUTES}</blockquote>': True,
}


@pytest.mark.parametrize("page", READ, ids=range(len(READ)))
def test_too_many_attributes_are_not_read(page: str) -> None:
    """A tag with thousands of attributes is not parsed, wherever its quotes stand; long values and long words are."""
    found = read(f"{HEADERS}Content-Type: text/html; charset=utf-8\r\n\r\n{page}".encode())
    if READ[page]:
        assert isinstance(found, Approved)
    else:
        assert isinstance(found, Doubted)
        assert found.why is Doubt.UNREADABLE
