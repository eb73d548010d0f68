import base64
import json
from pathlib import Path

import pytest
from environ import Env
from limits.storage import storage_from_string
from psycopg.conninfo import conninfo_to_dict

from accounts.errors import KeyringUnusable
from accounts.keyring import Keyring
from runtime.addresses import (
    OWNER_SECRET,
    check_addresses,
    database_urls,
    derive_app_password,
    redis_url,
    without_password,
)
from runtime.errors import ConfigurationError
from runtime.paths import Home

EXTERNAL = "postgresql://me:s%2Fcret@db.example:5433/memories?sslmode=require"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "a home & more")
    home.create()
    return home


def with_keyring(home: Home) -> str:
    return derive_app_password(Keyring.create_if_missing(home.keyring).master)


def test_the_embedded_urls_are_read_alike_by_libpq_and_django(home, tmp_path):
    password = derive_app_password(Keyring.create_if_missing(tmp_path / "keys.json").master)
    home = Home(Path("/srv/a home & more"))
    app, _ = database_urls(home, {"GARNER_KEYRING": str(tmp_path / "keys.json")})
    libpq, django = conninfo_to_dict(app), Env.db_url_config(app)
    assert libpq["host"] == django["OPTIONS"]["host"] == "/srv/a home & more/postgres/socket"
    assert libpq["user"] == django["USER"] == "garner_app"
    assert libpq["password"] == django["PASSWORD"] == password
    assert libpq["dbname"] == django["NAME"] == "garner"


def test_before_there_are_secrets_the_urls_have_no_password(home):
    app, owner = database_urls(home, {})
    assert "password" not in conninfo_to_dict(app)
    assert "password" not in conninfo_to_dict(owner)


def test_the_owners_password_comes_from_the_secrets(home):
    (home.secrets / OWNER_SECRET).write_text("of the owner")
    _, owner = database_urls(home, {})
    assert conninfo_to_dict(owner)["password"] == "of the owner"
    assert conninfo_to_dict(owner)["user"] == "garner_owner"


def test_a_keyring_elsewhere_is_found(home, tmp_path):
    Keyring.create_if_missing(tmp_path / "keys.json")
    app, _ = database_urls(home, {"GARNER_KEYRING": str(tmp_path / "keys.json")})
    assert conninfo_to_dict(app)["password"]


def test_a_damaged_keyring_is_not_passed_over(home):
    home.keyring.write_text(json.dumps({"active": "k1", "keys": {}}))
    home.keyring.chmod(0o600)
    with pytest.raises(KeyringUnusable):
        database_urls(home, {})


def test_an_external_database_keeps_its_place_and_changes_only_the_login(home):
    password = with_keyring(home)
    app, owner = database_urls(home, {"DATABASE_URL": EXTERNAL})
    assert owner == EXTERNAL
    assert conninfo_to_dict(app) == conninfo_to_dict(EXTERNAL) | {"user": "garner_app", "password": password}


def test_an_app_url_that_is_given_is_taken(home):
    given = "postgresql://app:x@db.example/memories"
    environ = {"DATABASE_URL": EXTERNAL, "GARNER_APP_DATABASE_URL": given}
    assert database_urls(home, environ) == (given, EXTERNAL)


def test_a_process_that_knows_only_the_app_never_learns_the_owner(home):
    (home.secrets / OWNER_SECRET).write_text("of the owner")
    given = "postgresql://app:x@db.example/memories"
    assert database_urls(home, {"GARNER_APP_DATABASE_URL": given}) == (given, "")


def test_a_worker_learns_both(home):
    environ = {
        "GARNER_APP_DATABASE_URL": "postgresql://a@h/d",
        "GARNER_OWNER_DATABASE_URL": "postgresql://o@h/d",
    }
    assert database_urls(home, environ) == ("postgresql://a@h/d", "postgresql://o@h/d")


def test_the_app_password_depends_on_the_master_secret_alone():
    secret = base64.b64decode("A" * 43 + "=")
    assert derive_app_password(secret) == derive_app_password(bytes(32))
    assert derive_app_password(bytes(32)) != derive_app_password(b"1" * 32)
    assert len(bytes.fromhex(derive_app_password(bytes(32)))) == 32


def test_the_embedded_valkey_is_spelled_for_each_library(home):
    address = redis_url(home, {})
    assert address.celery.startswith("redis+socket:///")
    assert address.url(2).endswith("valkey.sock?db=2")
    assert "a%20home" in redis_url(Home(Path("/srv/a home")), {}).celery
    assert storage_from_string(redis_url(Home(Path("/h")), {}).limits)


def test_an_external_valkey_is_used_as_given(home):
    address = redis_url(home, {"REDIS_URL": "rediss://h:6380/4"})
    assert {address.celery, address.limits, address.cache, str(address)} == {"rediss://h:6380/4"}


def test_a_url_for_people_hides_the_password():
    assert without_password(EXTERNAL) == "postgresql://me@db.example:5433/memories?sslmode=require"
    assert without_password("postgresql://me@h/d") == "postgresql://me@h/d"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://me:s3cret@h/d"),
        ("DATABASE_URL", "postgresql://me:s3cret@h"),
        ("GARNER_APP_DATABASE_URL", "s3cret"),
        ("REDIS_URL", "memcached://:s3cret@h"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused_without_its_password(name, value):
    with pytest.raises(ConfigurationError, match=f"{name} must look like") as refused:
        check_addresses({name: value})
    assert "s3cret" not in str(refused.value)


def test_good_addresses_and_none_pass():
    check_addresses({})
    check_addresses({"DATABASE_URL": EXTERNAL, "REDIS_URL": "rediss://h/1", "GARNER_APP_DATABASE_URL": ""})
