import pytest

from builds.targets import UnknownTarget, load_target, target_names


def test_the_sentence_lists_what_there_is() -> None:
    with pytest.raises(UnknownTarget) as caught:
        load_target("cortex-m99")
    assert "cortex-m99" in str(caught.value)
    assert all(name in str(caught.value) for name in target_names())


def test_a_very_long_name_does_not_fill_the_sentence() -> None:
    with pytest.raises(UnknownTarget) as caught:
        load_target("x" * 10_000)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("name", ["", "../cortex-m4f", "cortex-m4f.toml", "CORTEX-M4F"])
def test_names_are_not_paths_and_not_guessed(name: str) -> None:
    with pytest.raises(UnknownTarget):
        load_target(name)
