"""Which lines of the log are sent by email: the section `[log_mail]`."""

from typing import Literal

from conf.sections.recipients import Addresses
from conf.sections.table import Table
from conf.values.constraints import Name


class LogMailSettings(Table):
    """The log by email: lines are gathered for half a minute, and sent five minutes apart."""

    level: Literal["none", "error", "warning", "info"] = "none"
    """Lines of this level and of worse ones are sent; `none`: no lines are."""
    recipient: Name = ""
    """The recipient (of type `email`) by whose mail server they are sent; empty: the first one."""
    to: Addresses = ""
    """Whom to send them to; empty: those of that recipient."""
