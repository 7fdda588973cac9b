"""Lists, parameters, quoted strings and addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_edge.message.errors import MalformedError
from sip_edge.message.values import address, number, parameter, parameters, split_values, unquote
from tests.sip_edge.message.strategies import TOKENS, VALUES

LONG = 64 * 1024


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", []),
        (" , ,, ", []),
        ("a", ["a"]),
        ("a, b,c ,d", ["a", "b", "c", "d"]),
        ('"a, b" <sip:c>, <sip:d,e>', ['"a, b" <sip:c>', "<sip:d,e>"]),
        (r'"a\", b" <sip:c>,d', [r'"a\", b" <sip:c>', "d"]),
        ('x;p="1,2",y', ['x;p="1,2"', "y"]),
    ],
)
def test_lists(text: str, values: list[str]) -> None:
    assert split_values(text) == values


@pytest.mark.parametrize("text", ['"a, b', "<a, b", 'a, "', r'"\", b'])
def test_a_list_with_an_open_end(text: str) -> None:
    with pytest.raises(MalformedError):
        split_values(text)


@pytest.mark.parametrize(
    ("tail", "found"),
    [
        ("", {}),
        (";lr", {"lr": ""}),
        (";a=1;B=2", {"a": "1", "b": "2"}),
        (' ; a = "x;y" ; c', {"a": "x;y", "c": ""}),
        (r';a="\"\\"', {"a": '"\\'}),
        (";a=[2001:db8::1]", {"a": "[2001:db8::1]"}),
        (";a=", {"a": ""}),
    ],
)
def test_parameters(tail: str, found: dict[str, str]) -> None:
    assert parameters(tail) == found
    for name, value in found.items():
        assert parameter(tail, name) == value
    assert parameter(tail, "other") == ""


@pytest.mark.parametrize("tail", [";;", ";a;a", ";a=1;A=2", "a", ";a b", ';a="', ";=1", ";a=b,c", ";a=b=c;"])
def test_what_are_no_parameters(tail: str) -> None:
    with pytest.raises(MalformedError):
        parameters(tail)


@pytest.mark.parametrize(
    ("value", "uri", "tail"),
    [
        ('"A. G. Bell" <sip:agb@bell-telephone.com> ;tag=a48s', "sip:agb@bell-telephone.com", ";tag=a48s"),  # §20.20
        ("sip:+12125551212@server.phone2net.com;tag=887s", "sip:+12125551212@server.phone2net.com", ";tag=887s"),
        ("Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8", "sip:c8oqz84zk7z@privacy.org", ";tag=hyh8"),
        ("<sip:a;b?c>;d", "sip:a;b?c", ";d"),
        (r'"<\"sip:x>" <sip:a>', "sip:a", ""),
        (" <sip:a> ", "sip:a", ""),
        ("tel:+1 ;x", "tel:+1", ";x"),
        ("*", "*", ""),
        # An instance of RFC 7254 behind an addr-spec, as VoLTE phones write it.
        ('sip:u@h;+sip.instance="<urn:gsma:imei:1>";a', "sip:u@h", ';+sip.instance="<urn:gsma:imei:1>";a'),
        ('<sip:u@h>;+sip.instance="<urn:x>"', "sip:u@h", ';+sip.instance="<urn:x>"'),
        (r'sip:u@h;x="\"<,>;"', "sip:u@h", r';x="\"<,>;"'),
        ('sip:u@h ; x="<y>"', "sip:u@h", '; x="<y>"'),
        ('"a" <sip:u@h> ; x="<y>"', "sip:u@h", '; x="<y>"'),
        ("Ann of Green Gables <sip:a>\t;x", "sip:a", ";x"),
        ("Zo\u00eb \u2713 <sip:a>;x", "sip:a", ";x"),
        ("Ann<sip:a>", "sip:a", ""),
    ],
)
def test_addresses(value: str, uri: str, tail: str) -> None:
    assert address(value) == (uri, tail)


@pytest.mark.parametrize(
    "value",
    ["", " ", "<>", "<sip:a", "sip:a>", "< sip:a>", "<sip:a >", "<sip:a\t>", '"a <sip:b>', "a, b <sip:c>", "sip:a?b",
     "sip:a,b", "sip:a b", "<sip:a><sip:b>", "<sip:a>x", '"a" "b" <sip:c>', ";a"],
)  # fmt: skip
def test_what_is_no_address(value: str) -> None:
    with pytest.raises(MalformedError):
        address(value)


def test_unquote() -> None:
    assert unquote(r'"a\"b\\"') == 'a"b\\'
    assert unquote("plain") == "plain"
    assert unquote('"') == '"'


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", " 1", "٣", "9" * 5000, "10", "1_0"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(MalformedError):
        number(text, 10)


def test_numbers() -> None:
    assert number("0009", 10) == 9


@given(st.lists(TOKENS))
def test_a_list_is_split_where_it_was_joined(values: list[str]) -> None:
    assert split_values(", ".join(values)) == values


@given(st.dictionaries(TOKENS.map(str.lower), st.one_of(st.just(""), TOKENS)))
def test_parameters_are_read_as_they_were_written(fields: dict[str, str]) -> None:
    tail = "".join(f";{name}={value}" if value else f";{name}" for name, value in fields.items())
    assert parameters(tail) == fields
    assert {name: parameter(tail, name) for name in fields} == fields


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30))
def test_any_text_can_be_quoted(text: str) -> None:
    quoted = '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'
    assert unquote(quoted) == text
    assert parameters(f";a={quoted}") == {"a": text}
    assert split_values(f"{quoted}, x")[0] == quoted
    assert address(f"{quoted} <sip:a>") == ("sip:a", "")


@given(VALUES)
def test_values_are_read_or_malformed(text: str) -> None:
    for read in (split_values, parameters, address, lambda value: parameter(value, "a")):
        try:
            read(text)
        except MalformedError:
            continue


@pytest.mark.parametrize(
    "piece", ['"', "<", ">", ",", ";", ";a=", " ", '\\"', '"a"', "<a>", "a", ";a= ", '""', "a ", ";x;y", "\t;", ' "']
)
@pytest.mark.parametrize("end", ["", '"', "<", "x", " x", ","])
def test_no_value_takes_long(piece: str, end: str) -> None:
    """With a quadratic expression a single one of these takes minutes."""
    text = piece * (LONG // len(piece)) + end
    for read in (split_values, parameters, address, lambda value: parameter(value, "z")):
        try:
            read(text)
        except MalformedError:
            continue
