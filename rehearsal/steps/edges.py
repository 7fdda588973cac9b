"""Steps that take edges away from phones: a rolling update, and an edge that is killed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import WaiterError

from rehearsal.population import Population
from rehearsal.step import Figures, Step
from sipctl.aws import Account
from sipctl.failure import FailedError
from sipctl.stacks import Stacks

_POLL_S: Final = 15
# An hour: an edge is deregistered for a quarter of one, drains for two minutes, and its relay for four.
_POLLS: Final = 240
# Each phone refreshes its registration within this time, so that each has met the new edges.
_AFTERWARDS_S: Final = 180


class EdgeService:
    """The ECS service of the edges."""

    def __init__(self, account: Account, stacks: Stacks) -> None:
        self._ecs = account.client("ecs")
        (self._cluster,) = stacks.resources("AWS::ECS::Cluster").values()
        (self._service,) = stacks.resources("AWS::ECS::Service").values()

    def update(self) -> None:
        """Let new edges take the place of all."""
        self._ecs.update_service(cluster=self._cluster, service=self._service, forceNewDeployment=True)

    def kill_one(self) -> None:
        """Stop a task, of which ECS tells the balancer late."""
        tasks: list[Any] = self._ecs.list_tasks(cluster=self._cluster, serviceName=self._service)["taskArns"]
        self._ecs.stop_task(cluster=self._cluster, task=tasks[0], reason="rehearsal")

    def wait_stable(self) -> None:
        """Wait until as many edges run as there should be, of one version. Raises FailedError after an hour."""
        try:
            self._ecs.get_waiter("services_stable").wait(
                cluster=self._cluster,
                services=[self._service],
                WaiterConfig={"Delay": _POLL_S, "MaxAttempts": _POLLS},
            )
        except WaiterError:
            detail = "The service of edges is not stable after an hour."
            raise FailedError({"code": "not_stable", "detail": detail}) from None


class LostEdges(Step):
    """Changes the edges while phones are called, and waits until all is as it should be."""

    needs_aws = True

    def __init__(
        self,
        name: str,
        change: Callable[[EdgeService], None],
        account: Account,
        stacks: Stacks,
        population: Population,
    ) -> None:
        self.name = name
        self._change = change
        self._account = account
        self._stacks = stacks
        self._population = population

    def do(self) -> Figures:
        """Change the edges."""
        service = EdgeService(self._account, self._stacks)
        figures: dict[str, str | int] = {}
        with self._population.watched(figures, _AFTERWARDS_S):
            self._change(service)
            service.wait_stable()
        return figures
