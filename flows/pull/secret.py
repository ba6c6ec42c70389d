"""A secret is known by its name alone: contracts, logs, errors and the lake never hold its value.

The value comes from the environment variable `QDEEP_SECRET_<NAME>` or, where a Prefect server is at hand, from its
Secret block `qdeep-<name>` (lower case, dashes for underscores).
"""

import os

from flows.contracts.model import Contract
from flows.errors import QdeepError
from flows.pull.trouble import place

PREFIX = "QDEEP_SECRET_"


def secret(contract: Contract, key: str) -> str:
    """Return the value of the secret that the contract names under `pull.<key>`; empty where it names none.

    Raises:
        QdeepError: E-126 where there is no secret of that name.
    """
    name = contract.pull.get(key, "")
    return named(contract, name) if name else ""


def named(contract: Contract, name: str) -> str:
    """Return the value of a secret by its name.

    Raises:
        QdeepError: E-126 where there is no secret of that name.
    """
    value = (os.environ.get(f"{PREFIX}{name}") or _block(name)).rstrip("\r\n")  # files and pages add a line end
    if not value:
        text = f"The secret {name} is not known to this run."
        expected = f"the environment variable {PREFIX}{name}, or the Prefect block {block_name(name)}"
        raise QdeepError("E-126", text, place(contract), expected)
    return value


def block_name(name: str) -> str:
    """Return the name of the Prefect block of a secret; Prefect allows lower case, digits and dashes."""
    return f"qdeep-{name.lower().replace('_', '-')}"


def _block(name: str) -> str:
    """Return the value of a Prefect block; nothing is asked for where no server is named."""
    if not os.environ.get("PREFECT_API_URL"):
        return ""
    from flows.pipeline import secret_block

    return secret_block(block_name(name))
