"""Real mail servers for tests: private instances of Debian's Dovecot and Postfix in a temporary folder.

Both run as root's children on loopback and ephemeral ports, with no file outside their folder, and end with the test
run. Postfix's virtual(8) delivers into Dovecot's Maildirs: `user007@` any of DOMAINS is Dovecot's account `user007`.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from string import Template

from accounts import Account

USERS = 400
DOMAINS = ("kruempel.example", "soccer-kirche.example", "medifit.example", "kunde.example", "youcanbook.me")
AUTHSERV_ID = "mx.soccer-kirche.example"


def missing() -> list[str]:
    """Name the servers that cannot run here: not installed, or not started by root, which both need."""
    needed = {"Dovecot": ("/usr/sbin/dovecot", "/usr/lib/dovecot/imap"), "Postfix": ("/usr/sbin/postfix",)}
    is_root = os.geteuid() == 0
    return [name for name, files in needed.items() if not (is_root and all(Path(file).exists() for file in files))]


def free_port() -> int:
    """Find a port that nobody uses at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Dovecot:
    """Dovecot over IMAP, IMAP with STARTTLS, and IMAPS. `ca_file` is what its certificate is checked against."""

    def __init__(self) -> None:
        # Other users than root must get in, and paths of UNIX sockets must be short.
        self.home = Path(tempfile.mkdtemp(prefix="mailbot-"))
        self.home.chmod(0o755)
        self.imap_port, self.imaps_port = free_port(), free_port()
        self.ca_file = self.home / "cert.pem"
        self._plain, self._dotted = count(1), count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Write the configuration and start; returns when the port answers."""
        (self.home / "mail").mkdir()
        shutil.chown(self.home / "mail", "mail", "mail")
        _certificate(self.home)
        lines = [self._user(f"user{n:03}", "") for n in range(1, USERS)]
        dots = "userdb_namespace/inbox/prefix=INBOX. userdb_namespace/inbox/separator=."
        lines += [self._user(f"dotted{n:03}", dots) for n in range(1, USERS)]
        (self.home / "users").write_text("".join(lines))
        conf = self.home / "dovecot.conf"
        conf.write_text(DOVECOT.substitute(home=self.home, imap=self.imap_port, imaps=self.imaps_port))
        self._process = _begin(["/usr/sbin/dovecot", "-F", "-c", str(conf)])
        _await_port(self.imap_port, self.home / "dovecot.log")

    def stop(self) -> None:
        """End it and remove its folder."""
        _end(self._process)
        shutil.rmtree(self.home, ignore_errors=True)

    def account(self, *, dotted: bool = False) -> Account:
        """Give an account nobody used yet; `dotted` ones have the prefix `INBOX.` and the delimiter `.`."""
        user = f"dotted{next(self._dotted):03}" if dotted else f"user{next(self._plain):03}"
        return Account(self.imap_port, user)

    def _user(self, name: str, extra: str) -> str:
        return f"{name}:{{PLAIN}}demo:8:8::{self.home}/mail/{name}::{extra}\n"


class Postfix:
    """Postfix on `smtp_port`: STARTTLS and AUTH are offered, known addresses accepted, others refused with 550.

    Mail to anybody at weg.example is accepted and comes back as undeliverable a moment later.
    It writes Authentication-Results in front of each letter as if the envelope's domain were proven: that stands for
    a provider's milter.
    """

    def __init__(self, dovecot: Dovecot) -> None:
        self.home = dovecot.home / "postfix"
        self.smtp_port = free_port()
        self._dovecot = dovecot
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Write the configuration and start; returns when the port answers."""
        for name in ("etc", "queue", "data"):
            (self.home / name).mkdir(parents=True)
        shutil.chown(self.home / "data", "postfix", "postfix")
        etc = self.home / "etc"
        proof = f"Authentication-Results: {AUTHSERV_ID}; dkim=pass header.d=${{1}}; dmarc=pass header.from=${{1}}"
        (etc / "senders").write_text(f"/@(.+)$/ PREPEND {proof}\n")
        names = [f"user{n:03}" for n in range(1, USERS)]
        (etc / "boxes").write_text("".join(f"{n}@{domain} {n}/Maildir/\n" for n in names for domain in DOMAINS))
        (etc / "main.cf").write_text(
            MAIN_CF.substitute(home=self.home, dovecot=self._dovecot.home, domains=", ".join(DOMAINS))
        )
        (etc / "master.cf").write_text(MASTER_CF.substitute(port=self.smtp_port))
        self._process = _begin(["/usr/sbin/postfix", "-c", str(etc), "start-fg"])
        _await_port(self.smtp_port, self.home / "log")

    def stop(self) -> None:
        """End it; Dovecot's folder holds its own."""
        subprocess.run(["/usr/sbin/postfix", "-c", str(self.home / "etc"), "stop"], check=False, capture_output=True)
        _end(self._process)

    def address(self, account: Account, domain: str = "kruempel.example") -> str:
        """Give an address whose letters reach this account of Dovecot."""
        return f"{account.user}@{domain}"


def _certificate(home: Path) -> None:
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    files = ["-keyout", str(home / "key.pem"), "-out", str(home / "cert.pem")]
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"]
    command = ["openssl", "req", *kind, "-subj", "/CN=localhost", "-addext", names, *files]
    subprocess.run(command, check=True, capture_output=True)


def _await_port(port: int, log: Path) -> None:
    until = time.monotonic() + 15
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(f"The server did not start:\n{log.read_text() if log.exists() else 'it wrote no log'}")


def _begin(command: list[str]) -> subprocess.Popen[bytes]:
    # What they have to say stands in their logs.
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _end(process: subprocess.Popen[bytes] | None) -> None:
    if process is None:
        return
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


DOVECOT = Template("""\
base_dir = $home/run
state_dir = $home/state
log_path = $home/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <$home/cert.pem
ssl_key = <$home/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:$home/mail/%n/Maildir
mail_max_userip_connections = 50
first_valid_uid = 1
passdb {
  driver = passwd-file
  args = username_format=%n $home/users
}
userdb {
  driver = passwd-file
  args = username_format=%n $home/users
}
namespace inbox {
  inbox = yes
  separator = /
}
service imap-login {
  chroot =
  service_count = 0
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = $imaps
    ssl = yes
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  unix_listener sasl {
    mode = 0666
  }
}
""")

MAIN_CF = Template("""\
compatibility_level = 3.6
queue_directory = $home/queue
data_directory = $home/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file_prefixes = /tmp, /var
maillog_file = $home/log
myhostname = mx.soccer-kirche.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtpd_client_connection_rate_limit = 0
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_sender_restrictions = check_sender_access regexp:$home/etc/senders
smtpd_recipient_restrictions = reject_unlisted_recipient, permit_mynetworks, reject
smtpd_tls_security_level = may
smtpd_tls_cert_file = $dovecot/cert.pem
smtpd_tls_key_file = $dovecot/key.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = $dovecot/run/sasl
transport_maps = inline:{ weg.example=gone: }
virtual_mailbox_domains = $domains
virtual_mailbox_maps = texthash:$home/etc/boxes
virtual_mailbox_base = $dovecot/mail
virtual_uid_maps = static:8
virtual_gid_maps = static:8
virtual_minimum_uid = 1
""")

MASTER_CF = Template("""\
127.0.0.1:$port inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
gone unix - n n - - pipe user=nobody argv=/bin/sh -c "exit 67"
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
""")
