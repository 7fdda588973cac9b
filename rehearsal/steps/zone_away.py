"""Takes the balancer's traffic away from one zone, and gives it back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from rehearsal.population import Population
from rehearsal.state import State
from rehearsal.step import Figures, Step
from sipctl.aws import Account
from sipctl.failure import FailedError
from sipctl.stacks import Stacks

# Names forget the zone within a minute, and phones refresh within three.
_AWAY_S: Final = 300


class ZoneAway(Step):
    """A zonal shift. AWS ends it after an hour by itself."""

    name: Final = "zone away"
    needs_aws = True

    def __init__(self, account: Account, stacks: Stacks, state: State, population: Population) -> None:
        self._account = account
        self._stacks = stacks
        self._state = state
        self._population = population

    def do(self) -> Figures:
        """Take a zone away, and watch the phones."""
        (balancer,) = self._stacks.resources("AWS::ElasticLoadBalancingV2::LoadBalancer").values()
        zone = self._zone(balancer)
        figures: dict[str, str | int] = {"zone": zone}
        with self._population.watched(figures, _AWAY_S):
            shift = self._client.start_zonal_shift(
                resourceIdentifier=balancer, awayFrom=zone, expiresIn="1h", comment="rehearsal"
            )
            self._state.note(self.name, shift=shift["zonalShiftId"])
        self.undo()
        return figures

    def undo(self) -> Figures:
        """Give the zone back."""
        if shift := self._state.noted(self.name).get("shift"):
            client = self._client
            with suppress(client.exceptions.ResourceNotFoundException):  # it has ended by itself
                client.cancel_zonal_shift(zonalShiftId=shift)
            self._state.note(self.name, shift="")
        return {}

    @property
    def _client(self) -> Any:
        return self._account.client("arc-zonal-shift")

    def _zone(self, balancer: str) -> str:
        """The id of a zone that the balancer is in."""
        found = self._account.client("elbv2").describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"]
        name = found[0]["AvailabilityZones"][0]["ZoneName"]
        zones = self._account.client("ec2").describe_availability_zones(ZoneNames=[name])["AvailabilityZones"]
        if not zones:
            raise FailedError({"code": "no_zone", "detail": f"{name} has no id."})
        return str(zones[0]["ZoneId"])
