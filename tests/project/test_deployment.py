"""The files for production fit the code and each other. (No container engine runs here.)"""

import json
import os
import re
import stat
import subprocess
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from runtime.addresses import check_addresses

ROOT = Path(__file__).resolve().parents[2]
OURS = ["prepare", "web", "worker", "beat", "flower"]


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture
def secrets(tmp_path) -> Path:
    copy(ROOT / "deploy" / "make-secrets", tmp_path)
    subprocess.run([tmp_path / "make-secrets"], check=True)
    return Path(tmp_path / "secrets")


def test_every_service_is_limited_and_all_but_the_preparation_are_watched(compose):
    services = compose["services"]
    assert all("memory" in service["deploy"]["resources"]["limits"] for service in services.values())
    assert [name for name, service in services.items() if "healthcheck" not in service] == ["prepare"]


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_rights_to_lose(compose, name):
    service = compose["services"][name]
    assert service["user"] == "10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


def test_no_password_is_in_the_environment(compose):
    for service in compose["services"].values():
        for variable, value in (service.get("environment") or {}).items():
            if re.search("PASSWORD|DATABASE_URL|REDIS_URL|KEY", variable):
                assert variable.endswith("_FILE")
                assert value.startswith("/run/secrets/")


def test_web_does_not_get_the_owners_address(compose):
    web = compose["services"]["web"]
    assert "owner" not in json.dumps(web["secrets"]) + json.dumps(web["environment"])


def test_nothing_but_the_proxy_listens_beyond_this_machine(compose):
    for name, service in compose["services"].items():
        if name != "caddy":
            assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_every_secret_is_used_declared_and_made(compose, secrets):
    used = {secret for service in compose["services"].values() for secret in service.get("secrets", [])}
    made = {file.name for file in secrets.iterdir()}
    assert used == set(compose["secrets"])
    assert used | {"app_password"} == made


def test_secrets_are_made_once_in_a_closed_folder(secrets):
    before = {file.name: file.read_text() for file in secrets.iterdir()}
    subprocess.run([secrets.parent / "make-secrets"], check=True)
    assert {file.name: file.read_text() for file in secrets.iterdir()} == before
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert len(set(before.values())) == len(before)


def test_the_addresses_that_are_made_can_be_read(secrets):
    read = {name: (secrets / name).read_text() for name in ("owner_database_url", "app_database_url", "redis_url")}
    check_addresses({"DATABASE_URL": read["owner_database_url"], "REDIS_URL": read["redis_url"]})
    check_addresses({"GARNER_APP_DATABASE_URL": read["app_database_url"]})


def test_every_mounted_file_exists(compose):
    mounts = [volume for service in compose["services"].values() for volume in service.get("volumes", [])]
    files = [mount.split(":")[0] for mount in mounts if mount.startswith("./")]
    assert files
    assert all((ROOT / file).exists() for file in files)


def test_the_dashboard_asks_for_metrics_that_exist():
    from memoryproject import metrics  # noqa: F401

    text = (ROOT / "deploy" / "grafana" / "dashboards" / "garner.json").read_text()
    asked = set(re.findall(r"\bgarner_\w+", text))
    known = {sample for family in REGISTRY.collect() for sample in names_of(family)}
    assert asked
    assert asked - {"garner_mcp_seconds_count"} <= known


def names_of(family: Any) -> set[str]:
    """The names of a metric's samples, whether or not it has any yet."""
    suffixes = {"histogram": ["_bucket", "_count", "_sum"], "counter": ["_total"]}.get(family.type, [""])
    return {f"{family.name}{suffix}" for suffix in suffixes}


def test_the_shell_scripts_are_well_formed():
    for script in ("make-secrets", "postgres-init.sh"):
        path = ROOT / "deploy" / script
        assert os.access(path, os.X_OK)
        subprocess.run(["bash", "-n", path], check=True)
