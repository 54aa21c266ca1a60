# SPDX-License-Identifier: Apache-2.0
"""The Debian packages: unpacked into a folder of their own, they are all that is
used of libpasskey. scripts/test-packages installs them into a new Debian, too."""
import json
import pathlib
import re
import subprocess

import pytest
from conftest import REPOSITORY, run

NAMES = ["libpasskey0", "libpasskey-dev", "passkey", "passkey-cloud"]
EXAMPLE = REPOSITORY / "examples" / "c" / "bind.c"


@pytest.fixture(scope="module")
def debs(packages):
    folder = packages("deb")
    return {name: next(folder.glob(f"{name}_*.deb")) for name in NAMES}


@pytest.fixture(scope="module")
def root(debs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("root")
    for deb in debs.values():
        run("dpkg-deb", "--extract", deb, folder)
    return folder


@pytest.fixture(scope="module")
def library_folder(root):
    return next(root.glob("usr/lib/*/libpasskey.so.0")).parent


@pytest.fixture
def env(clean_env, library_folder):
    return {**clean_env, "LD_LIBRARY_PATH": str(library_folder)}


def field(deb, name):
    return run("dpkg-deb", "--field", deb, name).strip()


def bind(program, link, env):
    """Runs what examples/c/bind.c became: the id and the thumbprint it printed."""
    return run(program, input=link + "\n", env=env).split()


def test_what_each_needs_is_in_debian(debs):
    """apt finds a way to install them all, and removes nothing for it."""
    plan = run("apt-get", "install", "--simulate", "--quiet", "--no-install-recommends",
               "-o", "Debug::NoLocking=true", *debs.values())
    for name in NAMES:
        assert re.search(rf"^Inst {name} ", plan, re.M), plan
    assert not re.search(r"^Remv ", plan, re.M), plan


def test_libraries_come_from_the_distribution(debs):
    needs = field(debs["libpasskey0"], "Depends")
    for library in ("libcurl4", "libssl3", "libcjson1", "libtss2-esys", "libtss2-tctildr"):
        assert library in needs
    assert "libpasskey0" in field(debs["passkey"], "Depends")
    version = field(debs["libpasskey0"], "Version")
    assert field(debs["libpasskey-dev"], "Depends") == f"libpasskey0 (= {version})"


def test_a_library_for_each_architecture_may_be_installed(debs, library_folder):
    architecture = run("dpkg-architecture", "-qDEB_HOST_MULTIARCH").strip()
    assert library_folder.name == architecture
    assert field(debs["libpasskey0"], "Multi-Arch") == field(debs["libpasskey-dev"], "Multi-Arch") == "same"


def test_the_symbols_file_names_the_header_s_functions(debs, tmp_path, root):
    run("dpkg-deb", "--control", debs["libpasskey0"], tmp_path)
    text = re.sub(r"/\*.*?\*/", "", next(root.glob("usr/include/passkey/passkey.h")).read_text(), flags=re.S)
    declared = set(re.findall(r"PASSKEY_API[^;(]*?\b(passkey_\w+)\s*\(", text))
    named = set(re.findall(r"^ (passkey_\w+)@PASSKEY_0 ", (tmp_path / "symbols").read_text(), re.M))
    assert named == declared


def test_no_path_of_the_build_is_in_the_programs(root, library_folder):
    for program in [*root.glob("usr/bin/*"), library_folder / "libpasskey.so.0"]:
        dynamic = run("readelf", "-dW", program)
        assert "RUNPATH" not in dynamic and "RPATH" not in dynamic
        assert b"/tmp/" not in program.read_bytes().replace(b"/tmp/passkey", b"")


def test_the_commands_bind_on_a_cloud_of_the_packages(root, env, tmp_path):
    server = subprocess.Popen(
        [root / "usr/bin/passkey-cloud", "serve", "--listen", "127.0.0.1:0", "--data", tmp_path / "cloud"],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        ready = json.loads(server.stdout.readline())
        env = {**env, "PASSKEY_API_BASE_URL": ready["api_base_url"], "PASSKEY_TENANT": ready["tenant_id"],
               "PASSKEY_REALM": ready["realm_id"], "PASSKEY_API_TOKEN": ready["api_token"],
               "PASSKEY_AUTHENTICATOR_CONFIG": ready["authenticator_config_id"]}
        command = root / "usr/bin/passkey"
        link = run(command, "job", "create", "--identity", ready["identity_id"],
                   "--delivery-method", "RETURN", env=env)
        made = json.loads(run(command, "bind", "-", "--json", input=link, env=env))
        listed = json.loads(run(command, "list", "--json", env=env))
    finally:
        server.terminate()
        server.communicate(timeout=60)
    assert made["passkey"]["identity"]["id"] == ready["identity_id"]
    assert made["passkey"]["id"] in json.dumps(listed)


def test_a_program_found_by_pkg_config_binds(root, library_folder, env, tmp_path, cloud_link, registered):
    env["PKG_CONFIG_LIBDIR"] = str(library_folder / "pkgconfig")
    flags = run("pkg-config", "--cflags", "--libs", "passkey", env=env).split()
    run("cc", EXAMPLE, *flags, "-o", tmp_path / "bind", env=env)
    _, thumbprint = bind(tmp_path / "bind", cloud_link(), env)
    assert registered(thumbprint)


def test_a_program_found_by_cmake_binds(root, env, tmp_path, cloud_link, registered):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(user LANGUAGES C)\n"
        "find_package(passkey 0.1 REQUIRED)\n"
        f"add_executable(bind {EXAMPLE})\ntarget_link_libraries(bind PRIVATE passkey::passkey)\n")
    build = tmp_path / "build"
    run("cmake", "-S", tmp_path, "-B", build, f"-DCMAKE_PREFIX_PATH={root}/usr",
        f"-DCMAKE_LIBRARY_ARCHITECTURE={run('dpkg-architecture', '-qDEB_HOST_MULTIARCH').strip()}", env=env)
    run("cmake", "--build", build, env=env)
    assert str(root) in (build / "CMakeCache.txt").read_text()
    _, thumbprint = bind(build / "bind", cloud_link(), env)
    assert registered(thumbprint)


@pytest.mark.parametrize("page", ["passkey.1.gz", "passkey-cloud.1.gz"])
def test_the_manual_pages_are_whole(root, page):
    path = pathlib.Path(root, "usr/share/man/man1", page)
    done = subprocess.run(f"gzip -dc '{path}' | man --warnings -l -", shell=True, text=True,
                          capture_output=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
    assert done.returncode == 0 and done.stderr == "" and "EXIT STATUS" in done.stdout
