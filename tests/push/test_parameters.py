"""Push parameters as phones write them, and as nothing should write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_edge.push.parameters import Purpose, PushParameters, PushTarget, push_parameters

VOIP = "a1" * 32
REMOTE = "b2" * 32
ANDROID = "dXcQ3mZ9Tq2:APA91bFt4-Xn_9yQ0aM2pO6r8s1U3v5W7x9Y1z3A5b7C9d1E3f5"


def _target(tail: str, header: str = "") -> PushTarget:
    found = push_parameters(tail, header)
    assert found is not None
    assert found.target is not None
    assert not found.is_question
    assert not found.is_unsupported
    return found.target


@pytest.mark.parametrize("tail", ["", ";transport=tcp;ob", ";pnx=1", ";pn-silent=1", ";pn-purr=abc"])
def test_a_contact_without_push_has_none(tail: str) -> None:
    assert push_parameters(tail) is None


@pytest.mark.parametrize("tail", [";pn-provider", ";pn-provider=", ";transport=tcp;PN-Provider", ';pn-provider=""'])
def test_a_provider_without_a_value_asks_for_all_services(tail: str) -> None:
    assert push_parameters(tail) == PushParameters("", True, None)


@pytest.mark.parametrize(
    ("tail", "service"),
    [
        (";pn-provider=fcm", "fcm"),
        (";pn-provider=APNS;pn-param=ABCDE12345.com.example.app", "apns"),
        (";pn-provider=apns;pn-prid=", "apns"),
        (";pn-provider=apns.dev", "apns"),
    ],
)
def test_a_provider_without_a_token_asks_for_its_service(tail: str, service: str) -> None:
    assert push_parameters(tail) == PushParameters(service, True, None)


@pytest.mark.parametrize("tail", [";pn-provider=webpush", ";pn-provider=acme;pn-param=a;pn-prid=b"])
def test_another_service_is_unsupported(tail: str) -> None:
    found = push_parameters(tail)
    assert found is not None
    assert found.is_unsupported
    assert found.target is None


@pytest.mark.parametrize(
    ("param", "prid", "voip", "remote"),
    [
        ("ABCDE12345.com.example.app", REMOTE, "", REMOTE),
        ("ABCDE12345.com.example.app.remote", REMOTE, "", REMOTE),
        ("ABCDE12345.com.example.app.remote", f"{REMOTE}:remote", "", REMOTE),
        ("ABCDE12345.com.example.app.voip", VOIP, VOIP, ""),
        ("ABCDE12345.com.example.app.voip", f"{VOIP}:voip", VOIP, ""),
        ("ABCDE12345.com.example.app", f"{VOIP}:voip", VOIP, ""),
        ("ABCDE12345.com.example.app.voip&remote", f"{VOIP}:voip&{REMOTE}:remote", VOIP, REMOTE),
        ("ABCDE12345.com.example.app.voip&remote", f"{REMOTE}:remote&{VOIP}:voip", VOIP, REMOTE),
        ("ABCDE12345.com.example.app.remote&voip", f"{VOIP}:VOIP&{REMOTE}:Remote", VOIP, REMOTE),
        ("ABCDE12345.com.example.app.remote&voip", f"{REMOTE}&{VOIP}", VOIP, REMOTE),
        ("ABCDE12345.com.example.app.voip&remote", VOIP, VOIP, ""),
        ("ABCDE12345.com.example.app.voip%26remote", f"{VOIP}%3Avoip%26{REMOTE}%3aremote", VOIP, REMOTE),
        ("ABCDE12345.com.example.app.voip", VOIP.upper(), VOIP, ""),
        ('"ABCDE12345.com.example.app.voip"', f'"{VOIP}"', VOIP, ""),
    ],
)
def test_the_tokens_of_an_iphone(param: str, prid: str, voip: str, remote: str) -> None:
    target = _target(f";pn-provider=apns;pn-param={param};pn-prid={prid}")
    assert target == ("apns", "com.example.app", "ABCDE12345", False, voip, remote, "")


@pytest.mark.parametrize("provider", ["apns.dev", "APNS.DEV", "apns-dev", "apns.sandbox", "apns%2Edev"])
def test_the_sandbox(provider: str) -> None:
    assert _target(f";pn-provider={provider};pn-param=ABCDE12345.com.example.app;pn-prid={REMOTE}").is_sandbox


def test_a_topic_without_a_team() -> None:
    target = _target(f";pn-provider=apns;pn-param=com.example.app.voip;pn-prid={VOIP}")
    assert (target.team, target.app) == ("", "com.example.app")


@pytest.mark.parametrize(("project", "app"), [("my-app-12", "my-app-12"), ("929724111839", "929724111839")])
def test_the_token_of_an_android(project: str, app: str) -> None:
    target = _target(f";pn-provider=fcm;pn-param={project};pn-prid={ANDROID}")
    assert target == ("fcm", app, "", False, "", ANDROID, "")


def test_linphone_on_ios() -> None:
    target = _target(
        f";transport=tls;pn-provider=apns.dev;pn-prid={VOIP}:voip&{REMOTE}:remote"
        ";pn-param=Z2V957B3D6.org.linphone.phone.voip&remote;pn-silent=1;pn-timeout=0;pn-msg-str=IM_MSG"
        ";pn-call-str=IC_MSG;pn-groupchat-str=GC_MSG;pn-call-snd=notes_of_the_optimistic.caf;pn-msg-snd=msg.caf"
        ";pn-call-remote-push-interval=3"
    )
    assert target == ("apns", "org.linphone.phone", "Z2V957B3D6", True, VOIP, REMOTE, "IM_MSG")


@pytest.mark.parametrize(
    ("older", "expected"),
    [
        (
            f";app-id=org.linphone.phone.voip.prod;pn-type=apple;pn-tok={VOIP};pn-msg-str=IM_MSG",
            ("apns", "org.linphone.phone", "", False, VOIP, "", "IM_MSG"),
        ),
        (f";app-id=org.linphone.phone.dev;pn-type=apple;pn-tok={REMOTE}",
         ("apns", "org.linphone.phone", "", True, "", REMOTE, "")),
        (f";app-id=com.example.app;pn-type=Apple;pn-tok={REMOTE}",
         ("apns", "com.example.app", "", False, "", REMOTE, "")),
        (f";app-id=929724111839;pn-type=firebase;pn-tok={ANDROID};pn-timeout=0;pn-silent=1",
         ("fcm", "929724111839", "", False, "", ANDROID, "")),
        (f";app-id=my-app;pn-type=google;pn-tok={ANDROID}", ("fcm", "my-app", "", False, "", ANDROID, "")),
    ],
)  # fmt: skip
def test_the_older_family(older: str, expected: tuple[object, ...]) -> None:
    assert _target(older) == expected
    assert _target("", older) == expected


def test_parameters_of_the_uri_count_before_those_of_the_header() -> None:
    header = f';+sip.instance="<urn:x;pn-prid=no>";expires=60;pn-provider=apns;pn-prid={REMOTE}'
    target = _target(f";pn-provider=fcm;pn-param=my-app;pn-prid={ANDROID}", header)
    assert target.service == "fcm"


def test_the_header_field_may_have_them() -> None:
    header = f';+sip.instance="<urn:uuid:1>";pn-provider=fcm;pn-param=my-app;pn-prid={ANDROID};reg-id=1'
    assert _target(";ob", header).remote_token == ANDROID


@pytest.mark.parametrize(
    "tail",
    [
        ";pn-provider=apns;pn-param=ABCDE12345.com.example.app;pn-prid=../../3/device/x",
        f";pn-provider=apns;pn-param=ABCDE12345.com.example.app;pn-prid={VOIP}%0d%0aX",
        f";pn-provider=apns;pn-param=ABCDE12345.com.example.app;pn-prid={'a' * 257}",
        f";pn-provider=apns;pn-param=ABCDE12345.com.example.app;pn-prid={VOIP}:watch",
        f";pn-provider=apns;pn-param=ABCDE12345.com.example.app;pn-prid={VOIP}:voip&{REMOTE}:voip",
        f";pn-provider=apns;pn-param=ABCDE12345.com.example.app;pn-prid={VOIP}:voip&",
        f";pn-provider=apns;pn-param=com.example%0d%0aapns-topic;pn-prid={VOIP}",
        f";pn-provider=apns;pn-prid={VOIP}",
        f";pn-provider=fcm;pn-param=a/../b;pn-prid={ANDROID}",
        ";pn-provider=fcm;pn-param=my-app;pn-prid=short",
        ";pn-provider=fcm;pn-param=my-app;pn-prid=" + "a" * 513,
        ";pn-type=apple",
    ],
)
def test_values_that_cannot_be_used_make_no_target(tail: str) -> None:
    found = push_parameters(tail)
    assert found is not None
    assert found.target is None
    assert found.is_unsupported or found.is_question


def test_a_voip_token_is_for_calls_alone() -> None:
    both = _target(f";pn-provider=apns;pn-param=com.example.app.voip&remote;pn-prid={VOIP}:voip&{REMOTE}:remote")
    assert both.token_for(Purpose.CALL) == VOIP
    voip = both._replace(remote_token="")
    remote = both._replace(voip_token="")
    assert remote.token_for(Purpose.CALL) == REMOTE
    for purpose in (Purpose.MESSAGE, Purpose.REFRESH, Purpose.TEST):
        assert both.token_for(purpose) == REMOTE
        assert voip.token_for(purpose) == ""


def test_the_same_device_with_another_text() -> None:
    target = _target(f";pn-provider=apns;pn-param=com.example.app;pn-prid={REMOTE};pn-msg-str=A")
    assert target.is_same_device(target._replace(message_key="B"))
    assert not target.is_same_device(target._replace(remote_token=VOIP))


def test_a_target_shows_no_token() -> None:
    found = push_parameters(f";pn-provider=apns;pn-param=com.example.app.voip;pn-prid={VOIP}")
    assert VOIP not in f"{found!r} {found}"


@given(st.text(), st.text())
def test_nothing_is_raised(uri: str, header: str) -> None:
    push_parameters(f";pn-provider{uri}", f";pn-{header}")
