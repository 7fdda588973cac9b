"""The metrics that alarms and the dashboard are made of."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.configuration import Configuration

PERIOD: Final = cdk.Duration.minutes(5)


class Measured:
    """Metrics of one environment."""

    def __init__(self, configuration: Configuration) -> None:
        self._namespace = configuration.metrics_namespace

    def edges(
        self, name: str, statistic: str = "Sum", period: cdk.Duration = PERIOD, **dimensions: str
    ) -> cloudwatch.Metric:
        """A metric of the environment's own namespace, most of which the edges tell."""
        return cloudwatch.Metric(
            namespace=self._namespace,
            metric_name=name,
            statistic=statistic,
            period=period,
            dimensions_map=dimensions or None,
            label=" ".join([name, *dimensions.values()]),
        )

    def by(self, name: str, dimension: str) -> cloudwatch.MathExpression:
        """One line for each value of a dimension."""
        search = f"{{{self._namespace},{dimension}}} MetricName={name}"
        return cloudwatch.MathExpression(
            expression=f"SEARCH('{search}', 'Sum', {PERIOD.to_seconds()})", using_metrics={}, period=PERIOD, label=""
        )
