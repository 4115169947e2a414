"""The settings that the device keeps: changed as a whole or not at all, and told to its parts.

Built-in default < store < `--config` < `--set` < flags: a change goes into the store, and what a
higher layer fixes cannot be changed here.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import structlog

from conf.files.data_folder import FOLDER_MODE
from conf.settings import Settings
from conf.store.attachment import NOTHING, Attachment, Write
from conf.store.audit import AuditLog, utc_now
from conf.store.database import Database
from conf.store.export import read_export, write_export
from conf.store.fixed_layers import NO_FLAGS, FixedLayers, without_fixed
from conf.store.previous_form import PREVIOUS_FORM, delete_what_was_put_aside, put_aside
from conf.store.secret_box import SecretBox
from conf.store.store_error import StoreError
from conf.store.stored_settings import StoredSettings, dotted, load, save
from conf.tables.assignment import written
from conf.tables.layers import default_tables, lay_over
from conf.tables.plain import ABSENT, Leaf, copied, merge, nested, plain, value_at
from conf.tables.secret_places import given_secrets, with_secrets
from conf.tables.toml import read_toml
from conf.validation.kept_secrets import sent_elsewhere
from conf.validation.problem import BadSettings, ChangedMeanwhile, Problem
from conf.validation.validate import validate

log = structlog.get_logger(__name__)

DATABASE: Final = "settings.db"
KEY: Final = "settings.key"
NAMED_KEYS: Final = 20
"""How many keys an entry of the audit log names."""

Observer = Callable[[Settings, Settings], None]
"""Is told (old, new)."""

Companion = Callable[[Settings, Settings], AbstractContextManager[None]]
"""Goes with a change from old to new."""


@dataclass(frozen=True, eq=False, slots=True)
class _Subscription:
    tell: Observer


class SettingsStore:
    """One device's settings. Thread-safe; everything but `settings` may block, for the disk.

    Changes come one after the other, and observers hear of them in that order.
    """

    def __init__(
        self, database: Database, box: SecretBox, audit: AuditLog, layers: FixedLayers
    ) -> None:
        """Use `open` instead."""
        self.database = database
        """For the tables of other parts."""
        self.box = box
        """For secrets in the tables of other parts."""
        self.audit = audit
        self._layers = layers
        self._fixed = layers.fixed()
        self._stored = load(database, box)
        self._settings = Settings()
        self._observers: tuple[_Subscription, ...] = ()
        self._companions: tuple[Companion, ...] = ()
        self._observing = threading.Lock()  # not `_changing`, which may be held for long
        self._untold: deque[tuple[Settings, Settings]] = deque()
        self._telling = False
        self._changing = threading.RLock()

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        config: Path | None = None,
        assignments: Iterable[str] = (),
        flags: Mapping[str, object] = NO_FLAGS,
        wall: Callable[[], datetime] = utc_now,
    ) -> Self:
        """The store in a data folder, which is made if it is not there, below the other layers.

        `config` must exist. `assignments` are the values of `--set`; `flags` maps dotted keys
        (`sip.port`) to values. A `settings.toml` in the folder is taken over into the store.

        Raises:
            BadSettings: the layers together break rules, or one cannot be read.
            StoreError: the store cannot be read or written.
        """
        layers, problems = FixedLayers.read(config, assignments, flags)
        try:
            folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be made: {error.strerror}") from error
        box = SecretBox.open(folder / KEY)
        database = Database.open(folder / DATABASE)
        try:
            store = cls(database, box, AuditLog(database, wall), layers)
            store._start(folder / PREVIOUS_FORM, problems)
        except BaseException:
            database.close()
            raise
        return store

    def _start(self, previous: Path, problems: list[Problem]) -> None:
        """Put the layers together for the first time, `settings.toml` among them."""
        tables = copied(self._stored.tables)
        with_previous = previous.exists()
        if with_previous:
            try:
                merge(tables, plain(read_toml(previous)))
            except BadSettings as error:
                problems = [*error.problems, *problems]
        try:
            self._settings = self._effective(tables)
        except BadSettings as error:
            raise BadSettings([*problems, *self._with_origin(error.problems)]) from error
        if problems:
            raise BadSettings(problems)
        if with_previous:
            self._commit(tables, self._settings, f"imported {previous.name}", by="start")
            put_aside(previous)
        if self._stored.lost:
            log.error(
                "secrets are lost, as the key file is not the one they were sealed with:"
                " set them again",
                settings=", ".join(self._stored.lost),
            )

    def _with_origin(self, problems: Sequence[Problem]) -> list[Problem]:
        """The problems; those that the store alone has too, as after a downgrade, name its file."""
        try:
            self._effective(self._stored.tables, FixedLayers())
        except BadSettings as error:
            kept = set(error.problems)
        else:
            kept = set()
        origin = f"; this is kept in {self.database.file}"
        return [
            replace(each, rule=each.rule + origin) if each in kept else each for each in problems
        ]

    @property
    def settings(self) -> Settings:
        """What counts now, of all layers."""
        return self._settings

    @property
    def lost_secrets(self) -> tuple[str, ...]:
        """The keys of settings whose secrets nobody can open any more, until they are set again."""
        return self._stored.lost

    @property
    def fixed(self) -> Mapping[str, str]:
        """What cannot be changed here, and what decides it: `{"sip.port": "--sip-port"}`."""
        return {written(each.path): each.by for each in self._fixed}

    def change(
        self,
        tables: Mapping[str, object],
        *,
        by: str,
        address: str = "",
        since: Settings | None = None,
    ) -> Settings:
        """Change what `tables` name, and return what counts now.

        Tables are merged key by key, a list is replaced as a whole, and None gives a setting its
        default back (RFC 7396). A secret that is `(hidden)` stays what it is, in an entry of a list
        as long as its identity (`id`, `label`, `address`, `name`, `username`) is the same, and is
        not sent elsewhere than it was kept for (`conf.validation.kept_secrets`).

        `since` are the `settings` that the change was made for, if it is for no others.

        Raises:
            BadSettings: it breaks a rule; nothing has changed.
            FixedSettings: a higher layer fixes it; nothing has changed.
            ChangedMeanwhile: `settings` are not `since` any more; nothing has changed.
            StoreError: the disk does not take it; nothing has changed.
        """
        with self._alone():
            self._expect(since)
            stored = self._changed(tables)
            return self._commit(stored, self._after(tables, stored), "changed", by, address)

    def check(self, tables: Mapping[str, object]) -> Settings:
        """What would count if this were changed; raises as `change` does, and changes nothing."""
        with self._alone():
            return self._after(tables, self._changed(tables))

    def replace(
        self,
        section: str,
        value: object,
        *,
        by: str,
        address: str = "",
        since: Settings | None = None,
    ) -> Settings:
        """Give a whole section (`sip`, `sip.accounts`) a new value; what it leaves out is default.

        Raises as `change` does.
        """
        place = tuple(section.split("."))
        with self._alone():
            self._expect(since)
            change = self._allowed(plain(nested(place, value)))
            stored = copied(self._stored.tables)
            merge(stored, nested(place, None))
            merge(stored, change)
            settings = self._after(nested(place, value), stored)
            return self._commit(stored, settings, "replaced", by, address)

    def reset(self, keep: Iterable[str] = (), *, by: str, address: str = "") -> Settings:
        """Go back to the defaults, but for the settings and sections `keep` (dotted keys).

        Traces of earlier settings are deleted as well: they hold secrets.

        Raises:
            BadSettings: what is kept breaks a rule without the rest; nothing has changed.
            StoreError: the disk does not take it.
        """
        with self._alone():
            stored: dict[str, Any] = {}
            for key in keep:
                place = tuple(key.split("."))
                value = value_at(self._stored.tables, place)
                if value is not ABSENT:
                    lay_over(stored, nested(place, value))
            settings = self._commit(stored, self._effective(stored), "reset", by, address)
            self.database.forget_deleted()
            delete_what_was_put_aside(self.database.file.with_name(PREVIOUS_FORM))
            return settings

    def export(self, *, password: str | None = None, attachment: Attachment | None = None) -> str:
        """All settings but those that flags fix, as far as they are not the defaults, as TOML.

        Beside them there is what is attached.

        Secrets are in it only if there is a password, which encrypts them. Takes a tenth of a
        second then.

        Raises:
            BadSettings: the password is too short.
        """
        stored = self._stored
        settings = self._effective(stored.tables, self._layers.without_flags())
        tables = settings.model_dump(by_alias=True, exclude_none=True, exclude_defaults=True)
        attached = NOTHING if attachment is None else attachment.exported()
        return write_export(plain(tables), password, stored.stand_ins, attached)

    def restore(
        self,
        text: str,
        *,
        password: str | None = None,
        attachment: Attachment | None = None,
        by: str,
        address: str = "",
    ) -> Settings:
        """Put an export in the place of everything that the store holds, and of what is attached.

        What a higher layer fixes goes on to count; what the export says of it counts later.

        Raises:
            BadSettings: as of `change`; also: the password is wrong, or a secret is missing that
                this device does not have either.
            StoreError: as of `change`.
        """
        names = frozenset[str]() if attachment is None else attachment.names
        imported, attached = read_export(text, password, names)
        problems: list[Problem] = []
        with self._alone(), ExitStack() as accompanied:
            write = None
            try:
                if attachment is not None:
                    becoming = attachment.becoming(attached, by=by, address=address)
                    write = accompanied.enter_context(becoming)
            except BadSettings as error:
                problems.extend(error.problems)
            try:
                stored = with_secrets(imported, self._settings)
                settings = self._after(imported, stored)
            except BadSettings as error:
                raise BadSettings([*error.problems, *problems]) from error
            if problems:
                raise BadSettings(problems)
            return self._commit(stored, settings, "imported", by, address, write)

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Have `observer` told of each change, after it is on the disk; returns what ends that.

        It is called on the thread of whoever changes settings, and the next change waits for it.
        What it raises is logged, and stops neither the change nor the other observers.
        """
        subscription = _Subscription(observer)
        with self._observing:
            self._observers = (*self._observers, subscription)

        def stop() -> None:
            with self._observing:
                self._observers = tuple(
                    each for each in self._observers if each is not subscription
                )

        return stop

    def accompany(self, companion: Companion) -> Callable[[], None]:
        """Have `companion` be around the writing of each change; returns what ends that.

        `companion(old, new)` is entered before anything is written, and may refuse the change by
        raising BadSettings. It is left normally when the change is on the disk, and by an exception
        when it does not come. All on the thread of whoever changes settings, before observers hear.
        """
        with self._observing:
            self._companions = (*self._companions, companion)

        def stop() -> None:
            with self._observing:
                self._companions = tuple(each for each in self._companions if each is not companion)

        return stop

    def close(self) -> None:
        """Close the file; more calls do nothing."""
        with self._changing:
            self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # --- one change ------------------------------------------------------------------------------

    def _alone(self) -> threading.RLock:
        """The lock of changes; a transaction of the caller's could take back what was told."""
        if self.database.in_transaction:
            raise RuntimeError("settings are not changed inside a transaction")
        return self._changing

    def _effective(self, stored: Mapping[str, Any], layers: FixedLayers | None = None) -> Settings:
        """What counts when the store holds this, below `layers` or those that there are."""
        tables = default_tables()
        lay_over(tables, copied(stored))
        problems = (layers or self._layers).lay_over(tables)
        try:
            settings = validate(tables)
        except BadSettings as error:
            raise BadSettings([*problems, *error.problems]) from error
        if problems:
            raise BadSettings(problems)
        return settings

    def _after(self, change: Mapping[str, object], stored: Mapping[str, Any]) -> Settings:
        """What counts when the store holds this because somebody has sent `change`.

        Raises:
            BadSettings: it breaks a rule, or would show a secret that was not sent along to others.
        """
        settings = self._effective(stored)
        given = given_secrets(plain(change))
        if problems := list(sent_elsewhere(self._settings, settings, given)):
            raise BadSettings(problems)
        return settings

    def _expect(self, since: Settings | None) -> None:
        if since is not None and since is not self._settings:
            raise ChangedMeanwhile

    def _changed(self, tables: Mapping[str, object]) -> dict[str, Any]:
        """What the store would hold."""
        change = self._allowed(plain(tables))
        stored = copied(self._stored.tables)
        merge(stored, change)
        return stored

    def _allowed(self, change: dict[str, Any]) -> dict[str, Any]:
        """The change with its secrets, without what is fixed to the same value anyway."""
        return without_fixed(with_secrets(change, self._settings), self._fixed, self._settings)

    def _commit(
        self,
        stored: dict[str, Any],
        settings: Settings,
        what: str,
        by: str,
        address: str = "",
        write_more: Write | None = None,
    ) -> Settings:
        changed = self._stored.changed(stored)
        if not changed and write_more is None:
            return self._settings
        old = self._settings
        with ExitStack() as accompanied:
            for companion in self._companions if old != settings else ():
                accompanied.enter_context(companion(old, settings))
            with self.database.transaction() as connection:
                save(connection, self._stored, stored, self.box)
                if changed:
                    self.audit.note(by, f"{what}: {_listed(changed)}", address=address)
                if write_more is not None:
                    write_more(connection)
            self._stored = StoredSettings(stored, self._stored.stand_ins)
            self._settings = settings
        if old != settings:
            self._untold.append((old, settings))
            self._tell()
        return settings

    def _tell(self) -> None:
        """Tell of changes in their order, also of those that an observer makes meanwhile."""
        if self._telling:
            return
        self._telling = True
        try:
            while self._untold:
                old, new = self._untold.popleft()
                for subscription in self._observers:
                    try:
                        subscription.tell(old, new)
                    except Exception:
                        log.exception("new settings are kept, but a part failed to take them")
        finally:
            self._telling = False


def _listed(places: list[Leaf]) -> str:
    keys = ", ".join(dotted(place) for place in places[:NAMED_KEYS])
    more = len(places) - NAMED_KEYS
    return f"{keys} and {more} more" if more > 0 else keys
