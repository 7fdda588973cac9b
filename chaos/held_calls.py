"""A thousand calls at once for phones that sleep. Each has its push, a REGISTER at any edge, and one INVITE."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from bench.places import CUSTOMER, DOMAIN, password, username
from chaos.experiment import Experiment, Findings, in_ms, percentile
from chaos.fleet import EDGES, Fleet
from chaos.load_balancer import LoadBalancer
from chaos.peer import Peer, SilentError
from chaos.phone import Phone, credentials
from directory.schema.model import PushApp
from sip_edge.message import via
from sip_edge.message.message import Request, Response

_PHONES_HOST: Final = "127.0.78.101"
_CALLERS: Final = "127.0.79.{}"
_CALLS_OF_A_CALLER: Final = 20  # less than the pushes that a source may cause at once
_REGISTERING_AT_ONCE: Final = 50
_WAKES_AFTER_S: Final = 0.2
_PATIENCE_S: Final = 60.0


class SleepingPhone(Phone):
    """A phone that is suspended after it has registered, until a push wakes it: it registers anew and is busy."""

    def __init__(self, host: str, load_balancer: LoadBalancer, number: int, app: str) -> None:
        super().__init__(host, load_balancer, number)
        self.token = f"{number:04}" + "t" * 40
        self.push = f";pn-provider=fcm;pn-param={app};pn-prid={self.token}"
        self.is_awake = False
        self.branches: set[str] = set()

    def on_request(self, request: Request) -> None:
        """Be busy, and there, unless it sleeps."""
        if self.is_awake:
            if request.method == "INVITE":
                self.branches.add(via.top(request).branch)
            super().on_request(request)


class Colleague(Peer):
    """A caller with an extension. Its credentials prove that its datagrams are not forged."""

    def __init__(self, host: str, load_balancer: LoadBalancer, number: int) -> None:
        super().__init__(host, load_balancer)
        self._number = number

    async def call(self, phone: Phone) -> int:
        """The final status of a call. Raises SilentError."""
        call_id = f"colleague-{self._number}-{phone.number}"
        who = (f"From: <sip:{username(self._number)}@{DOMAIN}>;tag={call_id}", f"Call-ID: {call_id}")
        to, contact = f"To: <{phone.uri}>", f"Contact: <sip:caller@{self.source}>"
        challenge = await self._ask(phone, 1, *who, to, contact)
        nonce = challenge.get("proxy-authenticate").partition('nonce="')[2].partition('"')[0]
        proof = credentials(nonce, username(self._number), password(self._number), 1, "INVITE", phone.uri)
        return (await self._ask(phone, 2, *who, to, contact, f"Proxy-Authorization: {proof}")).status

    async def _ask(self, phone: Phone, cseq: int, *lines: str) -> Response:
        """The refusal of an INVITE, which is acknowledged."""
        response = await self.ask("INVITE", phone.uri, *lines, f"CSeq: {cseq} INVITE")
        branch = via.top(response).branch
        self.send(self.request("ACK", phone.uri, branch, *lines[:2], response.line("to"), f"CSeq: {cseq} ACK"))
        return response


class Provider:
    """FCM's stand-in, as a process. As a context manager it runs. `settings` are those of edges that use it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.settings: dict[str, str] = {}
        self._apps: list[dict[str, Any]] = []

    async def __aenter__(self) -> Provider:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.push.providers", str(self._folder)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        told = json.loads(await self._line())
        self.settings, self._apps = told["settings"], told["apps"]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        await self._process.wait()

    @property
    def app(self) -> PushApp:
        """The app of the phones."""
        account = next(app["fcm"]["service_account"] for app in self._apps if "fcm" in app)
        key = "".join(account["private_key"].splitlines()[1:-1])
        return PushApp(
            *(CUSTOMER, "0" * 32, "fcm", account["project_id"], "", account["client_email"]),
            *(account["private_key_id"], "2026-01-01T00:00:00Z", key),
        )

    def know(self, phones: list[SleepingPhone]) -> None:
        """Let it know the devices."""
        assert self._process.stdin
        for phone in phones:
            self._process.stdin.write(json.dumps({"fcm": {"token": phone.token}}).encode() + b"\n")

    async def next_push(self) -> str:
        """The token of the next push."""
        token: str = json.loads(await self._line())["token"]
        return token

    async def _line(self) -> bytes:
        assert self._process.stdout
        return await self._process.stdout.readline()


async def run(folder: Path, calls: int = 1000) -> Findings:
    """Phones register and are suspended. Then all of them are called in the same moment."""
    findings = Findings()
    callers = -(-calls // _CALLS_OF_A_CALLER)
    async with Provider(folder) as provider:
        with Fleet(folder, EDGES, calls + callers, lambda _: provider.settings) as fleet, ExitStack() as opened:
            fleet.add_push_app(provider.app)
            scene = _Scene(provider, LoadBalancer(fleet.addresses), opened, findings)
            await scene.prepare(calls, callers)
            waking = asyncio.create_task(scene.wake())
            statuses = await asyncio.gather(*(scene.call(number) for number in range(calls)))
            waking.cancel()
            scene.check(statuses)
            findings.broken += fleet.troubles()
    return findings


class _Scene:
    """The phones by their tokens, and the times of what happened to them."""

    def __init__(self, provider: Provider, load_balancer: LoadBalancer, opened: ExitStack, findings: Findings) -> None:
        self._provider = provider
        self._load_balancer = load_balancer
        self._opened = opened
        self._findings = findings
        self._loop = asyncio.get_running_loop()
        self._phones: list[SleepingPhone] = []
        self._callers: list[Colleague] = []
        self._awake: dict[int, SleepingPhone] = {}
        self._called: dict[int, float] = {}
        self._pushed: dict[int, list[float]] = {}
        self._registered: dict[int, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def prepare(self, calls: int, callers: int) -> None:
        """Let the phones register. They sleep from then on."""
        self._phones = [self._phone(number) for number in range(calls)]
        for number in range(callers):
            host = _CALLERS.format(1 + number)
            caller = Colleague(host, self._load_balancer, calls + number)
            self._callers.append(self._opened.enter_context(caller))
        self._provider.know(self._phones)
        for first in range(0, calls, _REGISTERING_AT_ONCE):
            await asyncio.gather(*(phone.register() for phone in self._phones[first : first + _REGISTERING_AT_ONCE]))

    def _phone(self, number: int) -> SleepingPhone:
        phone = SleepingPhone(_PHONES_HOST, self._load_balancer, number, self._provider.app.app)
        return self._opened.enter_context(phone)

    async def call(self, number: int) -> int:
        """The final status of a call to a phone, 0 when there was none."""
        self._called[number] = self._loop.time()
        try:
            return await self._callers[number // _CALLS_OF_A_CALLER].call(self._phones[number])
        except SilentError:
            return 0

    async def wake(self) -> None:
        """Wake each phone that gets a push."""
        while True:
            number = int((await self._provider.next_push())[:4])
            pushes = self._pushed.setdefault(number, [])
            pushes.append(self._loop.time())
            if len(pushes) == 1:
                task = asyncio.create_task(self._register_anew(number))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _register_anew(self, number: int) -> None:
        await asyncio.sleep(_WAKES_AFTER_S)
        phone = self._awake[number] = self._phone(number)
        phone.is_awake = True
        self._registered[number] = self._loop.time()
        await phone.register()

    def check(self, statuses: list[int]) -> None:
        """Each phone had one push and one INVITE, and was busy."""
        findings = self._findings
        for number, status in enumerate(statuses):
            pushes, phone = len(self._pushed.get(number, ())), self._awake.get(number)
            invites = len(phone.branches) if phone else 0
            happened = f"phone {number}: {pushes} pushes, {invites} INVITEs, {status}"
            findings.require((pushes, invites, status) == (1, 1, 486), happened)
        if findings.broken:
            return
        rang = {number: phone.called_at for number, phone in self._awake.items()}
        first_push, last_call = min(times[0] for times in self._pushed.values()), max(self._called.values())
        findings.require(last_call < first_push, "the calls did not begin before the first push")
        to_push = [times[0] - self._called[number] for number, times in self._pushed.items()]
        to_ring = [rang[number] - times[0] - _WAKES_AFTER_S for number, times in self._pushed.items()]
        findings.figures = {
            "calls at once, each for a phone of its own": f"{len(statuses):,}",
            "from the call to the push, p50": in_ms(percentile(to_push, 50)),
            "from the call to the push, p99": in_ms(percentile(to_push, 99)),
            "from the push to the INVITE, less the time of the phone, p50": in_ms(percentile(to_ring, 50)),
            "from the push to the INVITE, less the time of the phone, p99": in_ms(percentile(to_ring, 99)),
        }


HELD_CALLS: Final = Experiment(
    "held-calls",
    "Of a thousand calls at once for phones that sleep, each wakes its phone by one push and reaches it by one INVITE.",
    run,
)
