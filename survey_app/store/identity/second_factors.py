"""Second factors: a phone's sealed secret, and codes on paper. Each code counts once."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, insert, select, update

from survey_app.store.tables import accounts, paper_codes


def set_up(
    connection: Connection, account: int, sealed: bytes, step: int, digests: Iterable[str]
) -> None:
    """A phone, in place of the one before, with the step of its first code and codes on paper."""
    connection.execute(
        update(accounts).where(accounts.c.id == account).values(totp=sealed, totp_step=step)
    )
    renew_paper(connection, account, digests)


def remove(connection: Connection, account: int) -> None:
    """No second factor any more: the phone is lost, or nobody asks for one."""
    connection.execute(update(accounts).where(accounts.c.id == account).values(totp=None))
    connection.execute(delete(paper_codes).where(paper_codes.c.account_id == account))


def take_step(connection: Connection, account: int, step: int) -> bool:
    """Whether a code's step is later than every one that was taken; it is taken by this."""
    later = (accounts.c.id == account) & (accounts.c.totp_step < step)
    taken = connection.execute(update(accounts).where(later).values(totp_step=step))
    return taken.rowcount == 1


def take_paper(connection: Connection, account: int, digest: str) -> bool:
    """Whether it is a code on paper that was not used; it ends by this."""
    code = (paper_codes.c.account_id == account) & (paper_codes.c.digest == digest)
    return connection.execute(delete(paper_codes).where(code)).rowcount == 1


def renew_paper(connection: Connection, account: int, digests: Iterable[str]) -> None:
    """New codes on paper; those before end."""
    connection.execute(delete(paper_codes).where(paper_codes.c.account_id == account))
    connection.execute(
        insert(paper_codes), [{"account_id": account, "digest": digest} for digest in digests]
    )


def paper_left(connection: Connection, account: int) -> int:
    """How many codes on paper were not used yet."""
    left = select(func.count()).where(paper_codes.c.account_id == account)
    return connection.execute(left).scalar_one()
