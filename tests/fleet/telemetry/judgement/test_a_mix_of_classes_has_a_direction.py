"""The weights that let trades between classes cancel."""

import numpy as np
import pytest

from fleet.telemetry.judgement.scoring.mixes import mix_weights

USUAL = np.array([0.25, 0.25, 0.25, 0.25])
GAIN = np.array([1.0, -1 / 3, -1 / 3, -1 / 3])
TRADE = np.array([-0.4, -0.1, 0.1, 0.4])  # what a wander of the inputs does to ordered classes


def day_of(wander: float, devices: int = 60) -> np.ndarray:
    """Shares of 24 steps, of 60 inferences each, whose mix wanders along TRADE."""
    random = np.random.default_rng(1)
    mixes = np.clip(USUAL + wander * random.standard_normal((24, devices, 1)) * TRADE, 0.01, None)
    return random.multinomial(60, mixes / mixes.sum(axis=2, keepdims=True)) / 60


def test_a_class_that_gains_from_all_others_counts_as_what_it_gains() -> None:
    weights = mix_weights(day_of(0.3), USUAL, 60)
    assert GAIN @ weights[:, 0] == pytest.approx(1.0)


def test_what_classes_trade_cancels() -> None:
    shares = day_of(0.3)
    weights = mix_weights(shares, USUAL, 60)[:, 0]
    assert abs(TRADE @ weights) < 0.5 * abs(TRADE[0])
    assert (shares @ weights).std() < 0.8 * shares[..., 0].std()


def test_without_a_trade_a_share_is_weighed_alone() -> None:
    weights = mix_weights(day_of(0.0), USUAL, 60)[:, 0]
    assert (weights - weights[1:].mean())[0] == pytest.approx(1.0, abs=0.05)


def test_a_liar_does_not_rule_the_weights_and_absence_is_no_share() -> None:
    shares = day_of(0.3)
    honest = mix_weights(shares, USUAL, 60)
    shares[:, 0] = np.array([[1.0, 0, 0, 0], [0, 0, 0, 1.0]] * 12)
    shares[3:9, 1] = np.nan
    misled = mix_weights(shares, USUAL, 60)
    rest = day_of(0.3)[:, 2:]
    assert ((rest @ misled).std(axis=(0, 1)) < 1.1 * (rest @ honest).std(axis=(0, 1))).all()
    assert np.isfinite(mix_weights(np.full((24, 3, 4), np.nan), USUAL, 60)).all()
