"""All is lost, and `sipctl restore` brings it back.

Phones keep their passwords, webhooks their signatures, and apps their credentials.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from directory.schema import tables
from infra import outputs
from local.emulator import REGION
from sipctl.recovery.stored import TRANSIENT
from tests.calls.office import Office
from tests.edge_process import EdgeProcess
from tests.events.receiver import Receiver
from tests.push.providers import Providers
from tests.recovery.environment import LosableEnvironment
from tests.rest.client import Api
from tests.transport.peers import UdpPeer
from tests.transport.wire_phone import WirePhone

PHONES = ("desk", "mobile", "door")


@pytest.fixture
def environment(tmp_path: Path, providers: Providers) -> Iterator[LosableEnvironment]:
    with LosableEnvironment(tmp_path, providers.settings) as environment:
        yield environment


def edge(environment: LosableEnvironment, folder: Path) -> EdgeProcess:
    """An edge that has its keys from the environment's secret, as deployed ones have."""
    return EdgeProcess(environment.service, folder, SIP_SECRET="", SIP_SECRET_ID=environment.keys_id())


def phones_register(office: Office, port: int) -> list[WirePhone]:
    phones = [WirePhone(office, name, UdpPeer(("127.0.0.1", port)), "UDP") for name in PHONES]
    for phone in phones:
        assert phone.register().status == 200
    return phones


def test_phones_webhooks_and_push_apps_go_on_after_everything_is_lost(
    environment: LosableEnvironment, tmp_path: Path, providers: Providers
) -> None:
    file = tmp_path / "backup.json"
    with Receiver() as receiver, Office(environment.service) as office:
        api = Api(environment.service.api_url, office.customer_id, office.token)
        webhook = api.call("POST", "/webhooks", {"url": receiver.url, "types": ["extension.updated"]}).json()
        receiver.secret = webhook["secret"]
        app = api.call("POST", "/push-apps", providers.apns_app).json()
        made = [office.extension(name, direct=True) for name in PHONES]
        with edge(environment, tmp_path) as before:
            before.wait_until_ready()
            phones_register(office, before.port())

        taken = environment.terminal.json("backup", str(file))
        assert (taken["tables"], taken["secrets"]) == (8, 2)
        assert file.stat().st_mode & 0o777 == 0o600
        lost, lost_key = set(environment.secrets().values()), environment.push_key()
        environment.lose_everything()
        assert not lost & set(environment.secrets().values())
        assert environment.push_key() != lost_key

        terminal = environment.terminal
        plan = terminal.json("restore", str(file))
        assert {row["result"] for row in plan} == {"planned"}
        environment.client("kms").schedule_key_deletion(KeyId=lost_key, PendingWindowInDays=7)
        refused = terminal.run("restore", str(file), "--apply", "--yes")
        assert refused.status == 1
        assert f"aws kms cancel-key-deletion --key-id arn:aws:kms:{REGION}" in refused.stderr
        environment.client("kms").cancel_key_deletion(KeyId=lost_key)
        environment.client("kms").enable_key(KeyId=lost_key)
        assert set(environment.secrets().values()).isdisjoint(lost), "a plan changes nothing"

        asked = terminal.run("restore", str(file), "--apply", stdin="n\n")
        assert asked.status == 1
        assert set(environment.secrets().values()).isdisjoint(lost)
        done = terminal.run("restore", str(file), "--apply", "--yes", "--json")
        assert done.status == 0, done.stderr
        results = {row["name"].partition("/")[2][:-8]: row["result"] for row in json.loads(done.stdout)}
        assert results["Extensions"] == results["Addresses"] == "3 items written, 0 removed"
        assert results["PushApps"] == "1 items written, 0 removed"
        assert set(environment.secrets().values()) == lost
        assert not any(secret in done.stdout + done.stderr for secret in lost)

        api = Api(environment.service.api_url, office.customer_id, office.token)
        listed = api.call("GET", "/extensions").json()["result"]
        assert {each["id"] for each in listed} == {each["id"] for each in made}
        token = {"SIP_API_TOKEN": office.token}
        tested = terminal.run("push-apps", "test", app["id"], "--json", **token)
        assert json.loads(tested.stdout)["test"]["status"] == "accepted", tested
        office.service = environment.service
        with edge(environment, tmp_path) as after:
            after.wait_until_ready()
            _, callee, _ = phones_register(office, after.port())
            stranger = WirePhone(office, "stranger", UdpPeer(("127.0.0.1", after.port())), "UDP")
            stranger.aor = "sip:stranger@outside.example"
            direct = f"sip:direct.{made[1]['direct_hash']}@sip.{environment.service.base}"
            stranger.peer.send(stranger.request("INVITE", direct, f"<{direct}>", f"Contact: <{stranger.contact}>"))
            assert callee.take_request().method == "INVITE"
        api.call("PUT", f"/extensions/{made[0]['id']}", {"detail": "moved"})
        assert receiver.wait()["event"]["data"]["id"] == made[0]["id"]

        # Once more, as after an interruption: what is newer than the backup goes.
        office.service = environment.service
        office.extension("newer")
        repeated = terminal.run("restore", str(file), "--apply", "--yes", "--json")
        again = json.loads(repeated.stdout)
        assert {row["result"] for row in again if "Extensions" in row["name"]} == {"3 items written, 1 removed"}
        assert not [name for name in environment.client("dynamodb").list_tables()["TableNames"] if "restored" in name]


def test_every_table_is_restored_or_known_to_be_transient() -> None:
    names = {outputs.table_name(table).removesuffix("Table") for table in tables.ALL}
    assert set(TRANSIENT) < names
    assert names - set(TRANSIENT) == {
        *("AccessKeys", "Addresses", "Customers", "DirectHashes", "Extensions", "PushApps"),
        *("RefreshPushes", "Webhooks"),
    }
