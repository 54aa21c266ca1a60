# SPDX-License-Identifier: Apache-2.0
"""The Python wheel and sdist, as users install them: into an empty virtual
environment, without SWIG, on every CPython that this machine has."""
import glob
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest
from conftest import run

BIND = """
import sys
import passkey

assert passkey.__file__.startswith(sys.prefix), passkey.__file__
with passkey.Client() as client:
    result = client.bind_passkey(sys.stdin.readline().strip())
    assert client.list_passkeys() == [result.passkey]
print(result.passkey.thumbprint)
"""
SAYS = ("import platform, sys; print(platform.python_implementation(), sys.version_info >= (3, 9),"
        " platform.python_version())")


def interpreters():
    """{version: program} of the CPythons >= 3.9 on PATH, of the system and of pyenv."""
    names = [shutil.which(f"python3.{minor}") for minor in range(9, 20)]
    names += glob.glob("/usr/bin/python3.[0-9]*[0-9]")
    if pyenv := shutil.which("pyenv"):
        root = subprocess.run([pyenv, "root"], stdout=subprocess.PIPE, text=True).stdout.strip()
        names += glob.glob(os.path.join(glob.escape(root), "versions", "*", "bin", "python3"))
    found = {}
    for name in filter(None, [sys.executable, *names]):
        said = subprocess.run([name, "-c", SAYS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True).stdout.split()
        if said[:2] == ["CPython", "True"]:
            found.setdefault(said[2], name)
    return found


INTERPRETERS = interpreters()


@pytest.fixture
def wheel(packages):
    (wheel,) = packages("python").glob("passkey-*.whl")
    return wheel


@pytest.fixture
def sdist(packages):
    (sdist,) = packages("python").glob("passkey-*.tar.gz")
    return sdist


@pytest.fixture
def pip_environment(clean_env):
    """How this machine reaches the package index is kept."""
    kept = re.compile("PIP_.*|SSL_CERT.*|REQUESTS_CA_BUNDLE|.*_proxy", re.IGNORECASE)
    return {**{name: value for name, value in os.environ.items() if kept.fullmatch(name)},
            **clean_env}


def venv(python, folder, environment):
    """The interpreter of a new virtual environment, and what installs into it."""
    run(python, "-m", "venv", "--without-pip", folder, env=environment)
    program = folder / "bin" / "python"

    def install(*arguments):
        run(sys.executable, "-m", "pip", "--python", program, "install", *arguments,
            env=environment)

    return program, install


def bind(python, link, environment, cwd):
    return run(python, "-c", BIND, input=link, env=environment, cwd=cwd).strip()


@pytest.mark.parametrize("version", sorted(INTERPRETERS))
def test_the_wheel_binds_a_passkey(version, wheel, pip_environment, cloud_link, registered, tmp_path):
    python, install = venv(INTERPRETERS[version], tmp_path / "venv", pip_environment)
    install("--no-index", wheel)

    assert registered(bind(python, cloud_link(), pip_environment, tmp_path))


@pytest.mark.from_source
def test_the_sdist_needs_no_swig(sdist, pip_environment, cloud_link, registered, tmp_path):
    python, install = venv(sys.executable, tmp_path / "venv", pip_environment)
    install(sdist)

    assert registered(bind(python, cloud_link(), pip_environment, tmp_path))


def test_the_wheel_keeps_to_the_stable_abi(wheel):
    assert re.fullmatch(r"passkey-[0-9.]+-cp39-abi3-linux_\w+\.whl", wheel.name)
    run(pathlib.Path(sys.executable).parent / "abi3audit", "--strict", wheel)


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0] for name in names} == {
        "passkey", "-".join(wheel.name.split("-")[:2]) + ".dist-info"}
    assert {"passkey/py.typed", "passkey/_passkey.abi3.so", "passkey/_native.py"} < set(names)


def test_the_sdist_holds_what_swig_makes(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}

    assert "bindings/generated/python/passkey_python_wrap.c" in names
    assert not [name for name in names if re.match(r"cloud/|cli/|tests/|build/", name)]


def test_the_extension_takes_its_libraries_from_the_system(wheel, tmp_path):
    """None is bundled, and no folder of the build machine is in it."""
    zipfile.ZipFile(wheel).extract("passkey/_passkey.abi3.so", tmp_path)
    extension = tmp_path / "passkey" / "_passkey.abi3.so"
    dynamic = run("readelf", "-d", extension)

    needed = {name.split(".so")[0] for name in re.findall(r"NEEDED.*\[(.*)\]", dynamic)}
    assert needed <= {"libcurl", "libcjson", "libcrypto", "libtss2-esys", "libtss2-mu",
                      "libtss2-rc", "libtss2-tctildr", "libc", "ld-linux-x86-64",
                      "ld-linux-aarch64"}
    assert "RPATH" not in dynamic and "RUNPATH" not in dynamic
