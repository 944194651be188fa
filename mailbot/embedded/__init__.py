"""Mail servers in the process, for `demo`, `make run` and tests. The flow does not know that they are not real."""

from mailbot.embedded.servers import EmbeddedServers

__all__ = ["EmbeddedServers"]
