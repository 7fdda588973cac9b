"""A PostgreSQL with Kamailio's tables, in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from functools import partial
from pathlib import Path
from typing import Final

from bench.peers.peer import Peer
from bench.peers.ready import accepts, wait_for
from bench.places import OTHER_CORES, REALM, SERVER, SQL_PORT, USERS
from bench.process import Process

URL: Final = f"postgres://kamailio@{SERVER}:{SQL_PORT}/kamailio"
_SCHEMA: Final = Path("/usr/share/kamailio/postgres")
_PROGRAMS: Final = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_OPTIONS: Final = {
    "listen_addresses": SERVER,
    "port": SQL_PORT,
    "unix_socket_directories": "",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "jit": "off",
}


def start(peer: Peer) -> Process:
    """A server whose commits are durable, with all users in it."""
    programs = _PROGRAMS[-1]
    folder = peer.folder / "postgres"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    become: tuple[str, ...] = ()
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        become = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
    _run(
        *become, str(programs / "initdb"), "-D", str(folder), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"
    )
    options = [part for name, value in _OPTIONS.items() for part in ("-c", f"{name}={value}")]
    command = (*become, str(programs / "postgres"), "-D", str(folder), *options)
    log = peer.folder / "postgres.log"
    server = peer.start(Process(command, OTHER_CORES, log, end_with=signal.SIGINT))
    wait_for(server, partial(accepts, SERVER, SQL_PORT))
    _sql("postgres", "postgres", "-c", "create role kamailio login", "-c", "create database kamailio owner kamailio")
    for part in ("standard", "auth_db", "usrloc"):
        _sql("kamailio", "kamailio", "-f", str(_SCHEMA / f"{part}-create.sql"))
    name = "'u' || i"
    _sql(
        "kamailio",
        "kamailio",
        "-c",
        f"insert into subscriber (username, domain, ha1) select {name}, '{REALM}', "  # noqa: S608
        f"md5({name} || ':{REALM}:password-of-' || {name}) from generate_series(0, {USERS - 1}) i",
        "-c",
        "analyze",
    )
    return server


def _sql(user: str, database: str, *arguments: str) -> None:
    place = ("-h", SERVER, "-p", str(SQL_PORT), "-U", user, "-d", database)
    _run("psql", *place, "-q", "-v", "ON_ERROR_STOP=1", *arguments)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, cwd="/")  # noqa: S603
