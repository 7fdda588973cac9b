"""The rtpengine beside each edge, in the edge's task and on its addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs

from infra.configuration import Configuration
from infra.edge import ending, ports
from infra.log import Log

# As the images have it, and for reviewers who see the task alone.
NOBODY: Final = "65534:65534"
_NAME: Final = "rtpengine"
_PORTS_PER_CALL: Final = 4  # RTP and RTCP towards each end
_OPEN_FILES: Final = 65_535
_MEMORY_MIB: Final = 256


def add_media_relay(
    task: ecs.FargateTaskDefinition, edge: ecs.ContainerDefinition, configuration: Configuration
) -> None:
    """Add the container, and tell the edge of it.

    It starts before the edge and ends after it, when its last calls have ended or time is up. When it breaks down it is
    started again and the edge stays; the calls that it had are over.
    """
    confined = ecs.LinuxParameters(task, "ConfinedRelay")
    confined.drop_capabilities(ecs.Capability.ALL)
    relay = task.add_container(
        _NAME,
        image=ecs.ContainerImage.from_asset(
            str(Path(__file__).parent / "rtpengine"), platform=ecr_assets.Platform.LINUX_ARM64
        ),
        environment={
            "NG_PORT": str(ports.NG),
            "FIRST_PORT": str(ports.SOUND_FIRST),
            "LAST_PORT": str(ports.SOUND_LAST),
            "MOST_CALLS": str((ports.SOUND_LAST - ports.SOUND_FIRST + 1) // _PORTS_PER_CALL),
            "LAST_CALLS": str(ending.LAST_CALLS),
        },
        essential=False,
        enable_restart_policy=True,
        memory_reservation_mib=_MEMORY_MIB,
        user=NOBODY,
        readonly_root_filesystem=True,
        linux_parameters=confined,
        stop_timeout=cdk.Duration.seconds(ending.STOP),
        health_check=ecs.HealthCheck(
            command=["CMD", "relay", "is-well"],
            interval=cdk.Duration.seconds(30),
            timeout=cdk.Duration.seconds(5),
            start_period=cdk.Duration.seconds(30),
            retries=3,
        ),
        logging=ecs.LogDrivers.aws_logs(
            stream_prefix=_NAME,
            log_group=Log(task, "MediaRelayLog", configuration=configuration),
            mode=ecs.AwsLogDriverMode.NON_BLOCKING,
            max_buffer_size=cdk.Size.mebibytes(5),
        ),
    )
    relay.add_ulimits(ecs.Ulimit(name=ecs.UlimitName.NOFILE, soft_limit=_OPEN_FILES, hard_limit=_OPEN_FILES))
    edge.add_environment("RTPENGINES", f":{ports.NG}")
    edge.add_container_dependencies(
        ecs.ContainerDependency(container=relay, condition=ecs.ContainerDependencyCondition.START)
    )
