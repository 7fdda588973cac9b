"""The configuration of a Kamailio between one phone and the edge. It is a small PBX, or a proxy with Path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .settings import PhoneSettings

RPC_SOCKET = "rpc.sock"
TIMER_SECONDS = 1

DB_TABLES = {
    "version": "id(int,auto) table_name(string) table_version(int)\n0:uacreg:5\n",
    "uacreg": (
        "id(int,auto) l_uuid(string) l_username(string) l_domain(string) r_username(string) r_domain(string) "
        "realm(string) auth_username(string) auth_password(string) auth_ha1(string) auth_proxy(string) expires(int) "
        "flags(int) reg_delay(int) contact_addr(string) socket(string)\n"
    ),
}
"""The uac module wants a table to load its registrations from; ours is empty, and they come by RPC."""

HEAD = """\
#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=2
tcp_children=1
tcp_connection_lifetime=600
auto_aliases=no
dns=no
rev_dns=no
server_signature=yes
listen=udp:127.0.0.1:{port}
{listen_tcp}

loadmodule "jsonrpcs.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "siputils.so"
modparam("jsonrpcs", "transport", 4)
modparam("jsonrpcs", "dgram_socket", "{folder}/{rpc_socket}")
"""

PBX = """\
loadmodule "db_text.so"
loadmodule "uac.so"

modparam("uac", "reg_db_url", "text://{folder}/db")
modparam("uac", "reg_contact_addr", "127.0.0.1:{port}{contact_params}")
modparam("uac", "reg_timer_interval", {timer})
modparam("uac", "reg_retry_interval", 60)
modparam("uac", "reg_keep_callid", 1)
modparam("uac", "restore_mode", "none")
modparam("uac", "auth_realm_avp", "$avp(realm)")
modparam("uac", "auth_username_avp", "$avp(username)")
modparam("uac", "auth_password_avp", "$avp(password)")

request_route {{
    xlog("L_NOTICE", "request from $proto:$si:$sp\\n$mb\\n");
    if (is_method("CANCEL")) {{
        if (t_check_trans()) t_relay();
        exit;
    }}
    if (has_totag()) {{
        if (loose_route()) {{
            t_relay();
            exit;
        }}
        if (is_method("ACK")) {{
            if (t_check_trans()) t_relay();
            exit;
        }}
        sl_send_reply("404", "Not Found");
        exit;
    }}
    if (is_method("OPTIONS")) {{
        sl_send_reply("200", "OK");
        exit;
    }}
    t_check_trans();
    record_route();
    if ($sp == {phone_port} && $proto == "udp") {{
        $du = "sip:{proxy_host}:{proxy_port};transport={transport}";
        t_on_failure("CHALLENGED");
    }} else {{
        $du = "sip:127.0.0.1:{phone_port}";
    }}
    t_relay();
}}

onreply_route {{
    xlog("L_NOTICE", "reply from $proto:$si:$sp\\n$mb\\n");
}}

failure_route[CHALLENGED] {{
    if (t_is_canceled()) exit;
    if (t_check_status("401|407")) {{
        $avp(realm) = $(T_rpl($hdr(Proxy-Authenticate)){{re.subst,/.*realm="([^"]*)".*/\\1/}});
        $avp(username) = "{username}";
        $avp(password) = "{password}";
        if (uac_auth()) t_relay();
    }}
}}
"""

SBC = """\
loadmodule "path.so"
modparam("path", "use_received", 0)

request_route {{
    xlog("L_NOTICE", "request from $proto:$si:$sp\\n$mb\\n");
    if (is_method("CANCEL")) {{
        if (t_check_trans()) t_relay();
        exit;
    }}
    if (has_totag()) {{
        if (loose_route() || (is_method("ACK") && t_check_trans())) t_relay();
        exit;
    }}
    t_check_trans();
    if ($si == "{proxy_host}" && $sp == {proxy_port}) {{
        loose_route();  # the Path that the edge has from the registration
        record_route();
        t_relay();
        exit;
    }}
    if (is_method("REGISTER")) add_path();
    else record_route();
    $du = "sip:{proxy_host}:{proxy_port};transport={transport}";
    t_relay();
}}
"""
"""A proxy before phones: it adds itself to the Path of a registration (RFC 3327) and knows none by itself."""


@dataclass(frozen=True)
class Place:
    """Where the PBX runs and where its phone is: its folder, its port and the phone's UDP port."""

    folder: Path
    port: int
    phone_port: int


def write_config(settings: PhoneSettings, place: Place) -> Path:
    """Write what Kamailio reads at its start, and return the path of its configuration."""
    tables = place.folder / "db"
    tables.mkdir()
    for name, text in DB_TABLES.items():
        (tables / name).write_text(text)
    text = PBX.format(
        port=place.port,
        phone_port=place.phone_port,
        folder=place.folder,
        timer=TIMER_SECONDS,
        contact_params=";transport=tcp" if settings.transport == "tcp" else "",
        proxy_host=settings.proxy_host,
        proxy_port=settings.proxy_port,
        transport=settings.transport,
        username=settings.username,
        password=settings.password or "",
    )
    return written(head(settings, place) + text, place)


def write_sbc_config(settings: PhoneSettings, place: Place) -> Path:
    """Write the configuration of a proxy with Path, and return its path."""
    text = SBC.format(proxy_host=settings.proxy_host, proxy_port=settings.proxy_port, transport=settings.transport)
    return written(head(settings, place) + text, place)


def head(settings: PhoneSettings, place: Place) -> str:
    """The part that every Kamailio here begins with."""
    return HEAD.format(
        port=place.port,
        folder=place.folder,
        rpc_socket=RPC_SOCKET,
        listen_tcp=f"listen=tcp:127.0.0.1:{place.port}" if settings.transport == "tcp" else "disable_tcp=yes",
    )


def written(text: str, place: Place) -> Path:
    """A configuration in its file."""
    config = place.folder / "kamailio.cfg"
    config.write_text(text)
    return config
