"""The door to a mail server: TLS first, then one letter per reader, and an honest answer for each.

Until DATA nothing can have arrived, so whatever goes wrong before is tried again. From DATA on it
can no longer be stopped: a connection that is lost before the answer leaves it unclear.

Source:
    RFC 5321 (SMTP; 4.2.5 on answers after DATA), RFC 3207 (STARTTLS), RFC 1870 (SIZE).
"""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from itsm.deliveries import DeliveryState
from itsm.errors import DeliveryError
from reports.deliver.doors import SOMEBODY_ELSE, Keep, Outcome
from reports.deliver.kinds import Security
from reports.deliver.letters import Letter, Reader, one_line
from reports.deliver.mime import Sender, mail

_MAX_SAID = 300
_TOO_LARGE = frozenset({552, 523})
_MECHANISM = "XOAUTH2"
_S = DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A mail server and how it is spoken to; `ca_file` is trusted beside the system's own.

    `token` gives what to log in with where the server takes no password.
    """

    host: str
    port: int
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    token: Callable[[], str] | None = field(default=None, repr=False)
    ca_file: str | None = None
    timeout_s: float = 60.0
    local_name: str | None = None


@dataclass(slots=True)
class MailDoor:
    """A connection to a mail server, made when it is needed and made again when it is lost."""

    server: MailServer
    sender: Sender
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _talk: smtplib.SMTP | None = None

    @property
    def may_repeat(self) -> bool:
        """A mail sent twice is two mails."""
        return False

    def open(self) -> None:
        """Connect, make it safe, log in.

        Raises:
            DeliveryError: the server cannot be reached, is not who it says, or refuses us.
        """
        if self._talk is None:
            self._talk = self._connected()

    def send(self, letter: Letter, to: Reader, keep: Keep) -> Outcome:
        """Send a letter as a mail of its own.

        Raises:
            DeliveryError: no connection can be made; the letter was not sent.
        """
        try:
            data = mail(letter, to, self.sender, self.clock())
        except DeliveryError as error:  # of this reader alone
            return Outcome(state=_S.REFUSED, said=str(error))
        self.open()
        try:
            answer = self._envelope(to.address, len(data))
        except (smtplib.SMTPException, OSError):  # the server had closed an idle connection
            self.close()
            self.open()
            try:
                answer = self._envelope(to.address, len(data))
            except (smtplib.SMTPException, OSError) as error:
                self.close()
                return Outcome(state=_S.WAITING, said=_told(error))
        if answer is not None:
            self._reset()
            return answer
        if not keep():
            self._reset()
            return SOMEBODY_ELSE
        return self._data(data)

    def close(self) -> None:
        """Say good-bye, if anybody still listens."""
        talk, self._talk = self._talk, None
        if talk is not None:
            try:
                talk.quit()
            except (smtplib.SMTPException, OSError):
                talk.close()

    def _connected(self) -> smtplib.SMTP:
        server, talk = self.server, None
        context = None if server.security is Security.NONE else _context(server)
        try:
            talk = _reached(server, context)
            _made_safe(talk, server, context)
        except (smtplib.SMTPException, OSError) as error:
            if talk is not None:
                talk.close()
            raise DeliveryError(
                f"mail server {server.host}:{server.port}: {_refused(error, server)}; nothing was "
                f"sent{_remedy(error, server)}"
            ) from None
        return talk

    def _envelope(self, recipient: str, size: int) -> Outcome | None:
        """Name sender and recipient; None: both are welcome."""
        assert self._talk is not None
        limit = self._talk.esmtp_features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < size:
            said = f"the server takes {int(limit):,} bytes, it has {size:,}"
            return Outcome(state=_S.REFUSED, said=said, is_too_large=True)
        options = [f"size={size}"] if "size" in self._talk.esmtp_features else []
        code, reply = self._talk.mail(self.sender.envelope, options)
        if code == 250:
            code, reply = self._talk.rcpt(recipient)
        if code in {250, 251}:
            return None
        if code == 421:
            raise smtplib.SMTPServerDisconnected(f"{code} {_text(reply)}")
        return _answered(code, reply)

    def _data(self, data: bytes) -> Outcome:
        """Hand the letter over; from here on a lost connection leaves it unclear."""
        assert self._talk is not None
        try:
            code, reply = self._talk.docmd("DATA")
        except (smtplib.SMTPException, OSError) as error:
            self.close()  # no 354 was read, so no byte of the letter has left
            return Outcome(state=_S.WAITING, said=f"before the letter left: {_told(error)}")
        if code != 354:
            self._reset()
            return _answered(code, reply)
        try:
            self._talk.send(_dotted(data))
            code, reply = self._talk.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._talk.close()
            self._talk = None
            said = (
                f"the connection was lost before the server said whether it has it: {_told(error)}"
            )
            return Outcome(state=_S.UNCLEAR, said=said)
        if code == 421:
            self.close()
        return _answered(code, reply)

    def _reset(self) -> None:
        try:
            if self._talk is not None:
                self._talk.rset()
        except (smtplib.SMTPException, OSError):
            self.close()


def _reached(server: MailServer, context: ssl.SSLContext | None) -> smtplib.SMTP:
    if server.security is Security.TLS:
        return smtplib.SMTP_SSL(
            server.host,
            server.port,
            local_hostname=server.local_name,
            timeout=server.timeout_s,
            context=context,
        )
    return smtplib.SMTP(
        server.host, server.port, local_hostname=server.local_name, timeout=server.timeout_s
    )


def _made_safe(talk: smtplib.SMTP, server: MailServer, context: ssl.SSLContext | None) -> None:
    talk.ehlo_or_helo_if_needed()
    if server.security is Security.STARTTLS:
        talk.starttls(context=context)
        talk.ehlo()
    if server.username and server.token is not None:
        _log_in_with_token(talk, server.username, server.token())
    elif server.username:
        talk.login(server.username, server.password)


def _log_in_with_token(talk: smtplib.SMTP, username: str, token: str) -> None:
    """Log in by XOAUTH2; the challenge, which only tells why a token is refused, is let go.

    Source:
        https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
    """
    if _MECHANISM not in talk.esmtp_features.get("auth", "").upper().split():
        raise smtplib.SMTPNotSupportedError(f"the server does not offer {_MECHANISM}")
    said = f"user={username}\x01auth=Bearer {token}\x01\x01"

    def answer(challenge: bytes | None = None) -> str:
        return said if challenge is None else ""

    talk.auth(_MECHANISM, answer)


def _context(server: MailServer) -> ssl.SSLContext:
    """Certificates and host names are always checked."""
    try:
        return ssl.create_default_context(cafile=server.ca_file)
    except (OSError, ssl.SSLError):
        raise DeliveryError(
            f"delivery.mail.ca_file: {server.ca_file} cannot be read as PEM certificates"
        ) from None


def _answered(code: int, reply: bytes) -> Outcome:
    said = f"{code} {_text(reply)}"
    if 200 <= code < 300:
        return Outcome(state=_S.SENT, said=said)
    if 400 <= code < 500:
        return Outcome(state=_S.WAITING, said=said)
    is_too_large = code in _TOO_LARGE or b"5.3.4" in reply
    return Outcome(state=_S.REFUSED, said=said, is_too_large=is_too_large)


def _dotted(data: bytes) -> bytes:
    """The letter with its dots doubled, and the dot that ends it (RFC 5321, 4.5.2)."""
    body = data.replace(b"\r\n.", b"\r\n..")
    start = b"." if body.startswith(b".") else b""
    return start + body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _text(reply: bytes) -> str:
    return one_line(reply.decode("ascii", "replace"), _MAX_SAID)


def _told(error: smtplib.SMTPException | OSError) -> str:
    """What went wrong, in a line; what a server answered to a password is not repeated."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"{error.smtp_code}: user name or password refused"
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        said = _text(reply) if isinstance(reply, bytes) else one_line(str(reply), _MAX_SAID)
        return f"{error.smtp_code} {said}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return one_line(str(error), _MAX_SAID) or type(error).__name__


def _refused(error: smtplib.SMTPException | OSError, server: MailServer) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError) and server.token is not None:
        return f"{error.smtp_code}: token refused"
    return _told(error)


def _remedy(error: smtplib.SMTPException | OSError, server: MailServer) -> str:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "; it offers no such thing on this port: check delivery.mail.security and port"
    is_refused = isinstance(error, smtplib.SMTPAuthenticationError)
    if is_refused and server.token is not None:
        return (
            "; check delivery.mail.username and delivery.mail.oauth: the app needs the right to "
            "send mail by SMTP from this mailbox"
        )
    if is_refused:
        return "; check delivery.mail.username and CSI_DELIVERY__MAIL__PASSWORD"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "; check delivery.mail.host, and delivery.mail.ca_file for a CA of your own"
    return ""
