"""Defines the common part of all containers of a task: their confinement and their logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from infra.edge import shutdown_times
from infra.log import Log

# As the images have it, and for reviewers who see the task alone.
_NOBODY: Final = "65534:65534"
# The least that ECS takes. A container that ran for a shorter time is not started again (ECS Developer Guide, "Restart
# individual containers in Amazon ECS tasks with container restart policies").
_RESTART_AFTER: Final = cdk.Duration.seconds(60)
# A connection or a stream is a file.
_OPEN_FILES: Final = 65_535


def add_container(
    task: ecs.FargateTaskDefinition,
    name: str,
    *,
    image: ecs.ContainerImage,
    environment: Mapping[str, str],
    is_well: Sequence[str],
    log: Log,
    log_buffer: cdk.Size,
    essential: bool,
    memory_reservation_mib: int | None = None,
) -> ecs.ContainerDefinition:
    """Add a container; the command `is_well` tells its health.

    One that can't get rid of its log loses lines rather than calls. One that isn't essential is started again alone.
    """
    confined = ecs.LinuxParameters(task, f"Confined-{name}")
    confined.drop_capabilities(ecs.Capability.ALL)
    container = task.add_container(
        name,
        image=image,
        environment=environment,
        essential=essential,
        enable_restart_policy=None if essential else True,
        restart_attempt_period=None if essential else _RESTART_AFTER,
        memory_reservation_mib=memory_reservation_mib,
        user=_NOBODY,
        readonly_root_filesystem=True,
        linux_parameters=confined,
        stop_timeout=cdk.Duration.seconds(shutdown_times.STOP),
        health_check=ecs.HealthCheck(
            command=["CMD", *is_well],
            interval=cdk.Duration.seconds(30),
            timeout=cdk.Duration.seconds(5),
            start_period=cdk.Duration.seconds(30),
            retries=3,
        ),
        logging=ecs.LogDrivers.aws_logs(
            stream_prefix=name,
            log_group=log,
            mode=ecs.AwsLogDriverMode.NON_BLOCKING,
            max_buffer_size=log_buffer,
        ),
    )
    container.add_ulimits(ecs.Ulimit(name=ecs.UlimitName.NOFILE, soft_limit=_OPEN_FILES, hard_limit=_OPEN_FILES))
    return container
