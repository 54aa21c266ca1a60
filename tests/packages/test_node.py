# SPDX-License-Identifier: Apache-2.0
"""The npm package in an empty folder: with the native module that came with it,
and built from the sources that came with it."""
import json
import shutil
import subprocess

import pytest
from conftest import path_without, run

BIND = """
import { bindPasskey, listPasskeys } from 'libpasskey';
const { passkey } = await bindPasskey(process.env.LINK);
console.log(JSON.stringify({ passkey, all: await listPasskeys() }));
"""


@pytest.fixture
def tarball(packages):
    [file] = packages("node").glob("libpasskey-*.tgz")
    return file


@pytest.fixture
def application(tmp_path, clean_env, tarball):
    """install() puts the package into an empty application: its folder."""
    folder = tmp_path / "application"
    folder.mkdir()
    (folder / "package.json").write_text('{"name": "application", "private": true}')
    settings = {name: value for name, value in clean_env.items() if name != "HOME"}

    def install(*flags):
        run("npm", "install", "--no-audit", "--no-fund", *flags, tarball, cwd=folder, env=settings)
        return folder / "node_modules" / "libpasskey"

    return install


def bind(package, env, link):
    application = package.parent.parent
    (application / "bind.mjs").write_text(BIND)
    said = json.loads(run("node", "bind.mjs", cwd=application, env={**env, "LINK": link()}))
    assert said["all"] == [said["passkey"]]
    return said["passkey"]["thumbprint"]


def test_binds_with_the_module_that_came_with_it(application, clean_env, cloud_link, registered):
    package = application()

    assert not (package / "passkey_native.node").exists(), "nothing had to be built"
    assert registered(bind(package, clean_env, cloud_link))


@pytest.mark.from_source
def test_without_it_is_built_from_source(application, clean_env, cloud_link, registered):
    package = application("--ignore-scripts")
    shutil.rmtree(package / "prebuilds")

    run("npm", "rebuild", "libpasskey", cwd=package.parent.parent, env=clean_env)

    assert (package / "passkey_native.node").exists()
    assert registered(bind(package, clean_env, cloud_link))


def test_what_is_missing_for_a_build_is_named(application, clean_env):
    package = application("--ignore-scripts")
    shutil.rmtree(package / "prebuilds")
    env = {**clean_env, "PATH": path_without("cmake")}

    failed = subprocess.run([shutil.which("node"), "install.js"], cwd=package, env=env, text=True,
                            capture_output=True, check=False)

    assert failed.returncode == 1
    assert "could not be built: cmake" in failed.stderr
    assert "libtss2-dev" in failed.stderr


def test_the_module_needs_only_what_the_documentation_names(application):
    package = application("--ignore-scripts")
    [module] = (package / "prebuilds").rglob("*.node")
    needed = {line.split("[")[1].split(".so")[0] for line in run("readelf", "-d", module).splitlines()
              if "(NEEDED)" in line}

    assert needed == {"libc", "libcjson", "libcrypto", "libcurl", "libgcc_s", "libstdc++",
                      "libtss2-esys", "libtss2-mu", "libtss2-rc", "libtss2-tctildr"}
