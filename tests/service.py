"""The running service, as tests of its outside see it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests

from directory.schema import tables
from infra import outputs
from local.emulator import CREDENTIALS, REGION, session
from sipctl.signature import Signature
from tests.runner import Runner

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Service:
    """The service that a runner has started.

    `operator` signs requests to the /customers routes. `tables` maps the environment variable of each table to its
    name, as the directory wants it.
    """

    def __init__(self, runner: Runner) -> None:
        demo = runner.demo()
        self._runner = runner
        self.state = runner.state
        self.api_url: str = demo["api_url"]
        self.token: str = demo["token"]
        self.customer_id: str = demo["customer_id"]
        self.base: str = demo["base"]
        self.sip_host: str = demo["sip_host"]
        self.sip_port: int = demo["sip_port"]
        self.ws_port: int = demo["ws_port"]
        self.page_url = f"http://{self.sip_host}:{runner.page_port}/"
        self.operator = Signature(CREDENTIALS, REGION)
        self.endpoint = "{0.scheme}://{0.netloc}".format(urlsplit(self.api_url))
        self.dynamodb: DynamoDBClient = session().client("dynamodb", endpoint_url=self.endpoint)
        self.outputs = self._outputs()
        self.tables = {table.variable: self.outputs[outputs.table_name(table)] for table in tables.ALL}

    def new_customer(self) -> tuple[str, str]:
        """A fresh customer's id, and a token of it."""
        customer_id = self._posted("customers")["id"]
        return customer_id, self._posted(f"customers/{customer_id}/accesskeys")["token"]

    def log_text(self) -> str:
        """The output of the runner, its children and the functions, and the access log."""
        logs = session().client("logs", endpoint_url=self.endpoint)
        groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
        events = [
            event["message"]
            for group in groups
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group)
            for event in page["events"]
        ]
        return "\n".join([self._runner.log_text(), *events])

    def _posted(self, path: str) -> dict[str, str]:
        answer = requests.post(f"{self.api_url}/{path}", json={"name": "test"}, auth=self.operator, timeout=30)
        assert answer.ok, answer.text
        created: dict[str, str] = answer.json()
        return created

    def _outputs(self) -> dict[str, str]:
        stacks = session().client("cloudformation", endpoint_url=self.endpoint).describe_stacks()["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for stack in stacks for output in stack.get("Outputs", ())}
