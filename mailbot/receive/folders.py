"""Folders as the server names them: prefix and delimiter, made and subscribed where they are missing.

Works on the connection that mailbox.py opened and lets its errors through. Never removes or renames a folder.
"""

from typing import Any


class Folders:
    """The folders of one connection; what was found there once is remembered until it is forgotten."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._there: dict[str, str] = {}
        self._place: tuple[str, str] | None = None

    def native(self, name: str) -> str:
        """Turn `Mailbot/Erledigt` into what this server calls it, such as `INBOX.Mailbot.Erledigt`."""
        if name.upper() == "INBOX":
            return name
        prefix, delimiter = self._place = self._place or self._find_place()
        native = name.replace("/", delimiter)
        return native if native.startswith(prefix) else prefix + native

    def there(self, name: str) -> str:
        """Give the server's own name of a folder, which is made and subscribed where it is missing."""
        if name not in self._there:
            native = self.native(name)
            if not self._client.folder_exists(native):
                self._client.create_folder(native)
                self._client.subscribe_folder(native)
            self._there[name] = native
        return self._there[name]

    def forget(self, name: str) -> None:
        """Look for this folder anew the next time: somebody may have removed or renamed it."""
        self._there.pop(name, None)

    def _find_place(self) -> tuple[str, str]:
        """Ask for the prefix and delimiter of our own folders (RFC 2342), or for the delimiter alone."""
        if self._client.has_capability("NAMESPACE") and (personal := self._client.namespace().personal):
            prefix, delimiter = personal[0]
            return prefix, delimiter or "/"
        roots = self._client.list_folders("", "")
        delimiter = roots[0][1] if roots else None
        return "", delimiter.decode() if delimiter else "/"
