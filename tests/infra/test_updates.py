"""An environment goes from any configuration to any other, without a deadlock, a lost table or a second fixed name."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any, Final

import pytest
from aws_cdk import App

from infra.api_stack import ApiStack
from tests.infra.account import updates
from tests.infra.account.updates import Place
from tests.infra.conftest import templates_of

Templates = dict[str, dict[str, Any]]

ZONE: Final = {"hosted_zone_id": "Z0123456789ABC"}
CERTIFICATE: Final = {"certificate_arn": "arn:aws:acm:eu-central-1:111122223333:certificate/1234abcd"}
CONFIGURATIONS: Final[dict[str, dict[str, Any]]] = {
    "plain": {},
    "two zones": {"availability_zones": 2},
    "hosted zone": ZONE,
    "certificate": CERTIFICATE,
    "page": {"page": True},
    "key": {"customer_managed_key": True},
    "without call events": {"call_events": False},
    "dual-stack": {"dual_stack": True},
    "dual-stack, two zones": {"dual_stack": True, "availability_zones": 2},
    "elastic": {"elastic_ips": True},
    "elastic, two zones": {"elastic_ips": True, "availability_zones": 2},
    "elastic, dual-stack": {"elastic_ips": True, "dual_stack": True},
    "others": {
        "edges_least": 4,
        "edges_most": 40,
        "edge_memory": 4096,
        "registrations_per_edge": 50_000,
        "firewall": False,
        "alarm_email": "a@voip.test",
        "deletion_protection": True,
        "warm_writes": 20_000,
    },
}
_RELEASES: Final = sorted((Path(__file__).parent / "releases").glob("*.json.gz"))


@pytest.fixture(scope="module")
def synthesized(make_app: Callable[..., App]) -> dict[str, Templates]:
    found = {name: templates_of(make_app(base="voip.test", **context)) for name, context in CONFIGURATIONS.items()}
    with pytest.MonkeyPatch.context() as patch:
        made = ApiStack._function
        patch.setattr(
            ApiStack,
            "_function",
            lambda self, construct_id, *others: made(self, construct_id.replace("Edges", "Fleet"), *others),
        )
        found["function renamed"] = templates_of(make_app(base="voip.test"))
    return found


def _is_one_way(before: str, after: str) -> bool:
    """Whether the documents say that an environment can't go from one configuration to the other."""
    return ("elastic" in before) != ("elastic" in after) or ("dual-stack" in before and "dual-stack" not in after)


_PAIRS: Final = list(permutations([*CONFIGURATIONS, "function renamed"], 2))


@pytest.mark.parametrize(("before", "after"), [pair for pair in _PAIRS if _is_one_way(*pair)])
def test_a_value_that_is_fixed_at_the_first_deployment_is_refused_later(
    synthesized: dict[str, Templates], before: str, after: str
) -> None:
    assert list(updates.refused(synthesized[before], synthesized[after]))


@pytest.mark.parametrize(("before", "after"), [pair for pair in _PAIRS if not _is_one_way(*pair)])
def test_an_environment_goes_from_one_configuration_to_another(
    synthesized: dict[str, Templates], before: str, after: str
) -> None:
    _check(synthesized[before], synthesized[after])


@pytest.mark.parametrize("release", _RELEASES, ids=lambda path: str(path.name))
def test_an_environment_goes_from_a_release_to_this_one(synthesized: dict[str, Templates], release: Path) -> None:
    """With the values that it has: references of 0.1.0 are strong, so it drops nothing in the same step."""
    _check(json.loads(gzip.decompress(release.read_bytes())), synthesized["plain"])


def _check(before: Templates, after: Templates) -> None:
    assert list(updates.deadlocks(before, after)) == []
    lost = [p for p in updates.replaced(before, after) if updates.kind(after, p) in updates.STATEFUL]
    assert lost == []
    assert list(updates.clashes(before, after)) == []
    assert list(updates.refused(before, after)) == []


def test_there_is_a_release_to_come_from() -> None:
    assert _RELEASES


def test_references_lead_somewhere(synthesized: dict[str, Templates]) -> None:
    for templates in synthesized.values():
        assert list(updates.dangling(templates)) == []


def test_what_outlives_its_stack_has_no_name_that_the_next_deployment_wants(synthesized: dict[str, Templates]) -> None:
    for templates in synthesized.values():
        assert list(updates.retained_with_fixed_names(templates)) == []


def test_what_a_failed_first_deployment_made_goes_with_it(synthesized: dict[str, Templates]) -> None:
    """DeletionPolicy `RetainExceptOnCreate` (CloudFormation User Guide, "DeletionPolicy attribute")."""
    for templates in synthesized.values():
        policies = {r.get("DeletionPolicy") for t in templates.values() for r in t["Resources"].values()}
        assert policies <= {None, "Delete", "RetainExceptOnCreate"}


def test_a_bucket_is_emptied_before_it_is_deleted(synthesized: dict[str, Templates]) -> None:
    for template in synthesized["page"].values():
        kinds = [resource["Type"] for resource in template["Resources"].values()]
        assert kinds.count("AWS::S3::Bucket") == kinds.count("Custom::S3AutoDeleteObjects")


def _stack(*, policy: str = "Delete", name: str = "q", **exports: Any) -> dict[str, Any]:
    queue = {"Type": "AWS::SQS::Queue", "DeletionPolicy": policy, "Properties": {"QueueName": name}}
    outputs = {key: {"Value": value, "Export": {"Name": key}} for key, value in exports.items()}
    return {"Resources": {"Queue": queue}, "Outputs": outputs}


def test_a_dropped_export_that_is_imported_is_a_deadlock() -> None:
    """So the check itself is tried on what CloudFormation refuses."""
    reader = {"Resources": {"R": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": "a"}}}}}
    before = {"one": _stack(a=1), "two": reader}
    assert list(updates.deadlocks(before, {"one": _stack(), "two": {"Resources": {}}}))
    assert list(updates.deadlocks(before, {"one": _stack(a=2), "two": reader}))
    assert not list(updates.deadlocks(before, {"one": _stack(a=1, b=1), "two": reader}))


def test_a_changed_create_only_property_is_a_replacement() -> None:
    before, after = {"one": _stack()}, {"one": _stack(name="r")}
    assert updates.replaced(before, after) == {Place("one", "Queue")}
    assert not updates.replaced(before, before)
    assert list(updates.retained_with_fixed_names({"one": _stack(policy="Retain")})) == [Place("one", "Queue")]
