"""The product's settings under the environment of the tests."""

from tests import environment  # noqa: F401, I001 - sets variables that the next line reads
from config.settings import *  # noqa: F403
