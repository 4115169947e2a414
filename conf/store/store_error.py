"""What can go wrong with what the device keeps, other than bad settings.

SettingsError
└── StoreError           it cannot be read or written; the message is one sentence
    └── StoreTooNew      a newer version of the speaker has written it
"""

from conf.validation.problem import SettingsError


class StoreError(SettingsError):
    """What the device keeps cannot be read or written. The message names the file and says why."""


class StoreTooNew(StoreError):
    """A newer version of the speaker has written it, and this one does not know how to read it."""
