"""Look at this machine and this workspace."""

from flows import console
from flows.commands.common import USUAL, Common
from flows.runs import FINDINGS, FINE, shape
from flows.settings import load_settings


def doctor(*, common: Common = USUAL) -> int:
    """Check this machine and this workspace."""
    from flows.doctor import examine

    checks = examine(load_settings(common.config))
    code = FINDINGS if any(one.state == "fail" for one in checks) else FINE
    if common.is_json:
        console.say_json(shape("doctor", code, [vars(one) for one in checks]))
        return code
    for one in checks:
        console.say_state(one.state, f"{one.name:<14} {one.text}")
    return code
