"""How large things may be. memoryOSS's figures, in bytes of UTF-8 where it says bytes."""

from django.conf import settings

CONTENT_BYTES = 32 * 1024
TAGS = 50
TAG_BYTES = 256
NAME_CHARS = 256  # agent, user, author, session
METADATA_BYTES = 16 * 1024
BATCH: int = settings.STORE_BATCH  # memoryOSS: 1,000
FILTERED_DELETE = 10_000
PAGE = 1000
