"""The list prices that `sipctl cost` calculates with. Nothing looks them up again: AWS changes them."""

from __future__ import annotations

from typing import Final, NamedTuple

REGION: Final = "eu-central-1"
DATE: Final = "2026-11"


class Price(NamedTuple):
    """A price in US dollars without tax, and the page of AWS that has it."""

    usd: float
    per: str
    page: str


_PRICING: Final = "https://aws.amazon.com"
_VPC: Final = f"{_PRICING}/vpc/pricing/"
_FARGATE: Final = f"{_PRICING}/fargate/pricing/"
_BALANCER: Final = f"{_PRICING}/elasticloadbalancing/pricing/"
_DYNAMODB: Final = f"{_PRICING}/dynamodb/pricing/on-demand/"
_LAMBDA: Final = f"{_PRICING}/lambda/pricing/"
_CLOUDWATCH: Final = f"{_PRICING}/cloudwatch/pricing/"
_WAF: Final = f"{_PRICING}/waf/pricing/"
_SECRETS: Final = f"{_PRICING}/secrets-manager/pricing/"

WRITE_UNITS: Final = Price(0.76, "million", _DYNAMODB)
READ_UNITS: Final = Price(0.15, "million", _DYNAMODB)
BUS_EVENTS: Final = Price(1.00, "million", f"{_PRICING}/eventbridge/pricing/")
VCPU: Final = Price(0.037, "hour", _FARGATE)
MEMORY: Final = Price(0.0041, "GB-hour", _FARGATE)
PUBLIC_ADDRESS: Final = Price(0.005, "hour", _VPC)
BALANCER: Final = Price(0.027, "hour", _BALANCER)
BALANCER_UNIT: Final = Price(0.006, "hour", _BALANCER)
TRAFFIC_OUT: Final = Price(0.09, "GB", f"{_PRICING}/ec2/pricing/on-demand/#Data_Transfer")
# With the functions behind them.
API_CALLS: Final = Price(4.10, "million", f"{_PRICING}/api-gateway/pricing/")
FUNCTION_CALLS: Final = Price(0.20, "million", _LAMBDA)
# On arm64.
FUNCTION_TIME: Final = Price(0.0000133334, "GB-second", _LAMBDA)
# With three rules.
FIREWALL: Final = Price(8.00, "month", _WAF)
FIREWALL_CALLS: Final = Price(0.60, "million", _WAF)
METRICS: Final = Price(0.30, "metric", _CLOUDWATCH)
ALARMS: Final = Price(0.10, "alarm", _CLOUDWATCH)
DASHBOARD: Final = Price(3.00, "month", _CLOUDWATCH)
LOGS: Final = Price(0.63, "GB", _CLOUDWATCH)
SECRETS: Final = Price(0.40, "secret", _SECRETS)
SECRET_READS: Final = Price(0.05, "10,000", _SECRETS)
KEYS: Final = Price(1.00, "key", f"{_PRICING}/kms/pricing/")
