import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.image.mcuboot import _version
from builds.pipeline.stages.order import image_version


@pytest.mark.parametrize(
    ("label", "version"),
    [
        ("1.0", "1.0.0+7"),
        ("2", "2.0.0+7"),
        ("1.2.3", "1.2.3+7"),
        ("99.99.9999", "99.99.9999+7"),
        ("100.0", "0.0.0+7"),
        ("1.0-rc1", "0.0.0+7"),
        ("spring", "0.0.0+7"),
        ("1.٢", "0.0.0+7"),
    ],
)
def test_a_label_that_is_a_version_is_kept(label: str, version: str) -> None:
    assert image_version(label, 7) == version


@given(st.text(max_size=20) | st.from_regex(r"\d{1,3}(\.\d{1,3}){0,3}"), st.integers(1, 10**6))
def test_mcuboot_accepts_every_one(label: str, number: int) -> None:
    found = _version(image_version(label, number))
    assert found.build == number
