"""An edge learns from ECS that it is deregistered, long before it is told to end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from chaos.aws.ecs_api import EcsApi
from sip_edge.process.deregistration import Deregistration
from sip_edge.process.ecs_task import METADATA_VARIABLE, EcsTask
from tests.sip_edge.rig import Rig

DELAY_S = 600


@pytest.fixture
def ecs(monkeypatch: pytest.MonkeyPatch) -> Iterator[EcsApi]:
    for name in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "eu-central-1")
    with EcsApi() as ecs:
        for name, value in ecs.environment("mine").items():
            monkeypatch.setenv(name, value)
        yield ecs


def look(rig: Rig, task: EcsTask, delay_s: int = DELAY_S) -> int:
    """Looks twice, and returns how often the edge was told to leave."""
    left: list[bool] = []
    deregistration = Deregistration(task, delay_s, rig.edge, rig.journal, lambda: left.append(True))

    async def twice() -> None:
        await deregistration.look()
        await deregistration.look()

    asyncio.run(twice())
    return len(left)


def task_of(ecs: EcsApi) -> EcsTask:
    return EcsTask(ecs.environment("mine")[METADATA_VARIABLE])


def test_another_task_that_goes_changes_nothing(ecs: EcsApi) -> None:
    rig = Rig()
    ecs.deactivate("another")
    assert look(rig, task_of(ecs)) == 0
    assert not rig.edge.has_handed_over(4e9)
    assert not rig.journal.counts["deregistered"]


def test_the_handover_begins_once_and_the_edge_leaves_at_its_end(ecs: EcsApi) -> None:
    rig = Rig()
    ecs.deactivate("mine")
    assert look(rig, task_of(ecs)) == 0
    assert rig.edge.has_handed_over(4e9)
    assert rig.journal.counts["deregistered"] == 1
    assert look(Rig(), task_of(ecs), delay_s=5) == 2  # so near the end


@pytest.mark.parametrize("fault", ["no metadata", "no ECS"])
def test_an_edge_that_cannot_ask_says_so_and_goes_on(ecs: EcsApi, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    rig = Rig()
    ecs.deactivate("mine")
    nowhere = "http://127.0.0.1:9"
    if fault == "no ECS":
        monkeypatch.setenv("AWS_ENDPOINT_URL_ECS", nowhere)
    task = EcsTask(nowhere) if fault == "no metadata" else task_of(ecs)
    assert look(rig, task) == 0
    assert not rig.edge.has_handed_over(4e9)
    assert rig.journal.counts["ecs_unavailable"] == 2
