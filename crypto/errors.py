"""What can go wrong with keys and ciphertexts. No message ever holds a value or a key."""


class CryptoError(Exception):
    """Base of all errors here."""


class KeyUnavailable(CryptoError):
    """The key exists, but was not lent to the code that is running (crypto.access)."""


class UnknownKey(CryptoError):
    """There is no data key of this owner, purpose and version."""


class KmsUnavailable(CryptoError):
    """The key management service does not answer. Temporary: views answer 503, tasks try again."""


class KmsRefused(CryptoError):
    """The key management service answered, and will not unwrap: altered, another context, or another master key."""


class CannotOpen(CryptoError):
    """The ciphertext was altered, belongs to another row, field or owner, or to a key version that is not there."""


class KeyDestroyed(CannotOpen):
    """The data key was destroyed on purpose: nobody can open this value any more."""
