"""The environment of the tests, set before Django reads it. What is already set wins."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_DEFAULTS = {
    "DEBUG": "0",
    "SECRET_KEY": "tests-only-secret-key-0123456789-0123456789-0123456789",
    "FIELD_ENCRYPTION_KEYS": "dGVzdHMtb25seS1rZXktdGhpcnR5LXR3by1ieXRlcyE=",
    "PUBLIC_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    # Nobody listens there: what a test wants to ask, it asks the sandbox.
    "VIES_URL": "http://127.0.0.1:9/vies",
    "EMAIL_URL": "memorymail://",
    "DEFAULT_FROM_EMAIL": "faturas@plataforma.example",
    "LOG_LEVEL": "WARNING",
    "LOG_FORMAT": "json",
}
for _name, _value in _DEFAULTS.items():
    os.environ.setdefault(_name, _value)
# Memory where there is some: a test run then costs no disk writes, however durable the settings are.
_shm = Path("/dev/shm")
_folder = tempfile.mkdtemp(
    prefix="jumpseller-invoicing-tests-", dir=_shm if os.access(_shm, os.W_OK) else None
)
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["VAR_DIR"] = _folder
os.environ["BROKER_DIR"] = f"{_folder}/broker"
os.environ["MEDIA_URL_STORAGE"] = f"{_folder}/documents"
Path(_folder, "static").mkdir()  # whitenoise warns about a folder that is not there
