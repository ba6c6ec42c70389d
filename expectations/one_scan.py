"""Great Expectations counts the rows that break a rule in SQL together with all other expectations, in one scan.

Its own expectation for SQL (UnexpectedRowsExpectation) sends a query for each rule, and its built-in ones send a second
query each, for the values that break them, which nobody may see. Importing this module imports the library, so that
suites.py alone does so, inside its functions.
"""

from typing import Any, ClassVar

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
from great_expectations.expectations.metrics.metric_provider import metric_partial
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

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


class ExpectNoRowToBreak(BatchExpectation):
    """Expect that no row of the batch makes the SQL `bad` true."""

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


class CountAlone:
    """A built-in expectation that asks for the number of values that break it and never for the values."""

    map_metric: Any

    def get_validation_dependencies(self, *arguments: Any, **named: Any) -> Any:
        """Return the metrics that the library wants, without the values."""
        wanted = super().get_validation_dependencies(*arguments, **named)  # ty: ignore[missing-attribute] - theirs
        wanted.remove_metric_configuration(f"{self.map_metric}.unexpected_values")
        return wanted

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002  # the signature is theirs
        execution_engine: Any = None,  # noqa: ARG002  # same
    ) -> Any:
        count = metrics[f"{self.map_metric}.unexpected_count"] or 0
        return {"success": count == 0, "result": {"unexpected_count": count}}


class ExpectCountedValuesToNotBeNull(CountAlone, ExpectColumnValuesToNotBeNull):
    """Count the nulls of a column."""


class ExpectCountedValuesToBeInSet(CountAlone, ExpectColumnValuesToBeInSet):
    """Count the values of a column outside a set."""


class ExpectCountedValuesToBeBetween(CountAlone, ExpectColumnValuesToBeBetween):
    """Count the values of a column outside a range."""


class ExpectCountedValuesToMatchRegex(CountAlone, ExpectColumnValuesToMatchRegex):
    """Count the values of a column without a form."""


BUILTINS = {
    "ExpectColumnValuesToNotBeNull": ExpectCountedValuesToNotBeNull,
    "ExpectColumnValuesToBeInSet": ExpectCountedValuesToBeInSet,
    "ExpectColumnValuesToBeBetween": ExpectCountedValuesToBeBetween,
    "ExpectColumnValuesToMatchRegex": ExpectCountedValuesToMatchRegex,
}
