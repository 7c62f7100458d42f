"""A real mail server on loopback with faults to switch on, and an installation that sends to it."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from pathlib import Path
from threading import Thread
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from flows.settings import load_settings
from flows.wiring import Parts, build
from itsm.packs import Release, ReleaseState
from reports.model import Ask, Brief, Pack
from reports.pack import comparable, pack_to_json
from store.runs import PackSnapshot

WEEK = "2026-W34"
MADE_AT = datetime(2026, 8, 25, 6, tzinfo=UTC)
NOW = datetime(2026, 8, 25, 12, tzinfo=UTC)
"""A Tuesday noon: packs of the week before, sent on Tuesdays at 8, are due."""
PASSWORD = "correct horse"
READERS = ("ana", "bo", "cy", "di", "ed")


@dataclass
class Faults:
    """What the server does wrong, by the part before the @ of a recipient.

    `refuse` and `defer` (so many times) answer RCPT; `drop` closes the connection once it has the
    letter (so many times), `slow_s` lets its answer wait, `late_defer` takes the letter and answers
    451 (so many times). `seen` is called with every step of the protocol.
    """

    refuse: frozenset[str] = frozenset()
    defer: Counter[str] = field(default_factory=Counter)
    late_defer: Counter[str] = field(default_factory=Counter)
    drop: Counter[str] = field(default_factory=Counter)
    hang_up_at_data: Counter[str] = field(default_factory=Counter)
    slow_s: dict[str, float] = field(default_factory=dict)
    seen: Callable[[str, str], None] = lambda _step, _who: None


@dataclass
class Mailbox:
    """What the server has: every letter it took over, and every one it lost on purpose."""

    faults: Faults = field(default_factory=Faults)
    letters: list[tuple[str, bytes]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  # as the library calls it
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        who = address.partition("@")[0]
        self.faults.seen("rcpt", who)
        if who in self.faults.refuse:
            return "550 5.1.1 no such user"
        if self.faults.defer[who] > 0:
            self.faults.defer[who] -= 1
            return "451 4.7.1 greylisted, try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  # as the library calls it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        who = envelope.rcpt_tos[0].partition("@")[0]
        assert len(envelope.rcpt_tos) == 1, "one message per recipient"
        content = envelope.content
        assert isinstance(content, bytes)
        self.faults.seen("letter", who)
        if self.faults.late_defer[who] > 0:
            self.faults.late_defer[who] -= 1
            return "451 4.3.0 try again later"
        self.letters.append((envelope.rcpt_tos[0], content))
        if self.faults.drop[who] > 0:
            self.faults.drop[who] -= 1
            _hang_up(server)
            return "250 nobody hears this"
        await asyncio.sleep(self.faults.slow_s.get(who, 0.0))
        self.faults.seen("taken", who)
        return "250 2.0.0 queued as 4711"

    @property
    def got(self) -> Counter[str]:
        """How many letters each reader has."""
        return Counter(address.partition("@")[0] for address, _ in self.letters)

    def messages(self) -> list[EmailMessage]:
        """The letters as mails."""
        parsed = [message_from_bytes(data, policy=POLICY) for _, data in self.letters]
        assert all(isinstance(one, EmailMessage) for one in parsed)
        return parsed


def _hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


class _Server(SMTP):
    """Hangs up at DATA where it is told to."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  # as the library calls it
        box = self.event_handler
        assert isinstance(box, Mailbox)
        assert self.envelope is not None
        who = self.envelope.rcpt_tos[0].partition("@")[0] if self.envelope.rcpt_tos else ""
        box.faults.seen("data", who)
        if box.faults.hang_up_at_data[who] > 0:
            box.faults.hang_up_at_data[who] -= 1
            _hang_up(self)
            return
        await super().smtp_DATA(arg)


@contextmanager
def post_office(
    box: Mailbox, *, tls: ssl.SSLContext | None = None, asks: bool = False, **more: Any
) -> Iterator[int]:
    """A running server; its port.

    Args:
        box: where letters go, and the faults.
        tls: offers STARTTLS with it, and insists.
        asks: for the password.
        more: for the library's SMTP.
    """
    if asks:
        more |= {"authenticator": _authenticated, "auth_required": True}
    loop = asyncio.new_event_loop()

    def made() -> SMTP:
        return _Server(
            box,
            hostname="127.0.0.1",
            tls_context=tls,
            require_starttls=tls is not None,
            loop=loop,
            **more,
        )

    listening = loop.run_until_complete(loop.create_server(made, "127.0.0.1", 0))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        listening.close()
        loop.close()


def _authenticated(
    _server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: object
) -> AuthResult:
    assert isinstance(given, LoginPassword)
    return AuthResult(success=given.password == PASSWORD.encode(), handled=False)


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate of its own for a name, and that certificate as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    pem, secret = folder / "server.pem", folder / "server.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context, pem


def a_pack(edition: str = "executive", headline: str = "A quiet week.", **more: Any) -> Pack:
    """A small pack."""
    said: dict[str, Any] = {
        "organisation": "Contoso",
        "edition": edition,
        "language": "en",
        "week": WEEK,
        "period": "17 to 23 August 2026",
        "cutoff": "25 August 2026",
        "brief": Brief(
            headline=headline,
            asks=(Ask(title="Accept the VPN problem", reason="it recurs", cost="40 h a month"),),
            changes=("Incidents fell.",),
            gaps=(),
            cards=(),
        ),
        "sections": (),
        "missing": (),
        "definitions": (),
        "evidence": (),
        "provenance": (("Sources", "desk"),),
        "run_id": "M-1",
        "made_at": MADE_AT,
        "title": "Executive edition",
    }
    return Pack(**{**said, **more})


def settings_text(port: int, readers: tuple[str, ...] = READERS, more: str = "") -> str:
    """A csi.toml that mails the executive edition to some readers."""
    head = f"""
organisation = "Contoso"
zone = "Europe/London"
[people.olga]
roles = ["manager"]
[people.peter]
roles = ["proposer"]
[delivery]
archive_url = "https://csi.example.com/packs/{{pack}}"
[delivery.mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "csi@example.com"
timeout_s = 2
{more}
"""
    subscriptions = [
        f'[[subscriptions]]\nname = "{name.title()}"\naddress = "{name}@example.com"\n'
        'edition = "executive"\nformats = ["json"]\n'
        for name in readers
    ]
    return head + "\n".join(subscriptions)


def installation(folder: Path, text: str) -> Parts:
    """An installation whose subscriptions have stood for long."""
    file = folder / "csi.toml"
    file.write_text(text)
    return build(load_settings(file), folder)


def with_pack(parts: Parts, pack: Pack, *, released: bool = True, by: str = "olga") -> str:
    """Keep a pack, and release it; its id."""
    import hashlib

    with parts.store.begin() as uow:
        snapshot = uow.packs.save(
            PackSnapshot(
                week=pack.week,
                edition=pack.edition,
                content=pack_to_json(pack),
                content_hash=hashlib.sha256(pack_to_json(comparable(pack))).hexdigest(),
                made_at=pack.made_at,
            )
        )
        if released:
            uow.packs.decide(
                Release(pack_id=snapshot.pack_id, state=ReleaseState.RELEASED, actor=by, at=MADE_AT)
            )
        uow.commit()
    return snapshot.pack_id
