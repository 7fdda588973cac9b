"""An environment on the emulator that can lose everything and be deployed anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from local.emulator import CREDENTIALS, REGION, session
from tests.runner import Runner
from tests.service import Service
from tests.sipctl.terminal import Terminal

_EDGE: Final = "sip-extensions-live-edge"
_DELETED: Final = ("sip-extensions-live-api", "sip-extensions-live-events", "sip-extensions-live-data", _EDGE)
# The edges' stack needs more of AWS than the emulator has, so that this stack has its secret alone.
_KEYS: Final = {
    "Resources": {
        "KeysSecret00C0FFEE": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {
                "GenerateSecretString": {
                    "SecretStringTemplate": "{}",
                    "GenerateStringKey": "1970-01-01T00:00:00Z",
                    "PasswordLength": 64,
                    "ExcludePunctuation": True,
                }
            },
        }
    }
}


class LosableEnvironment:
    """The service of a runner, with a secret of the edges' keys as the deployed edges have one."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        """`settings` are variables of the runner's environment."""
        self._state = folder / "state"
        self._settings = settings
        self._runner = Runner(self._state, None, None, None, **settings)

    def __enter__(self) -> LosableEnvironment:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._runner.stop()

    @property
    def terminal(self) -> Terminal:
        """A terminal of the operator with the account's credentials."""
        return Terminal(
            SIP_API_URL=self.service.api_url,
            AWS_ENDPOINT_URL=self.service.endpoint,
            AWS_DEFAULT_REGION=REGION,
            AWS_ACCESS_KEY_ID=CREDENTIALS.access_key,
            AWS_SECRET_ACCESS_KEY=CREDENTIALS.secret_key,
        )

    def client(self, name: str) -> Any:
        """A client of one of the emulator's services."""
        make: Callable[..., Any] = session().client
        return make(name, endpoint_url=self.service.endpoint)

    def secrets(self) -> dict[str, str]:
        """The values of all secrets by their ids."""
        client = self.client("secretsmanager")
        ids = [secret["ARN"] for secret in client.list_secrets()["SecretList"]]
        return {each: client.get_secret_value(SecretId=each)["SecretString"] for each in ids}

    def keys_id(self) -> str:
        """The id of the secret with the edges' keys."""
        described = self.client("cloudformation").describe_stack_resources(StackName=_EDGE)
        return str(described["StackResources"][0]["PhysicalResourceId"])

    def push_key(self) -> str:
        """The id of the KMS key of push apps."""
        stack = self.client("cloudformation").describe_stack_resources(StackName="sip-extensions-live-data")
        (key,) = [each for each in stack["StackResources"] if each["LogicalResourceId"].startswith("PushKey")]
        return str(key["PhysicalResourceId"])

    def lose_everything(self) -> None:
        """Delete all stacks, and the tables and secrets that they keep; then deploy anew."""
        cloudformation, dynamodb = self.client("cloudformation"), self.client("dynamodb")
        for name in _DELETED:
            cloudformation.delete_stack(StackName=name)
            cloudformation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
        for name in dynamodb.list_tables()["TableNames"]:
            dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
            dynamodb.delete_table(TableName=name)
        for secret in self.secrets():
            self.client("secretsmanager").delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
        assert self._runner.stop() == 0, self._runner.log_text()
        self._runner = Runner(self._state, None, None, None, **self._settings)
        self._start()

    def _start(self) -> None:
        self._runner.wait_until_ready()
        self.service = Service(self._runner)
        self.client("cloudformation").create_stack(StackName=_EDGE, TemplateBody=json.dumps(_KEYS))
