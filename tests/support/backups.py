"""What an office has for its backups: a pair of keys, and a folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from survey_app.settings import Settings
from survey_app.upkeep import age, backing_up, restoring
from survey_app.upkeep.age import Key, Lock
from survey_app.upkeep.backing_up import Made, Wanted
from survey_app.upkeep.restoring import Restored, Source
from survey_app.web import House


@dataclass
class Safe:
    """An office's keys, and the folder where its backups lie."""

    folder: Path
    pair: tuple[str, str] = field(default_factory=age.new_pair)

    @property
    def lock(self) -> Lock:
        return Lock(recipients=(self.pair[1],))

    @property
    def key(self) -> Key:
        return Key(identities=(self.pair[0],))

    def back_up(self, house: House, name: str = "site.backup") -> Made:
        self.folder.mkdir(exist_ok=True)
        return backing_up.make(house, "test", Wanted(file=self.folder / name, lock=self.lock))

    def restore(self, made: Made, settings: Settings, *, keys: bool = True) -> Restored:
        key_file = made.key_file if keys else None
        source = Source(file=made.file, key=self.key, key_file=key_file)
        return restoring.restore(settings, "test", source)
