"""The files for production fit the code and each other. (No container engine runs here.)"""

import json
import os
import re
import stat
import subprocess
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path
from shutil import copy, which
from typing import Any

import pytest
import yaml
from celery.bin.celery import celery
from django.core.management import get_commands
from prometheus_client import REGISTRY

from runtime.addresses import check_addresses

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
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


# --- the compose file as a document


def test_the_compose_file_is_one():
    """By the schema of the compose specification, which comes with check-jsonschema."""
    checked = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", ROOT / "docker-compose.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_the_schema_would_find_a_mistake(tmp_path):
    spoilt = (ROOT / "docker-compose.yml").read_text().replace("healthcheck:", "healthchek:", 1)
    (tmp_path / "docker-compose.yml").write_text(spoilt)
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", tmp_path / "docker-compose.yml"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def variables(compose: Any) -> set[str]:
    return set(re.findall(r"(?<!\$)\$\{(\w+)", json.dumps(compose)))


def test_every_variable_has_a_default_and_is_told(compose):
    text = (ROOT / "docker-compose.yml").read_text()
    assert variables(compose)
    assert all(re.search(rf"\$\{{{name}:-", text) for name in variables(compose))
    told = (ROOT / "docs" / "operations.md").read_text()
    assert [name for name in variables(compose) if name not in told] == []


def test_every_setting_of_ours_that_it_gives_exists(compose):
    known = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    given = {
        variable.removesuffix("_FILE") for name in OURS for variable in compose["services"][name].get("environment", {})
    }
    assert given
    assert given - known == set()


@pytest.mark.parametrize("name", OURS)
def test_the_commands_of_our_containers_are_there(compose, name):
    service = compose["services"][name]
    tested = service.get("healthcheck", {}).get("test", [])
    words = " ".join([*service.get("command", []), *tested])
    for command in re.findall(r"manage\.py (\w+)", words):
        assert command in get_commands()
    for program in set(re.findall(r"\b(python|celery|kill|cat)\b", words)):
        assert which(program, path=f"{BIN}:{os.environ['PATH']}"), program
    for subcommand in re.findall(r"celery -A memoryproject (\w+)", words.replace("-A, ", "-A ")):
        assert subcommand in {*celery.commands, "flower"}


def test_every_service_that_is_waited_for_can_be(compose):
    services = compose["services"]
    for service in services.values():
        waited = service.get("depends_on", {})
        for other, how in waited.items() if isinstance(waited, dict) else [(name, {}) for name in waited]:
            assert other in services
            if how.get("condition") == "service_healthy":
                assert "healthcheck" in services[other]
            if how.get("condition") == "service_completed_successfully":
                assert services[other]["restart"] == "no"


def test_every_image_has_a_version_and_ours_are_built_here(compose):
    for name, service in compose["services"].items():
        repository, _, tag = service["image"].rpartition(":")
        assert repository, name
        assert re.search(r"\d|local", tag), name
        assert ("build" in service) == (tag == "local")


def test_the_proxy_that_is_believed_is_ours_and_nobody_else_gets_its_address(compose):
    network = compose["networks"]["front"]["ipam"]["config"][0]
    proxy = compose["services"]["caddy"]["networks"]["front"]["ipv4_address"]
    assert compose["services"]["web"]["environment"]["GARNER_TRUSTED_PROXIES"] == proxy
    assert ip_address(proxy) in ip_network(network["subnet"])
    assert ip_address(proxy) not in ip_network(network["ip_range"])
