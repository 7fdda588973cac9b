"""A canary in the place of a password: it may turn up nowhere."""

from __future__ import annotations

from hashlib import md5

from tests.agents.phone import RegistrationRefused
from tests.calls.office import Office

CANARY = "canary-91c4-must-not-sing"


def test_a_password_is_found_in_no_log_answer_or_table(office: Office) -> None:
    extension = office.extension()
    answer = office.rest("PUT", f"/{extension['id']}", password=CANARY)
    phone, wrong = office.phone("pjsua2", extension, password=CANARY), office.phone("baresip", extension)
    phone.register()
    callee = office.registered("baresip")
    callee.set_answer_mode("auto")
    call = phone.call(callee.uri)
    call.wait_established()
    call.hangup()
    try:
        wrong.register()
    except RegistrationRefused:
        pass
    else:
        raise AssertionError("the old password still works")

    service = office.service
    stored = " ".join(str(service.dynamodb.scan(TableName=name)["Items"]) for name in service.tables.values())
    callee.wait_logged("INVITE")
    heard = " ".join(callee.log_lines())
    assert extension["id"] in stored
    for place in (str(answer), service.log_text(), stored, heard):
        assert CANARY not in place
    ha1 = md5(f"{extension['username']}:{service.base}:{CANARY}".encode()).hexdigest()
    for place in (str(answer), service.log_text(), heard):
        assert ha1 not in place
    assert "response=" not in service.log_text()
    assert f'username="{extension["username"]}"' not in heard
