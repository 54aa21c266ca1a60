# SPDX-License-Identifier: Apache-2.0
"""The judgements of scripts/soak-cloud, on servers that break their promises."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
import soak_cloud  # noqa: E402


class Holding:
    """A server that lists these credentials."""

    def __init__(self, ids):
        self.ids = ids

    def credential_ids(self):
        return self.ids


class Growing:
    """A server that keeps so much of each part."""

    def __init__(self, kib=0, descriptors=0):
        self.parts, self.kib, self.descriptors = 0, kib, descriptors

    def load(self, _what, _connections, count, _acknowledged):
        self.parts += 1
        return {"done": count, "broken": False, "took_us": 1}

    def memory_kib(self, _field="VmRSS"):
        return 16000 + self.parts * self.kib

    def num_descriptors(self):
        return 11 + self.parts * self.descriptors


@pytest.fixture
def acknowledged(tmp_path):
    path = tmp_path / "acknowledged"
    path.write_text("a\nb\nc\n")
    return path


def test_all_that_was_acknowledged_is_there(acknowledged):
    found = soak_cloud.compare(Holding(["c", "a", "b", "d"]), acknowledged, 1)
    assert found == {"acknowledged": 3, "stored": 4, "answer_lost": 1}


@pytest.mark.parametrize("ids, promise", [
    (["a", "c", "d"], "no acknowledged credential is lost: 1 of 3"),
    (["a", "b", "b", "c"], "no credential is listed twice"),
    (["a", "b", "c", *map(str, range(17))], "none was made that nobody asked for: 17"),
])
def test_a_loss_or_a_surplus_is_noticed(acknowledged, ids, promise):
    with pytest.raises(soak_cloud.Failed, match=promise):
        soak_cloud.compare(Holding(ids), acknowledged, 1)


def test_a_server_that_stays_as_it_was(acknowledged):
    assert soak_cloud.soak(Growing(), 200, 2048, acknowledged)["grown_kib"] == 0


@pytest.mark.parametrize("server, promise", [
    (Growing(kib=200), "memory grows by at most 2048 KiB"),
    (Growing(descriptors=1), "as many descriptors are open as at the start"),
])
def test_growth_is_noticed(acknowledged, monkeypatch, server, promise):
    monkeypatch.setattr(soak_cloud, "REST_SECONDS", 0)
    with pytest.raises(soak_cloud.Failed, match=promise):
        soak_cloud.soak(server, 200, 2048, acknowledged)
