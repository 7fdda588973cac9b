"""Small stacks on the emulator that stand for those of an environment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.emulator import session
from tests.service import Service


@contextmanager
def deployed(service: Service, name: str, resources: dict[str, Any], outputs: dict[str, Any]) -> Iterator[None]:
    """A stack of that name, with these resources and the values of these outputs."""
    client = session().client("cloudformation", endpoint_url=service.endpoint)
    written = {key: {"Value": value} for key, value in outputs.items()}
    client.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources, "Outputs": written}))
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    try:
        yield
    finally:
        client.delete_stack(StackName=name)
        client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
