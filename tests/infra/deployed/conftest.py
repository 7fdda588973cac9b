"""Fixtures of the tests of the deployed stacks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import boto3
import pytest

from local.emulator import CREDENTIALS, REGION, session
from tests.infra.conftest import MakeApp
from tests.infra.deployed.edge_stack import DeployedEdgeStack
from tests.service import Service


@pytest.fixture(scope="package")
def edge_stack(service: Service, make_app: MakeApp) -> Iterator[DeployedEdgeStack]:
    """The edge's stack with names in a zone of the emulator's.

    It ends with this package: other tests deploy stacks of the same name to the same service.
    """
    route53 = session().client("route53", endpoint_url=service.endpoint)
    zone = route53.create_hosted_zone(Name=service.base, CallerReference=str(uuid4()))["HostedZone"]["Id"]
    assembly = Path(make_app(base=service.base, hosted_zone_id=zone.rpartition("/")[2]).synth().directory)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        for name, value in (
            ("AWS_ENDPOINT_URL", service.endpoint),
            ("AWS_DEFAULT_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", CREDENTIALS.access_key),
            ("AWS_SECRET_ACCESS_KEY", CREDENTIALS.secret_key),
        ):
            patch.setenv(name, value)
        stack = DeployedEdgeStack(assembly, service)
    yield stack
    stack.delete()
