import pytest

from tests.learning import archiving


@pytest.fixture(scope="session", autouse=True)
def archiving_job(django_db_setup: None) -> None:
    archiving.declare()
