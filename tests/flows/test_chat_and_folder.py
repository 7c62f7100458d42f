"""Into chats and folders: what is said there, what hostile text can do there, and how it ends."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from flows.delivering import deliver
from flows.stages.due import due, plan
from flows.subscribing import seed_subscriptions
from itsm.deliveries import DeliveryState
from itsm.errors import DeliveryError
from reports.deliver.chat import ChatDoor, chat_text
from reports.deliver.doors import Outcome
from reports.deliver.folder import FolderDoor
from reports.deliver.kinds import ChatKind
from reports.deliver.letters import Letter, Reader
from reports.formats import RenderedFile
from tests.flows.post_office import NOW, a_pack, certificate, installation, with_pack
from tests.flows.test_sending import LONG_AGO, all_deliveries
from tests.flows.webhook import Webhook, webhook

S = DeliveryState
TO = Reader(address="ops", name="Ops", subscription_id="SUB-0001")
HOSTILE = (
    "<!channel> <@U123|Bob> <https://evil.example|our portal> & [our portal](https://evil.example) "
    "<at>Bob</at> < /AT> *x* !everyone|x>"
)
LETTER = Letter(
    item="2026-W34.full.v1",
    subject="Contoso <!here> & co",
    text="text",
    brief=f"Two decisions.\n{HOSTILE}",
    link="https://csi.example.com/packs/2026-W34.full.v1",
)


def always() -> bool:
    return True


@contextmanager
def door(kind: ChatKind, hook: Webhook, folder: Path) -> Iterator[ChatDoor]:
    """A door whose far end is on loopback."""
    tls = certificate(folder, "localhost")[0] if kind is ChatKind.TEAMS else None
    with webhook(hook, tls) as port:
        urls = {
            ChatKind.SLACK: "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/"
            "TIiajkdnlazkcOXrIdevi7FQ",
            ChatKind.TEAMS: "https://prod-01.westeurope.logic.azure.com:443/workflows/"
            "643e69f83c8944438d68119179a10a64/triggers/manual/paths/invoke?api-version=2016-06-01"
            "&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=KbjAVMqqB5k6HgDUu0hJ2mFZ9pW1uDx7",
            ChatKind.WEBHOOK: f"http://127.0.0.1:{port}/hook/csi?key=a%20b&x=1",
        }
        made = ChatDoor("ops", kind, urls[kind])
        made.open()
        plugin: Any = made._plugin
        if kind is ChatKind.SLACK:
            plugin.webhook_url = f"http://127.0.0.1:{port}/services"
        if kind is ChatKind.TEAMS:
            plugin.host, plugin.port, plugin.verify_certificate = "127.0.0.1", port, False
        plugin.socket_read_timeout = plugin.socket_connect_timeout = 1
        yield made


def text_in(kind: ChatKind, payload: dict[str, Any]) -> tuple[str, str]:
    """Title and text as they were posted."""
    if kind is ChatKind.SLACK:
        return payload["attachments"][0]["title"], payload["attachments"][0]["text"]
    if kind is ChatKind.TEAMS:
        title, body = payload["attachments"][0]["content"]["body"]
        return title["text"], body["text"]
    return payload["title"], payload["message"]


@pytest.mark.parametrize("kind", ChatKind)
def test_a_chat_gets_the_few_lines_and_the_link(kind: ChatKind, tmp_path: Path) -> None:
    hook = Webhook()
    with door(kind, hook, tmp_path) as one:
        assert one.send(LETTER, TO, always).state is S.SENT
    ((_, payload),) = hook.posted
    _, text = text_in(kind, payload)
    assert text.startswith("Two decisions.\n")
    assert text.endswith(LETTER.link)


def test_in_slack_hostile_text_calls_nobody_and_hides_no_link(tmp_path: Path) -> None:
    hook = Webhook()
    with door(ChatKind.SLACK, hook, tmp_path) as one:
        one.send(LETTER, TO, always)
    title, text = text_in(ChatKind.SLACK, hook.posted[0][1])
    assert hook.posted[0][1]["mrkdwn"] is False
    assert not set("<>") & set(title + text), "Slack reads a command only between < and >"
    assert "&lt;!channel&gt; &lt;@U123|Bob&gt;" in text
    assert title == "Contoso &lt;!here&gt; &amp; co"


def test_in_teams_hostile_text_calls_nobody_and_hides_no_link(tmp_path: Path) -> None:
    hook = Webhook()
    with door(ChatKind.TEAMS, hook, tmp_path) as one:
        one.send(LETTER, TO, always)
    payload = hook.posted[0][1]
    assert "entities" not in payload["attachments"][0]["content"]["msteams"]
    _, text = text_in(ChatKind.TEAMS, payload)
    for sign in ("<at>", "</at>", "](", " *x*"):
        assert sign not in text.casefold()


def test_a_webhook_gets_its_query_and_plain_json(tmp_path: Path) -> None:
    hook = Webhook(body=b"{}")
    with door(ChatKind.WEBHOOK, hook, tmp_path) as one:
        one.send(LETTER, TO, always)
    ((path, payload),) = hook.posted
    assert path in {"/hook/csi?key=a+b&x=1", "/hook/csi?key=a%20b&x=1"}
    assert payload["title"] == LETTER.subject
    assert HOSTILE in payload["message"]
    assert payload["attachments"] == []


@pytest.mark.parametrize("kind", ChatKind)
@pytest.mark.parametrize(
    ("hook", "state", "said"),
    [
        (Webhook(code=404, body=b"no_service"), S.REFUSED, "answered 404"),
        (Webhook(code=403, body=b"invalid_token"), S.REFUSED, "answered 403"),
        (Webhook(code=429), S.WAITING, "answered 429"),
        (Webhook(code=503), S.WAITING, "answered 503"),
        (Webhook(code=500), S.UNCLEAR, "answered 500"),
        (Webhook(code=504), S.UNCLEAR, "answered 504"),
        (Webhook(hangs_up=True), S.UNCLEAR, "no answer"),
        (Webhook(slow_s=2.0), S.UNCLEAR, "no answer"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_how_it_ends_follows_from_what_the_webhook_answered(
    kind: ChatKind, hook: Webhook, state: DeliveryState, said: str, tmp_path: Path
) -> None:
    hook.posted.clear()
    with door(kind, hook, tmp_path) as one:
        ended = one.send(LETTER, TO, always)
    assert (ended.state, said in ended.said) == (state, True), ended.said
    assert len(hook.posted) == 1


@pytest.mark.parametrize("kind", ChatKind)
def test_a_webhook_that_cannot_be_reached_is_tried_again(kind: ChatKind, tmp_path: Path) -> None:
    hook = Webhook()
    with door(kind, hook, tmp_path) as one:
        plugin: Any = one._plugin
        if kind is ChatKind.SLACK:
            plugin.webhook_url = "http://127.0.0.1:9/services"
        else:
            plugin.port = 9
        ended = one.send(LETTER, TO, always)
    assert ended == Outcome(state=S.WAITING, said="the webhook could not be reached")


def test_what_somebody_else_sends_is_not_posted(tmp_path: Path) -> None:
    hook = Webhook()
    with door(ChatKind.WEBHOOK, hook, tmp_path) as one:
        one.send(LETTER, TO, lambda: False)
    assert hook.posted == []


@pytest.mark.parametrize("kind", ChatKind)
def test_no_secret_is_logged_or_told(
    kind: ChatKind, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with door(kind, Webhook(code=404), tmp_path) as one:
        ended = one.send(LETTER, TO, always)
        assert "url" not in repr(one)
    for secret in ("TIiajkdnlazkcOXrIdevi7FQ", "KbjAVMqqB5k6HgDUu0hJ2mFZ9pW1uDx7", "key=a"):
        assert secret not in ended.said + repr(one)
        ours = [r.getMessage() for r in caplog.records if not r.name.startswith("urllib3")]
        assert secret not in "".join(ours)


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        (ChatKind.SLACK, "https://example.com/x"),
        (ChatKind.TEAMS, "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrId"),
        (ChatKind.WEBHOOK, "ftp://example.com/x"),
        (ChatKind.WEBHOOK, "nonsense"),
    ],
)
def test_an_address_of_another_kind_is_refused_and_not_shown(kind: ChatKind, url: str) -> None:
    with pytest.raises(DeliveryError, match=r"delivery\.chats\.ops: its address is none") as error:
        ChatDoor("ops", kind, url).open()
    assert url not in str(error.value)


@pytest.mark.parametrize("kind", ChatKind)
def test_a_long_text_is_cut_and_keeps_its_link(kind: ChatKind) -> None:
    letter = Letter(item="p", subject="s", text="t", brief="x" * 9_000, link="https://l.example/p")
    _, body = chat_text(kind, letter)
    assert len(body) < 3_000
    assert body.endswith("…\nhttps://l.example/p")


FILES = (
    RenderedFile(name="pack.pdf", media_type="application/pdf", data=b"%PDF"),
    RenderedFile(name="../../up.csv", media_type="text/csv", data=b"a,b"),
)


def test_a_folder_gets_the_files_and_the_letter(tmp_path: Path) -> None:
    place = FolderDoor("share", str(tmp_path / "share"))
    letter = Letter(item="2026-W34.full.v1", subject="S", text="T", attachments=FILES)
    for _ in range(2):  # again is the same
        assert place.send(letter, TO, always).state is S.SENT
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    base = "share/2026-W34.full.v1"
    assert found == {base, f"{base}/pack.pdf", f"{base}/up.csv", f"{base}/letter.txt"}
    assert (tmp_path / base / "letter.txt").read_text() == "S\n\nT"


def test_an_object_store_gets_them_too() -> None:
    import fsspec

    store = fsspec.filesystem("memory")
    letter = Letter(item="i", subject="S", text="T", attachments=FILES[:1])
    assert FolderDoor("s3", "memory://bucket/csi").send(letter, TO, always).state is S.SENT
    assert store.cat_file("/bucket/csi/i/pack.pdf") == b"%PDF"


def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "share").write_text("a file where the folder should be")
    letter = Letter(item="i", subject="S", text="T")
    ended = FolderDoor("share", str(tmp_path / "share")).send(letter, TO, always)
    assert ended.state is S.WAITING
    assert "cannot be written" in ended.said


def test_an_address_nothing_opens_is_told() -> None:
    with pytest.raises(DeliveryError, match=r"delivery\.folders\.share: 'nosuch://x' cannot be"):
        FolderDoor("share", "nosuch://x").open()


MORE: Callable[[int], str] = """
zone = "Europe/London"
[delivery.chats.ops]
kind = "webhook"
url = "http://127.0.0.1:{}/hook"
[delivery.folders]
share = "share"
[[subscriptions]]
name = "Operations"
channel = "chat"
address = "ops"
edition = "executive"
formats = ["json"]
[[subscriptions]]
name = "Everybody"
channel = "folder"
address = "share"
edition = "executive"
formats = ["json"]
""".format


def test_a_pack_goes_into_chat_and_folder_once(tmp_path: Path) -> None:
    hook = Webhook()
    with webhook(hook) as port:
        parts = installation(tmp_path, MORE(port))
        seed_subscriptions(parts, LONG_AGO)
        with_pack(parts, a_pack())
        assert deliver(parts, now=NOW).sent.told == "2 sent"
        assert deliver(parts, now=NOW).sent.told == "nothing to send"
    assert len(hook.posted) == 1
    assert "A quiet week." in hook.posted[0][1]["message"]
    written = tmp_path / "share/2026-W34.executive.v1/pack-2026-W34-executive.json"
    assert json.loads(written.read_bytes())["week"] == "2026-W34"


def test_a_folder_that_was_being_written_is_written_again_a_chat_is_flagged(tmp_path: Path) -> None:
    hook = Webhook()
    with webhook(hook) as port:
        parts = installation(tmp_path, MORE(port))
        seed_subscriptions(parts, LONG_AGO)
        with_pack(parts, a_pack())
        plan(parts, due(parts, NOW), NOW)
        with parts.store.begin() as uow:
            for one in uow.deliveries.list():
                assert uow.deliveries.begin(one.delivery_id, "", NOW)
            uow.commit()
        done = deliver(parts, now=NOW)
    assert [one.recipient for one in done.sent.flagged] == ["ops"]
    assert {one.recipient: one.state for one in all_deliveries(parts)} == {
        "ops": S.UNCLEAR,
        "share": S.SENT,
    }
    assert hook.posted == []
