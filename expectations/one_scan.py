"""Great Expectations counts the rows that break a rule in SQL together with all other expectations, in one scan.

Its own expectation for SQL (UnexpectedRowsExpectation) sends a query for each rule, and its built-in ones send a second
query each, for the values that break them, which nobody may see. Importing this module imports the library, so that
suites.py alone does so, inside its functions.
"""

from typing import Any, ClassVar

from great_expectations.compatibility.pydantic import PrivateAttr
from great_expectations.compatibility.sqlalchemy import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.core import (
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToBeInSet,
    ExpectColumnValuesToMatchRegex,
    ExpectColumnValuesToNotBeNull,
)
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.expectation_configuration import parse_result_format
from great_expectations.expectations.metrics.metric_provider import metric_partial
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.expectations.registry import get_metric_kwargs
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.validator import ValidationDependencies

METRIC = "table.qdeep.rows_that_break"


class RowsThatBreak(TableMetricProvider):
    """Number of rows for which the SQL `bad` is true."""

    metric_name = METRIC
    value_keys = ("bad",)

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(
        cls,  # noqa: N805  # the library calls it as a class method
        execution_engine: Any,  # noqa: ARG002  # the signature is theirs
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],  # noqa: ARG002  # same
        runtime_configuration: dict[str, Any],  # noqa: ARG002  # same
    ) -> Any:
        # Colons of the rule's SQL are text, not parameters of SQLAlchemy.
        bad = metric_value_kwargs["bad"].replace(":", r"\:")
        return sa.func.count(sa.case((sa.text(f"({bad})"), 1))), metric_domain_kwargs, {}


class AskedOnce:
    """An expectation that says once what it is and which one metric it needs.

    The library builds the configuration anew some sixty times for each expectation and wants four metrics of a
    built-in one; for a survey of a hundred questions that took ten times as long as counting.
    """

    _told: Any

    @property
    def configuration(self) -> Any:
        """Return what the expectation is; nothing changes it once it is made."""
        if self._told is None:
            self._told = super().configuration  # ty: ignore[missing-attribute] - theirs
        return self._told

    @property
    def metric(self) -> str:
        """Name of the metric that counts what breaks it."""
        return METRIC

    def get_validation_dependencies(
        self,
        execution_engine: Any = None,  # noqa: ARG002  # the signature is theirs
        runtime_configuration: dict[str, Any] | None = None,
        **kwargs: Any,  # noqa: ARG002  # same
    ) -> ValidationDependencies:
        """Return the one metric."""
        keys = get_metric_kwargs(self.metric, self.configuration, runtime_configuration)
        asked = MetricConfiguration(self.metric, keys["metric_domain_kwargs"], keys["metric_value_kwargs"])
        result_format = (runtime_configuration or {}).get("result_format", {})
        return ValidationDependencies({self.metric: asked}, parse_result_format(result_format))


class ExpectNoRowToBreak(AskedOnce, BatchExpectation):
    """Expect that no row of the batch makes the SQL `bad` true."""

    _told: Any = PrivateAttr(None)
    bad: str
    metric_dependencies: ClassVar[tuple[str, ...]] = (METRIC,)
    success_keys: ClassVar[tuple[str, ...]] = ("bad",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002  # the signature is theirs
        execution_engine: Any = None,  # noqa: ARG002  # same
    ) -> Any:
        count = metrics[METRIC]
        return {"success": count == 0, "result": {"observed_value": count}}


class CountAlone(AskedOnce):
    """A built-in expectation that asks for the number of values that break it and never for the values."""

    map_metric: Any

    @property
    def metric(self) -> str:
        """Name of the metric that counts what breaks it."""
        return f"{self.map_metric}.unexpected_count"

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002  # the signature is theirs
        execution_engine: Any = None,  # noqa: ARG002  # same
    ) -> Any:
        count = metrics[self.metric] or 0
        return {"success": count == 0, "result": {"unexpected_count": count}}


class ExpectCountedValuesToNotBeNull(CountAlone, ExpectColumnValuesToNotBeNull):
    """Count the nulls of a column."""

    _told: Any = PrivateAttr(None)


class ExpectCountedValuesToBeInSet(CountAlone, ExpectColumnValuesToBeInSet):
    """Count the values of a column outside a set."""

    _told: Any = PrivateAttr(None)


class ExpectCountedValuesToBeBetween(CountAlone, ExpectColumnValuesToBeBetween):
    """Count the values of a column outside a range."""

    _told: Any = PrivateAttr(None)


class ExpectCountedValuesToMatchRegex(CountAlone, ExpectColumnValuesToMatchRegex):
    """Count the values of a column without a form."""

    _told: Any = PrivateAttr(None)


BUILTINS = {
    "ExpectColumnValuesToNotBeNull": ExpectCountedValuesToNotBeNull,
    "ExpectColumnValuesToBeInSet": ExpectCountedValuesToBeInSet,
    "ExpectColumnValuesToBeBetween": ExpectCountedValuesToBeBetween,
    "ExpectColumnValuesToMatchRegex": ExpectCountedValuesToMatchRegex,
}
