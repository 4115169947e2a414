"""Settings put together from files and the command line, without a store.

Built-in default < `--config` file < `--set` < flags. Tables are merged key by key; a list or a
single value of a higher layer replaces that of a lower one.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from conf.settings import Settings
from conf.store.fixed_layers import NO_FLAGS, FixedLayers
from conf.tables.layers import default_tables
from conf.validation.problem import BadSettings, Problem
from conf.validation.validate import validate


def load_settings(
    *,
    config: Path | None = None,
    assignments: Iterable[str] = (),
    flags: Mapping[str, object] = NO_FLAGS,
) -> Settings:
    """The settings that all layers together describe.

    `config` must exist. `assignments` are the values of `--set`, `flags` maps dotted keys
    (`sip.port`) to values.

    Raises:
        BadSettings: with every problem found.
    """
    layers, problems = FixedLayers.read(config, assignments, flags)
    tables = default_tables()
    problems.extend(layers.lay_over(tables))
    try:
        settings = validate(tables)
    except BadSettings as error:
        raise BadSettings([*problems, *error.problems]) from error
    if problems:
        raise BadSettings(problems)
    return settings


def check(config: Path) -> tuple[Problem, ...]:
    """Every problem of one configuration file over the built-in defaults; empty when it is good."""
    try:
        load_settings(config=config)
    except BadSettings as error:
        return error.problems
    return ()
