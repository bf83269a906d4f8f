"""A ballot is sealed the moment it is cast: whoever holds the store reads it only with a key.

Each ballot has a key of its own, agreed between a one-time X25519 key and the public key of the
wave's epoch, and made by HKDF-SHA256; ChaCha20-Poly1305 seals with it. The private key of the epoch
lives outside the store and is destroyed once its ballots were mixed. All ballots of one form have
one length, so that it says nothing of what was answered.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_LENGTH = 4
_WHAT = b"cchc ballot 1"
_NONCE = bytes(12)  # each key seals one ballot
_TAG = 16


class SealBroken(Exception):
    """The sealed ballot was not made for this key or this epoch, or has been changed since."""


def new_private_key() -> bytes:
    """A private key, 32 random bytes."""
    return X25519PrivateKey.generate().private_bytes_raw()


def public_key(private: bytes) -> bytes:
    """The public key of a private one."""
    return Opener(private).public


def seal(public: bytes, epoch: str, plain: bytes, size: int) -> bytes:
    """Seal bytes to the public key of an epoch, padded to `size`.

    What is longer, against all reckoning, is padded to a multiple of it: a length that tells
    something is better than a ballot that is lost.
    """
    size *= max(1, -(-len(plain) // size))
    once = X25519PrivateKey.generate()
    sender = once.public_key().public_bytes_raw()
    key = _key(once.exchange(X25519PublicKey.from_public_bytes(public)), sender, public)
    padded = len(plain).to_bytes(_LENGTH) + plain + bytes(size - len(plain))
    return sender + ChaCha20Poly1305(key).encrypt(_NONCE, padded, _about(epoch))


class Opener:
    """A private key, made ready to open many ballots."""

    def __init__(self, private: bytes) -> None:
        self._key = X25519PrivateKey.from_private_bytes(private)
        self.public = self._key.public_key().public_bytes_raw()

    def unseal(self, epoch: str, sealed: bytes) -> bytes:
        """What was sealed.

        Raises
        ------
        SealBroken
        """
        sender, body = sealed[:KEY_BYTES], sealed[KEY_BYTES:]
        try:
            shared = self._key.exchange(X25519PublicKey.from_public_bytes(sender))
            key = _key(shared, sender, self.public)
            padded = ChaCha20Poly1305(key).decrypt(_NONCE, body, _about(epoch))
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error
        length = int.from_bytes(padded[:_LENGTH])
        return padded[_LENGTH : _LENGTH + length]


def unseal(private: bytes, epoch: str, sealed: bytes) -> bytes:
    """What was sealed, opened by a private key.

    Raises
    ------
    SealBroken
    """
    return Opener(private).unseal(epoch, sealed)


def size_of(sealed: bytes) -> int:
    """The length to which a sealed ballot was padded."""
    return len(sealed) - KEY_BYTES - _LENGTH - _TAG


def _key(shared: bytes, sender: bytes, receiver: bytes) -> bytes:
    kdf = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=sender + receiver, info=_WHAT)
    return kdf.derive(shared)


def _about(epoch: str) -> bytes:
    return _WHAT + b" " + epoch.encode()
