"""CloudWatch gets bounded names, and each thing once."""

from __future__ import annotations

import json
from typing import Any

from directory.edge.distribution import Distribution
from directory.schema.reasons import Reason
from sip_edge.process.metrics import CALLS, COUNTS, OUTCOMES, PUSHES, REFUSALS, Metrics
from tests.sip_edge.rig import Phone, Rig


def metrics(rig: Rig) -> Metrics:
    return Metrics(
        "Test",
        rig.journal,
        gauges={"Registrations": lambda: rig.edge.registrations},
        totals={"Retries": lambda: 7},
        times={"AnswerTime": rig.journal.answer_times},
    )


def told(source: Metrics, rig: Rig) -> dict[tuple[str, str], Any]:
    """All values, by metric and dimension's value, as CloudWatch would read them."""
    found = {}
    for line in source.lines(rig.now):
        event = json.loads(line)
        (directive,) = event["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "Test"
        ((*dimensions,),) = directive["Dimensions"]
        for metric in directive["Metrics"]:
            found[metric["Name"], "".join(event[name] for name in dimensions)] = event[metric["Name"]]
    return found


def test_registrations_and_their_refusals() -> None:
    rig = Rig()
    rig.add_extension("office1")
    source = metrics(rig)
    phone = Phone(rig, "office1")
    assert phone.register().status == 200
    assert phone.register().status == 200
    assert Phone(rig, "office1", password="a wrong password").register().status == 407
    values = told(source, rig)
    assert (values["Registered", ""], values["Refreshed", ""], values["RegistrationsRefused", ""]) == (1, 1, 1)
    assert values["Registrations", ""] == 1
    assert values[REFUSALS, "wrong_password"] == 1
    assert sum(values["AnswerTime", ""]["Counts"]) == values["AnswerTime", ""]["Count"] == 2
    again = told(source, rig)
    assert (again["Registered", ""], again["Registrations", ""], again["Retries", ""]) == (0, 1, 0)
    assert (REFUSALS, "wrong_password") not in again
    assert ("AnswerTime", "") not in again


def test_a_phone_on_a_connection_is_counted_while_it_lasts() -> None:
    rig = Rig()
    rig.add_extension("office1")
    phone = Phone(rig, "office1", rig.flow(port=5000, transport="TCP"))
    phone.register()
    assert rig.edge.registrations == 1
    rig.edge.lose(phone.flow, rig.now)
    assert rig.edge.registrations == 0


def test_pushes_are_told_by_service_and_fault() -> None:
    rig = Rig()
    rig.journal.count("push_apns_accepted", 3)
    rig.journal.count("push_fcm_provider", 2)
    values = told(metrics(rig), rig)
    pushes = {key: value for key, value in values.items() if key[0] == PUSHES}
    assert pushes == {(PUSHES, "apnsaccepted"): 3, (PUSHES, "fcmprovider"): 2}


def test_no_event_makes_a_metric_of_its_own() -> None:
    rig = Rig()
    for status in range(200, 700):
        rig.journal.counts[f"call_{status}"] += 1
        rig.journal.count(f"rejected_{status}")
    rig.journal.count("made_up_by_a_phone")
    for reason in Reason:
        rig.journal.counts[f"register_refused_{reason}"] += 1
    names = told(metrics(rig), rig).keys()
    assert {name for name, _ in names} == {*COUNTS, CALLS, REFUSALS, "Registrations", "Retries"}
    assert {value for name, value in names if name == CALLS} == set(OUTCOMES)
    assert {value for name, value in names if name == REFUSALS} == {str(reason) for reason in Reason}


def test_no_status_has_two_outcomes() -> None:
    statuses = [status for outcome in OUTCOMES.values() for status in outcome]
    assert len(statuses) == len(set(statuses))


def test_a_distribution_keeps_extremes_sum_and_number() -> None:
    distribution = Distribution()
    assert distribution.take() is None
    for seconds in (0.0001, 0.010, 0.010, 3.0, 100.0):
        distribution.add(seconds)
    figures = distribution.take()
    assert figures is not None
    assert (figures.least, figures.most, sum(figures.counts)) == (0.0001, 100.0, 5)
    assert abs(figures.total - 103.0201) < 1e-9
    assert len(figures.values) == len(figures.counts) <= 100
    assert figures.values == sorted(figures.values)
    for value, exact in zip(figures.values, (0.0005, 0.010, 3.0, 100.0), strict=True):
        assert exact <= value <= exact * 1.25
    assert distribution.take() is None
