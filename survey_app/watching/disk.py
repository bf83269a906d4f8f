"""Whether there is room left: phones are told to wait before anything can be lost."""

from __future__ import annotations

import shutil

from survey_app.settings import Settings

_MEGABYTE = 1024 * 1024


def free(settings: Settings) -> int:
    """Bytes that are free where the database and the data are; the fewer of the two."""
    file = settings.database_file
    folders = [settings.data_folder, *([file.parent] if file else [])]
    return min((shutil.disk_usage(folder).free for folder in folders if folder.is_dir()), default=0)


def is_short(settings: Settings, coming: int = 0) -> bool:
    """Whether less is free than the site keeps for what it has promised already.

    `coming` are bytes that somebody would add: what is kept for phones is not for files.
    """
    reserve = settings.protection.disk_reserve_megabytes * _MEGABYTE
    return bool(reserve) and free(settings) - coming < reserve
