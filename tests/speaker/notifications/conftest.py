import pytest

from tests.certificates import AuthorityFolder


@pytest.fixture(scope="package")
def authority(tmp_path_factory: pytest.TempPathFactory) -> AuthorityFolder:
    return AuthorityFolder.found(tmp_path_factory.mktemp("ca") / "certificates")
