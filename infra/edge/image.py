"""Finds the image of a container: by its digest, or built of the sources."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from constructs import Construct

# A private repository of ECR (Amazon ECR User Guide, "Amazon ECR private registry").
_ECR: Final = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<name>[^@]+)@(?P<digest>.+)"
)


def container_image(
    scope: Construct, construct_id: str, name: str | None, folder: Path, dockerfile: str = "Dockerfile"
) -> ecs.ContainerImage:
    """The image of a name with a digest, or without a name the one that is built of a folder."""
    if name:
        return _named_image(scope, construct_id, name)
    return ecs.ContainerImage.from_asset(str(folder), file=dockerfile, platform=ecr_assets.Platform.LINUX_ARM64)


def _named_image(scope: Construct, construct_id: str, name: str) -> ecs.ContainerImage:
    """The task may pull it where that takes a permission: from ECR."""
    found = _ECR.fullmatch(name)
    if not found:
        return ecs.ContainerImage.from_registry(name)
    arn = cdk.Stack.of(scope).format_arn(
        service="ecr",
        account=found["account"],
        region=found["region"],
        resource="repository",
        resource_name=found["name"],
    )
    repository = ecr.Repository.from_repository_attributes(
        scope, construct_id, repository_arn=arn, repository_name=found["name"]
    )
    return ecs.ContainerImage.from_ecr_repository(repository, found["digest"])
