"""The values of the messages of RFC 4475 that are valid, or may be taken for it."""

from __future__ import annotations

import pytest

from sip_edge.message import sanity
from sip_edge.message import uri as uris
from sip_edge.message import via as vias
from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Request, Response, parse
from sip_edge.message.values import address, parameter, parameters
from tests.torture.outcomes import BY_NAME

LONG = "amazinglylongcallername" * 5


def request(name: str) -> Request:
    message = parse(BY_NAME[name].data)
    assert isinstance(message, Request)
    return message


def response(name: str) -> Response:
    message = parse(BY_NAME[name].data)
    assert isinstance(message, Response)
    return message


@pytest.mark.parametrize("name", sorted(BY_NAME.keys() - {"bigcode"}))
def test_what_is_not_edited_leaves_as_it_came(name: str) -> None:
    data = BY_NAME[name].data
    head, _, body = data.partition(b"\r\n\r\n")
    unfolded = head.removesuffix(b"\r\n").replace(b"\r\n ", b" ")
    assert parse(data).encode() == unfolded + b"\r\n\r\n" + body


def test_bigcode() -> None:
    with pytest.raises(MalformedError):
        parse(BY_NAME["bigcode"].data)


def test_wsinv() -> None:
    message = request("wsinv")
    identity = sanity.check(message)
    assert uris.parse(message.uri).params == ";unknownparam"
    assert (identity.to_uri, identity.to_tag) == ("sip:vivekg@chair-dnrc.example.com", "1918181833n")
    assert (identity.from_uri, identity.from_tag) == ("sip:jdrosen@example.com", "98asjd8")
    assert (identity.cseq, identity.hops) == (9, 68)
    assert "subject" in message.names
    assert message.get("subject") == ""
    assert message.get("newfangledheader") == "newfangled value continued newfangled value"
    assert message.get("unknownheaderwithunusualvalue") == ";;,,;;,;"
    top, *rest = [vias.parse(value) for value in message.values("via")]
    assert (top.transport, top.sent_by, top.branch) == ("UDP", "192.0.2.2", "390skdjuw")
    assert [(via.transport, via.sent_by, via.branch) for via in rest] == [
        ("TCP", "spindle.example.com", "z9hG4bK9ikj8"),
        ("UDP", "192.168.255.111", "z9hG4bK30239"),
    ]
    (contact,) = message.values("contact")
    uri, tail = address(contact)
    assert uri == "sip:jdrosen@example.com"
    assert parameters(tail) == {"newparam": "newvalue", "secondparam": "", "q": "0.33"}
    route, _ = address(message.get("route"))
    assert uris.parse(route).parameter("unknownwith") == "value"


def test_intmeth() -> None:
    message = request("intmeth")
    identity = sanity.check(message)
    assert message.method == "!interesting-Method0123456789_*+`.%indeed'~"
    uri = uris.parse(message.uri)
    assert uri.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    assert uri.host == "example.com"
    assert not uri.headers
    assert identity.to_uri == "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com"
    assert identity.from_tag == "_token~1'+`*%!-."
    _, tail = address(message.get("from"))
    assert parameters(tail)["fromparam''~+*_!.-%"] == "работающий"
    assert identity.call_id == "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"
    assert message.get("extensionheader-!.%*+_`'~") == "\ufeff大停電"
    assert vias.top(message).branch == "z9hG4bK-.!%66*_+`'~"


def test_esc01() -> None:
    message = request("esc01")
    identity = sanity.check(message)
    uri = uris.parse(message.uri)
    assert (uri.scheme, uri.user, uri.host) == ("sip", "sips:user@example.com", "example.net")
    assert uris.parse(identity.to_uri).key == uris.parse("sip:user@example.com").key
    assert uris.parse(identity.from_uri).user == "I have spaces"
    contact = uris.parse(address(message.get("contact"))[0])
    assert contact.user == "caller"
    assert contact.parameter("name") == "value%41"


def test_escnull() -> None:
    message = request("escnull")
    identity = sanity.check(message)
    assert uris.parse(identity.to_uri).user == "null-\0-null"
    users = [uris.parse(address(value)[0]).user for value in message.values("contact")]
    assert users == ["\0", "\0\0"]


def test_esc02() -> None:
    message = request("esc02")
    sanity.check(message)
    assert message.method == "RE%47IST%45R"
    assert message.get("to").startswith('"%Z%45" <')
    assert [address(value)[0] for value in message.values("contact")] == [
        "sip:alias1@host1.example.com",
        "sip:alias3@host3.example.com",
    ]
    assert message.get("c%6fntact") == "<sip:alias2@host2.example.com>"
    assert vias.top(message).branch == "z9hG4bK209%fzsnel234"


def test_lwsdisp() -> None:
    identity = sanity.check(request("lwsdisp"))
    assert (identity.from_uri, identity.from_tag) == ("sip:caller@example.com", "323")


def test_longreq() -> None:
    message = request("longreq")
    identity = sanity.check(message)
    assert message.names.count("via") == len(message.values("via")) == 34
    assert vias.top(message).sent_by == "sip33.example.com"
    assert vias.parse(message.values("via")[-1]).branch == f"very{'long' * 50}branchvalue"
    assert uris.parse(identity.from_uri).user == LONG
    assert identity.from_tag == f"12{'982' * 50}424"
    assert uris.parse(identity.to_uri).port == 6000
    assert identity.call_id == f"longreq.one{'really' * 20}longcallid"
    assert uris.parse(address(message.get("contact"))[0]).user == LONG


def test_dblreq() -> None:
    message = request("dblreq")
    identity = sanity.check(message)
    assert message.method == "REGISTER"
    assert identity.call_id == "dblreq.0ha0isndaksdj99sdfafnl3lk233412"
    assert message.body == b""
    assert b"INVITE" not in message.encode()


def test_semiuri() -> None:
    message = request("semiuri")
    sanity.check(message)
    uri = uris.parse(message.uri)
    assert (uri.user, uri.host, uri.params) == ("user;par=u@example.net", "example.com", "")
    assert len(message.values("accept")) == 6


def test_transports() -> None:
    message = request("transports")
    sanity.check(message)
    transports = [vias.parse(value).transport for value in message.values("via")]
    assert transports == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]


def test_mpart01() -> None:
    message = request("mpart01")
    sanity.check(message)
    assert len(message.body) == 553
    assert message.body.endswith(b"\r\n--7a9cbec02ceef655--\r\n")
    assert b"\0" in message.body


def test_unreason() -> None:
    message = response("unreason")
    sanity.check_response(message)
    assert message.status == 200
    assert message.start == "SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое"


def test_noreason() -> None:
    message = response("noreason")
    sanity.check_response(message)
    assert (message.status, message.start) == (100, "SIP/2.0 100 ")


def test_bcast() -> None:
    message = response("bcast")
    sanity.check_response(message)
    assert [vias.parse(value).sent_by for value in message.values("via")] == ["192.0.2.198", "255.255.255.255"]


def test_badbranch() -> None:
    assert vias.top(request("badbranch")).branch == ""


def test_cparam() -> None:
    (contact,) = request("cparam01").values("contact")
    uri, tail = address(contact)
    assert (uri, tail) == ("sip:+19725552222@gw1.example.net", ";unknownparam")
    (contact,) = request("cparam02").values("contact")
    uri, tail = address(contact)
    assert (uri, tail) == ("sip:+19725552222@gw1.example.net;unknownparam", "")


def test_regescrt() -> None:
    uri = uris.parse(address(request("regescrt").get("contact"))[0])
    assert (uri.user, uri.host, uri.headers) == ("user", "example.com", "?Route=%3Csip:sip.example.com%3E")


def test_inv2543() -> None:
    message = request("inv2543")
    identity = sanity.check(message)
    assert (identity.from_tag, identity.hops) == ("", 71)  # without Max-Forwards it goes on with 70
    assert vias.top(message).branch == ""
    assert parameter(address(message.get("to"))[1], "user") == "phone"
    assert message.body.startswith(b"v=0\r\n")
    assert message.body.endswith(b"m=audio 49217 RTP/AVP 0\r\n")
