"""Deploys the environment. Undone, it is destroyed, with all that its stacks keep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rehearsal.kept import KINDS, left, remove
from rehearsal.program import run
from rehearsal.state import State
from rehearsal.step import Figures, Left, Step
from sipctl.aws import Account
from sipctl.environment import STACKS, Environment
from sipctl.failure import FailedError
from sipctl.stacks import Stacks


class Deploy(Step):
    """Runs the CDK's command line. It refuses an environment that is deployed already: the end destroys it."""

    name: Final = "deploy"
    needs_aws = True

    def __init__(self, account: Account, environment: Environment, state: State, cdk: Sequence[str]) -> None:
        self._account = account
        self._environment = environment
        self._state = state
        self._cdk = cdk

    def do(self) -> Figures:
        """Deploy all stacks."""
        if not self._is_ours:
            if there := self._stacks():
                detail = f"{', '.join(there)} is deployed already, and would be destroyed at the end."
                raise FailedError({"code": "deployed", "detail": detail})
            self._state.note(self.name, is_ours=True)
        self._run("deploy", "--require-approval", "never")
        self._note_kept()
        return {"stacks": len(self._stacks())}

    def undo(self) -> Figures:
        """Destroy all stacks, and delete what they keep. Nothing is touched that this rehearsal has not deployed."""
        if not self._is_ours:
            return {}
        self._note_kept()
        self._run("destroy", "--force")
        kept = self._kept()
        for kind in KINDS:
            for resource in kept.get(kind.resource_type, ()):
                remove(self._account, kind, resource)
        return {"resources deleted beside the stacks": sum(map(len, kept.values()))}

    def left(self) -> list[Left]:
        """The stacks and kept resources that are still there."""
        if not self._is_ours:
            return []
        there, kept = self._stacks(), self._kept()
        return [
            *(Left(f"stack {name}", f"aws cloudformation delete-stack --stack-name {name}") for name in there),
            *(
                found
                for kind in KINDS
                for resource in kept.get(kind.resource_type, ())
                for found in left(self._account, kind, resource)
            ),
        ]

    @property
    def _is_ours(self) -> bool:
        return bool(self._state.noted(self.name).get("is_ours"))

    def _run(self, *arguments: str) -> None:
        context = ("--all", "-c", f"environment={self._environment.name}")
        run(f"cdk {arguments[0]}", (*self._cdk, *arguments, *context), log_of(self._state))

    def _note_kept(self) -> None:
        """Keep the names of resources that outlive their stacks, also those of a deployment that has failed."""
        stacks, kept = Stacks(self._account, self._environment), self._kept()
        for kind in KINDS:
            found = stacks.resources(kind.resource_type).values()
            kept[kind.resource_type] = sorted({*kept.get(kind.resource_type, ()), *found})
        self._state.note(self.name, kept=kept)

    def _kept(self) -> dict[str, list[str]]:
        return dict(self._state.noted(self.name).get("kept", {}))

    def _stacks(self) -> list[str]:
        """The names of the environment's stacks that are there."""
        pages = self._account.client("cloudformation").get_paginator("describe_stacks").paginate()
        there = {stack["StackName"] for page in pages for stack in page["Stacks"]}
        return [name for name in map(self._environment.stack, STACKS) if name in there]


def log_of(state: State) -> Path:
    """The file with the output of programs."""
    return state.path.with_suffix(".log")
