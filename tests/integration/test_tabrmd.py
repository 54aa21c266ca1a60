# SPDX-License-Identifier: Apache-2.0
"""Through tpm2-abrmd, the resource manager in user space, on a bus of its own."""
import json
import os
import shutil
import subprocess

import pytest
from doctor_case import tools  # noqa: F401

BROKER = shutil.which("tpm2-abrmd", path=os.environ["PATH"] + ":/usr/sbin")
BUS = shutil.which("dbus-daemon")
pytestmark = pytest.mark.skipif(not BROKER or not BUS, reason="tpm2-abrmd or dbus-daemon is not installed")
NAME = "com.intel.tss2.Tabrmd"


def has_owner(env):
    done = subprocess.run(["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/",
                           "org.freedesktop.DBus.NameHasOwner", f"string:{NAME}"], env=env, capture_output=True, text=True)
    return "boolean true" in done.stdout


class Broker:
    """tpm2-abrmd in front of a software TPM; env leads to it."""

    def __init__(self, tcti, folder):
        config = folder / "bus.conf"
        config.write_text(f"""<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
            "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig><type>session</type><listen>unix:path={folder}/bus</listen>
            <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
            <allow own="*"/></policy></busconfig>""")
        self.bus = subprocess.Popen([BUS, f"--config-file={config}", "--nofork", "--print-address"],
                                    stdout=subprocess.PIPE, text=True)
        address = self.bus.stdout.readline().strip()
        self.env = {"DBUS_SESSION_BUS_ADDRESS": address}
        self.process = subprocess.Popen([BROKER, "--session", "--allow-root", f"--tcti={tcti}"],
                                        env={**os.environ, **self.env}, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.wait_until_ready()

    def wait_until_ready(self):
        """The bus tells when the name has an owner; a broker that ends is a failure."""
        env = {**os.environ, **self.env}
        monitor = subprocess.Popen(["dbus-monitor", "--session", "type=signal,member=NameOwnerChanged"], env=env,
                                   stdout=subprocess.PIPE, text=True)
        for line in monitor.stdout:
            if has_owner(env):
                break
            assert self.process.poll() is None, self.process.stdout.read()
        monitor.terminate()
        monitor.wait(30)

    def stop(self):
        for process in self.process, self.bus:
            process.terminate()
            process.wait(30)


@pytest.fixture
def broker(tools, tmp_path):
    broker = Broker(tools.tcti, tmp_path)
    yield broker
    broker.stop()


TPM = ("--tpm", "tabrmd:bus_type=session")


def test_binds_one_after_the_other_and_at_once(passkey, mock, job, broker):
    bound = passkey.bind(mock.link(job("ok")), *TPM, env=broker.env)
    assert bound["protection"] == "swtpm"
    binds = [passkey.start("bind", mock.link(job("ok")), "--json", *TPM, env=broker.env) for _ in range(6)]
    for bind in binds:
        _, err = bind.communicate(timeout=120)
        assert bind.returncode == 0, err
    done = passkey("doctor", "--json", *TPM, env=broker.env)
    assert done.code == 0 and [found for found in done.json if found["level"] != "ok"] == [], done
    assert "The TPM takes the keys." in done.out


def test_provision(passkey, broker):
    for outcome in "made", "present":
        done = passkey("tpm", "provision", "--json", *TPM, env=broker.env)
        assert done.code == 0 and done.json["outcome"] == outcome, done


def refused(passkey, link, env):
    """GLib writes to stderr, too: ours is the last line."""
    done = passkey("bind", "-", "--json", *TPM, stdin=link + "\n", env=env)
    assert done.code == 5 and done.out == "", done
    return json.loads(done.err.splitlines()[-1])


def test_the_broker_is_not_there(passkey, mock, job, broker):
    broker.process.terminate()
    broker.process.wait(30)
    error = refused(passkey, mock.link(job("ok")), broker.env)
    assert error["code"] == "no_tpm" and "Check that it runs" in error["hint"]


def test_the_bus_is_not_there(passkey, mock, job, tmp_path):
    error = refused(passkey, mock.link(job("ok")), {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/none"})
    assert error["code"] == "no_tpm"
