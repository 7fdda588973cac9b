"""The edges: one container each, as many as there is work for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from directory.schema.tables import Table
from infra import permissions
from infra.configuration import Configuration
from infra.edge import ports, shutdown_times
from infra.edge.container import add_container
from infra.edge.image import container_image
from infra.edge.media_relay import CALLS_WANTED, add_media_relay
from infra.edge.network import Network
from infra.log import Log
from infra.sources import ROOT

CONTAINER: Final = "edge"
_VCPU: Final = 1024
_HEALTH_QUESTION: Final = (
    f"from urllib.request import urlopen; urlopen('http://127.0.0.1:{ports.HEALTH}/health', timeout=3)"
)

# An edge that goes moves its phones, so what was started in haste goes at leisure.
_SCALE_OUT_PAUSE: Final = cdk.Duration.minutes(1)
_SCALE_IN_PAUSE: Final = cdk.Duration.minutes(30)


class EdgeService(Construct):
    """A Fargate service of edges on the given tables. `settings` are what they are told beside the rest."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        network: Network,
        tables: Mapping[Table, dynamodb.ITableV2],
        settings: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        self.task = ecs.FargateTaskDefinition(
            self,
            "Task",
            cpu=_VCPU,
            memory_limit_mib=configuration.edge_memory,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.ARM64, operating_system_family=ecs.OperatingSystemFamily.LINUX
            ),
        )
        permitted = (*permissions.SIP_EDGE, *([permissions.CALL_EVENTS] if configuration.call_events else []))
        self._add_edge(configuration, {p.table: tables[p.table] for p in permitted}, settings)
        permissions.allow(self.task.task_role, permitted, tables)
        self.cluster = ecs.Cluster(
            self, "Cluster", vpc=network.vpc, container_insights_v2=ecs.ContainerInsights.ENABLED
        )
        self._let_ask_for_tasks()
        self.service = ecs.FargateService(
            self,
            "Service",
            cluster=self.cluster,
            task_definition=self.task,
            assign_public_ip=True,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
            security_groups=[network.edges],
            # New edges come before old ones go, and a version that does not become healthy is taken back.
            min_healthy_percent=100,
            max_healthy_percent=200,
            circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
            availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.ENABLED,
            health_check_grace_period=cdk.Duration.seconds(60),
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
            enable_ecs_managed_tags=True,
        )
        self._scale(configuration)

    def _let_ask_for_tasks(self) -> None:
        """Let edges learn from ECS that they are deregistered (`sip_edge/process/ecs_task.py`)."""
        stack = cdk.Stack.of(self)
        tasks = stack.format_arn(service="ecs", resource="task", resource_name=f"{self.cluster.cluster_name}/*")
        self.task.task_role.add_to_principal_policy(
            iam.PolicyStatement(actions=["ecs:DescribeTasks"], resources=[tasks])
        )

    def _add_edge(
        self,
        configuration: Configuration,
        tables: Mapping[Table, dynamodb.ITableV2],
        settings: Mapping[str, str],
    ) -> None:
        container = add_container(
            self.task,
            CONTAINER,
            image=container_image(self, "EdgeImage", configuration.edge_image, ROOT, "sip_edge/Dockerfile"),
            environment={
                "BASE_DOMAIN": configuration.base,
                "REALM": configuration.realm,
                "SIP_PORT": str(ports.SIP),
                **({"SIP_HOST": "0.0.0.0,::"} if configuration.dual_stack else {}),
                "HEALTH_PORT": str(ports.HEALTH),
                "FLEET_PORT": str(ports.FLEET),
                "DRAIN_SECONDS": str(shutdown_times.DRAIN),
                "DEREGISTRATION_SECONDS": str(shutdown_times.DEREGISTRATION),
                "METRICS_NAMESPACE": configuration.metrics_namespace,
                "LOG_LEVEL": configuration.log_level,
                **{table.variable: deployed.table_name for table, deployed in tables.items()},
                **settings,
            },
            is_well=("python", "-c", _HEALTH_QUESTION),
            log=Log(self, "EdgeLog", configuration=configuration),
            log_buffer=cdk.Size.mebibytes(25),
            essential=True,
        )
        add_media_relay(self.task, container, configuration)
        container.add_port_mappings(
            ecs.PortMapping(container_port=ports.SIP, protocol=ecs.Protocol.UDP),
            *(
                ecs.PortMapping(container_port=port, protocol=ecs.Protocol.TCP)
                for port in (ports.SIP, ports.BALANCED_TLS, ports.BALANCED_WSS, ports.HEALTH)
            ),
            ecs.PortMapping(container_port=ports.FLEET, protocol=ecs.Protocol.UDP),
        )

    def _scale(self, configuration: Configuration) -> None:
        scaling = self.service.auto_scale_task_count(
            min_capacity=configuration.edges_least, max_capacity=configuration.edges_most
        )
        scaling.scale_on_cpu_utilization(
            "Cpu", target_utilization_percent=60, scale_out_cooldown=_SCALE_OUT_PAUSE, scale_in_cooldown=_SCALE_IN_PAUSE
        )
        scaling.scale_to_track_custom_metric(
            "Registrations",
            metric=cloudwatch.Metric(
                namespace=configuration.metrics_namespace, metric_name="Registrations", statistic="Average"
            ),
            target_value=configuration.registrations_per_edge,
            scale_out_cooldown=_SCALE_OUT_PAUSE,
            scale_in_cooldown=_SCALE_IN_PAUSE,
        )
        scaling.scale_to_track_custom_metric(
            "MediaCalls",
            metric=cloudwatch.Metric(
                namespace=configuration.metrics_namespace, metric_name="MediaCalls", statistic="Average"
            ),
            target_value=CALLS_WANTED,
            scale_out_cooldown=_SCALE_OUT_PAUSE,
            scale_in_cooldown=_SCALE_IN_PAUSE,
        )
