"""The plan of a rehearsal: its steps in their order."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from rehearsal.population import Population
from rehearsal.program import Sipctl
from rehearsal.state import State
from rehearsal.step import Step
from rehearsal.steps.command import Command
from rehearsal.steps.deploy import Deploy, log_of
from rehearsal.steps.edges import EdgeService, LostEdges
from rehearsal.steps.phones import Phones
from rehearsal.steps.restore import Restore
from rehearsal.steps.zone_away import ZoneAway
from sipctl.access import Access
from sipctl.aws import Account
from sipctl.environment import Environment
from sipctl.stacks import Stacks, sip_address


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a rehearsal. `edge` is `host:port`, None for that of the stacks; so is `api_url`."""

    phones: int
    cdk: str
    profile: str | None
    edge: str | None
    api_url: str | None


def plan(
    account: Account, environment: Environment, state: State, population: Population, options: Options
) -> list[Step]:
    """Returns the steps. Nothing is asked of the account before one is done."""
    stacks = Stacks(account, environment)
    sipctl = Sipctl(environment.name, options.profile, log_of(state))

    def access() -> Access:
        return Access(options.api_url or stacks.output("api", "ApiUrl"), None, None, options.profile)

    def edge() -> tuple[str, int]:
        return sip_address(stacks, environment, options.edge)

    return [
        Command(sipctl, "preflight"),
        Deploy(account, environment, state, shlex.split(options.cdk)),
        Command(sipctl, "canary"),
        Phones(access, edge, state, population, options.phones),
        LostEdges("rolling update", EdgeService.update, account, stacks, population),
        LostEdges("kill an edge", EdgeService.kill_one, account, stacks, population),
        ZoneAway(account, stacks, state, population),
        Restore(account, access, sipctl, state, environment),
        LostEdges("new edges after the restore", EdgeService.update, account, stacks, population),
        Command(sipctl, "doctor"),
    ]
