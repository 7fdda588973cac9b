"""This task as ECS knows it."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.request import urlopen

from directory.client import ecs

METADATA_VARIABLE: Final = "ECS_CONTAINER_METADATA_URI_V4"
_TIMEOUT_S: Final = 2


class EcsTask:
    """Asks ECS for the state of this task. Calls block for seconds at the most."""

    def __init__(self, metadata_uri: str) -> None:
        """`metadata_uri` is the task metadata endpoint, which ECS names in `METADATA_VARIABLE`."""
        self._metadata_uri = metadata_uri
        self._client = ecs()
        self._description: dict[str, Any] = {}

    def is_deactivating(self) -> bool:
        """Returns whether ECS has deregistered this task from its load balancer, and is going to stop it.

        A task is DEACTIVATING from its deregistration to the end of the deregistration delay. Its metadata don't tell
        (ECS Developer Guide, "Amazon ECS task lifecycle"). Raises OSError, ValueError, KeyError, and botocore's
        BotoCoreError and ClientError.
        """
        if not self._description:
            with urlopen(f"{self._metadata_uri}/task", timeout=_TIMEOUT_S) as answer:  # noqa: S310  (ECS names the URI)
                self._description = json.load(answer)
        described = self._client.describe_tasks(
            cluster=self._description["Cluster"], tasks=[self._description["TaskARN"]]
        )
        return any(task["lastStatus"] == "DEACTIVATING" for task in described["tasks"])
