"""The keys that a device was given at enrolment are replaced by those that the repository signs."""

from dataclasses import replace

import pytest
from securesystemslib.signer import CryptoSigner

from device_agent.errors import Unverified
from device_agent.identity.enrolment import enrol_device
from device_agent.identity.keys import TrustedKeys, load_enrolment
from device_agent.protocol.keyset import KeySet
from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.device import SimDevice
from tests.device_agent.simulators.service import CODE, Action, SimService, keys_of
from tests.device_agent.simulators.storage import Cut, Loss, PowerCut


def device_with_root(service: SimService | None = None) -> SimDevice:
    service = service or SimService()
    service.tuf_root = b"what the device was given at enrolment"
    device = SimDevice(service)
    device.enrol()
    return device


def published(device: SimDevice, version: str) -> Action:
    action = device.service.publish(version, bundle_of(version))
    device.update(device.boot())
    return action


@pytest.mark.parametrize("roles", [("director",), ("artifacts",), ("director", "artifacts")])
def test_a_device_follows_at_its_next_update(roles: tuple[str, ...]) -> None:
    device = device_with_root()
    assert published(device, "1.0").state == "success"
    device.service.rotate(*roles)
    assert published(device, "2.0").state == "success"
    assert load_enrolment(device.storage).keys_version == 1


def test_a_device_that_slept_through_three_rotations_follows() -> None:
    device = device_with_root()
    for _ in range(3):
        device.service.rotate("director", "artifacts")
    assert published(device, "1.0").state == "success"
    assert load_enrolment(device.storage).keys_version == 3


def test_a_replaced_director_is_not_obeyed() -> None:
    device = device_with_root()
    stolen = device.service.director
    assert published(device, "1.0").state == "success"
    device.service.rotate("director")
    device.service.director = stolen
    action = published(device, "2.0")
    assert action.state == "failure"
    assert action.feedback[-1].details[0].startswith("verify: No key that is trusted")
    device.service.rotate("director")
    assert published(device, "3.0").state == "success"


def test_the_repositorys_word_counts_before_the_first_update_already() -> None:
    """The director's key was stolen and replaced between enrolment and the first offer."""
    device = device_with_root()
    stolen = device.service.director
    device.service.rotate("director")
    device.service.director = stolen
    assert published(device, "1.0").state == "failure"


def test_a_bundle_signed_by_a_replaced_artifact_key_still_installs() -> None:
    device = device_with_root()
    old = device.service.builder
    device.service.rotate("artifacts")
    device.service.builder = old
    assert published(device, "1.0").state == "success"


def test_a_revoked_artifact_key_counts_no_more() -> None:
    device = device_with_root()
    stolen, service = device.service.builder, device.service
    service.rotate("artifacts")
    assert service.key_set is not None
    service.key_set = replace(service.key_set, artifacts=keys_of(service.builder))
    service.builder = stolen
    assert published(device, "1.0").state == "failure"


def test_an_older_set_is_refused() -> None:
    device = device_with_root()
    service = device.service
    service.rotate("director")
    old, signer = service.key_set, service.director
    service.rotate("director")
    assert published(device, "1.0").state == "success"
    service.key_set, service.director = old, signer
    action = published(device, "2.0")
    assert action.state == "failure"
    assert load_enrolment(device.storage).keys_version == 2


def test_a_repository_that_names_no_keys_leaves_the_keys_of_the_enrolment() -> None:
    device = device_with_root()
    assert device.service.key_set is None
    assert published(device, "1.0").state == "success"
    assert load_enrolment(device.storage).keys_version == 0


def test_joining_again_is_no_way_back() -> None:
    device = device_with_root()
    device.service.rotate("director")
    assert published(device, "1.0").state == "success"
    before = load_enrolment(device.storage)
    device.enrol()
    assert load_enrolment(device.storage) == before


def test_a_slot_that_former_keys_have_proven_is_found_again_when_the_state_is_lost() -> None:
    device = device_with_root()
    assert published(device, "1.0").state == "success"
    device.service.rotate("director", "artifacts")
    assert device.service.key_set is not None
    TrustedKeys(device.storage, load_enrolment(device.storage)).follow(device.service.key_set)
    for name in ("state.0", "state.1"):
        device.storage.remove(name)
    agent = device.boot()
    assert agent.state.active is not None
    assert agent.state.slots[agent.state.active].version == "1.0"


def test_former_keys_are_bounded() -> None:
    device = device_with_root()
    for _ in range(40):
        device.service.rotate("director")
        assert device.service.key_set is not None
        trusted_keys = TrustedKeys(device.storage, load_enrolment(device.storage))
        before = trusted_keys.enrolment.director
        assert trusted_keys.follow(device.service.key_set)
        assert before.items() <= trusted_keys.enrolment.former_director.items()
    assert len(load_enrolment(device.storage).former_director) == 16


def operations_of_following(device: SimDevice, keys: KeySet) -> int:
    storage = device.storage.copy()
    storage.operations = 0
    TrustedKeys(storage, load_enrolment(storage)).follow(keys)
    return int(storage.operations)


@pytest.mark.parametrize("loss", Loss)
def test_a_power_cut_leaves_the_old_set_or_the_new_one_and_the_next_visit_the_new(
    loss: Loss,
) -> None:
    device = device_with_root()
    assert published(device, "1.0").state == "success"
    device.service.rotate("director", "artifacts")
    keys, whole = device.service.key_set, device.storage
    assert keys is not None
    for at in range(operations_of_following(device, keys)):
        for torn in (-1, None, 1):
            storage = whole.copy()
            storage.operations, storage.cut = 0, Cut(at, torn)
            with pytest.raises(PowerCut):
                TrustedKeys(storage, load_enrolment(storage)).follow(keys)
            left = storage.after_power_cut(loss, 1)
            found = load_enrolment(left)
            assert found.keys_version in (0, keys.version)
            trusted_keys = TrustedKeys(left, found)
            trusted_keys.follow(keys)
            assert load_enrolment(left).director == keys.director


def test_a_set_is_never_followed_backwards_by_hand() -> None:
    device = device_with_root()
    trusted_keys = TrustedKeys(device.storage, load_enrolment(device.storage))
    stranger = keys_of(CryptoSigner.generate_ed25519())
    assert trusted_keys.follow(KeySet(5, stranger, stranger))
    assert not trusted_keys.follow(KeySet(5, {}, {}))
    with pytest.raises(Unverified, match="names set 4 of its keys, this device follows 5"):
        trusted_keys.follow(KeySet(4, stranger, stranger))
    assert trusted_keys.enrolment.director == stranger


def test_a_root_that_came_with_the_device_counts_and_not_the_services() -> None:
    service = SimService()
    service.tuf_root = b"of whoever answers the enrolment"
    device = SimDevice(service)
    enrol_device(
        storage=device.storage,
        wire=device.wire,
        clock=device.clock,
        server_url=service.base,
        code=CODE,
        controller_id=device.config.controller_id,
        target=device.config.target,
        attributes={},
        root=b"the factory's",
    )
    assert load_enrolment(device.storage).embedded_root == b"the factory's"
    assert published(device, "1.0").state == "failure"
