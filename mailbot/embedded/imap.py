"""The IMAP half of the embedded servers: pymap's dict backend, mended from outside (no file of pymap is touched).

What is mended: log-in without PBKDF2 (360 ms), each answer in one write (imapclient stumbles over pieces), keyword
flags, IDLE that misses nothing between two waits, and tasks that somebody holds. Lives in the loop of servers.py.
"""

import asyncio
import ssl
from argparse import Namespace
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, closing
from typing import Any
from uuid import uuid4

from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import Config, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet, Message
from pymap.concurrent import Event, Subsystem
from pymap.context import connection_exit
from pymap.imap import IMAPConnection
from pymap.imap.state import ConnectionState
from pymap.parsing.message import AppendMessage
from pymap.parsing.response import Response
from pymap.parsing.specials import FetchRequirement, ObjectId
from pymap.parsing.specials.flag import Flag, Wildcard
from pymap.selected import SelectedMailbox
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext


class ImapServer:
    """One mailbox for each account: account -> the names it logs in by."""

    def __init__(self, logins: Mapping[str, Sequence[str]], password: str) -> None:
        self._config = _Config(
            Namespace(proxy_protocol=None),
            host=None,
            port=0,
            demo_data=False,
            demo_user="",
            demo_password="",
            tls_enabled=False,
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
            invalid_user_sleep=0.0,
        )
        self._login = Login(self._config)
        self._boxes: dict[str, _Folders] = {}
        for account, names in logins.items():
            self._boxes[account] = folders = _Folders()
            for name in names:
                self._login.users_dict[name] = UserMetadata(self._config, name, password=password)
                self._config.set_cache[name] = (folders, FilterSet())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end, as pymap's IMAPServer does; asyncio's stream holds the task."""
        info = SocketInfoLocal(writer, unique_id=uuid4().bytes)
        connection = _Connection(self._config.commands, self._config, reader, writer, info)
        async with AsyncExitStack() as stack:
            connection_exit.set(stack)
            stack.enter_context(closing(connection))
            await connection.run(ConnectionState(self._login, self._config))

    async def append(self, account: str, folder: str, letter: AppendMessage) -> int:
        """Add a letter and give its UID."""
        message = await (await self._boxes[account].get_mailbox(folder)).append(letter, recent=True)
        return int(message.uid)

    async def letters(self, account: str, folder: str) -> list[bytes]:
        """Give the bytes of every letter in a folder, oldest first."""
        try:
            box = await self._boxes[account].get_mailbox(folder)
        except KeyError:
            return []
        messages: list[Message] = [message async for message in box.messages()]
        return [bytes((await message.load_content(FetchRequirement.CONTENT)).get_body()) for message in messages]


class _Config(Config):
    @property
    def greeting(self) -> bytes:
        # pymap asks the resolver for the machine's full name, which may take seconds.
        return b"Embedded server ready"


class _Folder(MailboxData):
    @property
    def permanent_flags(self) -> frozenset[Flag]:
        return super().permanent_flags | {Wildcard}

    async def update_selected(self, selected: SelectedMailbox, *, wait_on: Event | None = None) -> SelectedMailbox:
        # pymap waits for the next change, also where one came since it last looked or where DONE was said already.
        has_news = selected.mod_sequence != self._mod_sequences.highest
        if wait_on is not None and (has_news or wait_on.is_set()):
            wait_on = None
        return await super().update_selected(selected, wait_on=wait_on)


class _Folders(MailboxSet):
    def __init__(self) -> None:
        super().__init__()
        self._inbox = _Folder(self._content_cache, self._thread_cache)

    async def add_mailbox(self, name: str) -> ObjectId:
        if name in self._set:
            raise ValueError(name)
        self._set[name] = folder = _Folder(self._content_cache, self._thread_cache)
        return folder.mailbox_id


class _Pieces:
    """Collects what a response writes piece by piece."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> Any:
        self.data += data


class _Connection(IMAPConnection):
    async def write_response(self, resp: Response) -> None:
        pieces = _Pieces()
        await resp.async_write(pieces)
        try:
            self.writer.write(bytes(pieces.data))
            await self.writer.drain()
        except ConnectionError:
            pass
