"""The rtpengine beside each edge, in the edge's task and on its addresses.

Three ways to have a dead one started again were open:

- An essential container takes its task along. Each crash of an rtpengine would close the connections of all phones at
  its edge.
- The restart policy of ECS passes over a container that ran for less than 60 seconds. So the second of two quick
  crashes is the last. It looks at exits alone, so a container that hangs goes on (ECS Developer Guide, "Container
  restart policies").
- A process in the container starts an rtpengine again a second after each end. It asks each five seconds over the ng
  protocol, and kills an rtpengine that owes three replies.

The image has the third (`rtpengine/relay`). The restart policy stands behind it for the end of that process. The
container's health check asks the same question for the console. An edge asks its rtpengine every two seconds itself.
Calls go to those of other edges meanwhile. An alarm rings after three minutes (`MediaRelaysLost`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from infra.configuration import Configuration
from infra.edge import ports, shutdown_times
from infra.edge.container import add_container
from infra.edge.image import container_image
from infra.log import Log

_NAME: Final = "rtpengine"
_PORTS_PER_CALL: Final = 4  # RTP and RTCP towards each end
_MEMORY_MIB: Final = 256
MOST_CALLS: Final = (ports.SOUND_LAST - ports.SOUND_FIRST + 1) // _PORTS_PER_CALL
"""The number of calls that one relay has ports for."""
CALLS_WANTED: Final = 0.6 * MOST_CALLS
"""The number of relayed calls at each edge, on average, beyond which there are to be more edges."""


def add_media_relay(
    task: ecs.FargateTaskDefinition, edge: ecs.ContainerDefinition, configuration: Configuration
) -> None:
    """Add the container, and tell the edge of it.

    It starts before the edge and ends after it, when its last calls have ended or time is up. When it breaks down the
    edge stays; the calls that it had are over.
    """
    relay = add_container(
        task,
        _NAME,
        image=container_image(task, "RelayImage", configuration.relay_image, Path(__file__).parent / "rtpengine"),
        environment={
            "NG_PORT": str(ports.NG),
            "FIRST_PORT": str(ports.SOUND_FIRST),
            "LAST_PORT": str(ports.SOUND_LAST),
            "MOST_CALLS": str(MOST_CALLS),
            "LAST_CALLS": str(shutdown_times.LAST_CALLS),
            **({"DUAL_STACK": "yes"} if configuration.dual_stack else {}),
        },
        is_well=("relay", "is-well"),
        log=Log(task, "MediaRelayLog", configuration=configuration),
        log_buffer=cdk.Size.mebibytes(5),
        essential=False,
        memory_reservation_mib=_MEMORY_MIB,
    )
    edge.add_environment("RTPENGINES", f":{ports.NG}")
    edge.add_container_dependencies(
        ecs.ContainerDependency(container=relay, condition=ecs.ContainerDependencyCondition.START)
    )
