# SPDX-License-Identifier: Apache-2.0
"""The passkey command and the real cloud, with something going wrong between them."""
import pytest
from cloud import PROGRAM, Cloud

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason=f"{PROGRAM} is not built")


@pytest.fixture(scope="module")
def cloud():
    with Cloud("--fault-control") as server:
        yield server
    server.assert_clean()


@pytest.fixture
def bind(cloud, passkey):
    """bind(SPEC) binds a new link while the cloud fails so: (how it ended, identity)."""
    def bind_with(spec):
        identity = cloud.create_identity()["id"]
        _, link = cloud.create_job(identity)
        assert cloud.call("POST", "/_fault", {"fault": spec}).status == 204
        return passkey("bind", "-", "--json", stdin=link), identity
    yield bind_with
    assert cloud.call("DELETE", "/_fault").status == 204


@pytest.mark.parametrize("action", ["lose-answer", "half-answer", "cut"])
def test_a_bind_whose_answer_was_lost_is_sent_again_and_is_one(cloud, passkey, bind, action):
    done, identity = bind(f"route=:bind,times=1,do={action}")
    assert done.code == 0, done
    credential, = cloud.credentials(identity)
    made, = passkey.list()
    assert (made["passkeyId"], made["thumbprint"] + "=") == (
        credential["id"], credential["jwk_thumbprint"])


def test_a_slow_cloud_is_waited_for(cloud, bind):
    done, identity = bind("route=:bind,times=1,do=delay:300")
    assert done.code == 0 and len(cloud.credentials(identity)) == 1, done


@pytest.mark.parametrize("step", [":invokeAuthenticator", ":getInfo", ":bind"])
@pytest.mark.parametrize("action, code", [
    ("status:500", "server_error"), ("status:429,retry-after=1", "rate_limited"),
    ("garbage", "bad_response")])
def test_a_cloud_that_cannot_leaves_no_passkey_behind(cloud, passkey, bind, step, action, code):
    done, identity = bind(f"route={step},do={action}")
    assert done.code != 0 and done.error["code"] == code, done
    assert not cloud.credentials(identity) and not passkey.list()
