"""An operator's way through the pages in a real browser (Debian's Chromium): from create_admin to a purge.

Screenshots are left in GARNER_SCREENSHOTS, if that names a folder. A message on the browser's console, a script that
the policy of content stopped, a file that was not found: each fails the test.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from accounts.models import User
from accounts.people.models import TotpDevice
from tests.visitors import PASSWORD, code_now

pytestmark = pytest.mark.slow
CHROMIUM = shutil.which("chromium")
HARMLESS = re.compile(r"favicon|status of (403|404|429)")  # pages that are meant to refuse
