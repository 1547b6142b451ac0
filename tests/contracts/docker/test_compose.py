"""The container files agree with themselves, with the repository and with Airflow; no engine needed to know."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from exchanges.core.settings import settings

pytestmark = pytest.mark.contract

ROOT = Path(__file__).resolve().parents[3]
DOCKER = ROOT / "docker"
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z0-9_]+)(?::([?-])([^}]*))?\}")
TAG = re.compile(r"[a-z0-9./-]+:[A-Za-z0-9][A-Za-z0-9._-]*[0-9][A-Za-z0-9._-]*")
# Options of providers that only the production extra installs; all others are asked of Airflow itself.
PROVIDER_OPTIONS = {("celery", "broker_url"), ("celery", "result_backend"), ("celery", "worker_concurrency")}

ASK_AIRFLOW = """
import json, sys
from airflow.configuration import conf
known = conf.configuration_description
wrong = [f"{section}.{key}" for section, key in json.loads(sys.argv[1])
         if key not in known.get(section, {}).get("options", {})]
print(json.dumps(wrong))
"""


@pytest.fixture(scope="module")
def text() -> str:
    return (DOCKER / "compose.yaml").read_text()


@pytest.fixture(scope="module")
def compose(text: str) -> dict[str, Any]:
    return yaml.safe_load(text)


@pytest.fixture(scope="module")
def example() -> dict[str, str]:
    lines = (DOCKER / "env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def environment(compose: dict[str, Any]) -> dict[str, str]:
    return {name: value for service in compose["services"].values()
            for name, value in service.get("environment", {}).items()}


def test_the_services_of_the_production_shape_are_there(compose):
    assert set(compose["services"]) == {"postgres", "redis", "s3", "sleutels", "partner", "init", "api-server",
                                        "scheduler", "dag-processor", "triggerer", "worker"}


def test_every_lasting_service_has_a_health_check_and_restarts(compose):
    for name, service in compose["services"].items():
        if name not in ("init", "sleutels"):  # these end
            assert service["healthcheck"]["test"], name
            assert service["restart"] == "unless-stopped", name


def test_who_waits_for_whom_exists(compose):
    services = compose["services"]
    for name, service in services.items():
        for other, waits in service.get("depends_on", {}).items():
            assert other in services, (name, other)
            if waits["condition"] == "service_healthy":
                assert "healthcheck" in services[other]
            else:
                assert other in ("init", "sleutels")


def test_volumes_and_mounted_files_exist(compose):
    used = set()
    for service in compose["services"].values():
        for mount in service.get("volumes", []):
            source = VARIABLE.sub(lambda found: found[3] or "", mount).split(":")[0]
            if source.startswith("./"):
                # the administration is put there by the reader of docker/README.md
                assert (DOCKER / source).exists() or source == "./administratie", mount
            else:
                used.add(source)
    assert used == set(compose["volumes"])


def test_every_variable_is_in_the_example_and_no_secret_has_a_value(text, compose, example):
    wanted = {found[1] for found in VARIABLE.finditer(text)}
    assert wanted == set(example)
    secrets = {name for name in example if re.search(r"PASSWORD|SECRET|KEY(?!S)", name)}
    assert len(secrets) >= 8
    assert {name for name in secrets if example[name]} == set()
    for name, value in environment(compose).items():
        if re.search(r"PASSWORD|SECRET|_KEY|SQL_ALCHEMY_CONN|BROKER_URL|RESULT_BACKEND", name):
            assert VARIABLE.search(value), f"{name} has a value in the file"
    for found in VARIABLE.finditer(text):
        if found[1] in secrets:
            assert found[2] == "?", f"{found[1]} may be left empty unnoticed"


def test_variables_of_a_container_are_not_filled_in_by_compose(text):
    for line in text.splitlines():
        if "$(hostname)" in line or '"$REDIS_PASSWORD' in line:
            assert "$$(hostname)" in line or "$$REDIS_PASSWORD" in line, line


def test_every_airflow_option_is_one_of_this_airflow(compose):
    options = [tuple(part.lower() for part in name.split("__")[1:])
               for name in environment(compose) if name.startswith("AIRFLOW__")]
    assert len(options) > 10
    ask = [option for option in options if option not in PROVIDER_OPTIONS]
    done = subprocess.run([sys.executable, "-c", ASK_AIRFLOW, json.dumps(ask)], capture_output=True, text=True,
                          check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_every_setting_of_ours_is_one(compose):
    known = {f"KETENSLUIS_{name.upper()}" for name in type(settings()).model_fields}
    ours = {name for name in environment(compose) if name.startswith("KETENSLUIS_")}
    assert ours - known == {"KETENSLUIS_ADMIN", "KETENSLUIS_ADMIN_PASSWORD"}  # for init.sh only
    inside = re.findall(r"\$(KETENSLUIS_[A-Z_]+)", (DOCKER / "init.sh").read_text())
    assert set(inside) == {"KETENSLUIS_ADMIN", "KETENSLUIS_ADMIN_PASSWORD"}


def test_the_mounted_settings_can_be_read_and_fit_the_containers(compose):
    known = settings(config=DOCKER / "ketensluis.toml").municipalities()
    partner = known.partner["inlichtingenbureau"]
    assert partner.host in compose["services"]
    mounted = {mount.split(":")[-2 if mount.endswith(":ro") else -1]
               for mount in compose["services"]["worker"]["volumes"]}
    for path in (partner.sleutel, partner.known_hosts, known.gemeente["0153"].bron.locatie):
        assert any(Path(path).is_relative_to(folder) for folder in mounted), path
    made = (DOCKER / "sftp/keys.sh").read_text()
    assert partner.sleutel.name in made and partner.known_hosts.name in made
    assert f"AllowUsers {partner.gebruiker}" in (DOCKER / "sftp/sshd_config").read_text()


def images(compose: dict[str, Any]) -> list[str]:
    found = [service["image"] for service in compose["services"].values()]
    for dockerfile in (DOCKER / "Dockerfile", DOCKER / "sftp/Dockerfile"):
        found += re.findall(r"^FROM (\S+)", dockerfile.read_text(), flags=re.MULTILINE)
    return found


def test_images_are_pinned(compose):
    assert [image for image in images(compose) if not TAG.fullmatch(image) or image.endswith(":latest")] == []


def test_the_dockerfiles_copy_what_exists_and_nothing_is_shut_out():
    kept = [line[1:] for line in (DOCKER / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"]
    copied = [source for line in re.findall(r"^COPY (?!--from)(.+)$", (DOCKER / "Dockerfile").read_text(), re.MULTILINE)
              for source in line.split()[:-1]]
    assert sorted(copied) == sorted(kept)
    for source in copied:
        assert (ROOT / source).exists(), source
    for source in ("sshd_config", "keys.sh", "start.sh"):
        assert (DOCKER / "sftp" / source).exists()


def test_the_image_runs_as_a_user_without_rights():
    lines = (DOCKER / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER ketensluis"]
    assert "--uid 50000" in "\n".join(lines) and "50000" in (DOCKER / "sftp/keys.sh").read_text()


@pytest.mark.parametrize("script", ["init.sh", "postgres/ledger.sh", "sftp/keys.sh", "sftp/start.sh"])
def test_the_scripts_parse(script):
    assert subprocess.run(["sh", "-n", DOCKER / script]).returncode == 0
