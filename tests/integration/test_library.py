# SPDX-License-Identifier: Apache-2.0
"""The library as it is shipped: what it needs, exports and installs."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PASSKEY_BUILD", ROOT / "build"))
LIBRARY = BUILD / "lib" / "libpasskey.so"
HEADER = ROOT / "core" / "include" / "passkey" / "passkey.h"
EXAMPLE = ROOT / "examples" / "c" / "bind.c"


def output(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, text=True,
                          stdout=subprocess.PIPE, **options).stdout


def test_it_needs_only_the_libraries_it_says():
    needed = set(re.findall(r"NEEDED.*\[(.+)\]", output("readelf", "-dW", LIBRARY)))
    allowed = re.compile(r"lib(curl|cjson|crypto|tss2-[a-z]+|c)\.so\.\d+$")
    assert needed and all(allowed.match(name) for name in needed), needed


def test_it_exports_the_functions_of_the_header_and_nothing_else():
    symbols = {line.split()[2].partition("@")[0]
               for line in output("nm", "-D", "--defined-only", LIBRARY).splitlines()
               if line.split()[1] != "A"}
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
    declared = set(re.findall(r"PASSKEY_API[^;(]*?\b(passkey_\w+)\s*\(", text))
    assert symbols == declared


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("prefix")
    output("cmake", "--install", BUILD, "--prefix", prefix)
    return prefix


def require_hardened(path):
    """RELRO at once, no executable stack, canaries, checked libc calls, no path of the build."""
    header, dynamic = output("readelf", "-lW", path), output("readelf", "-dW", path)
    names = output("nm", "-D", "--undefined-only", path)
    assert "GNU_RELRO" in header
    assert "BIND_NOW" in dynamic or re.search(r"FLAGS_1.*NOW", dynamic)
    assert re.search(r"GNU_STACK.*\bRW\b", header) and not re.search(r"GNU_STACK.*RWE", header)
    assert not re.search(r"LOAD.*\bRWE\b", header) and "TEXTREL" not in dynamic
    assert "(RPATH)" not in dynamic
    assert re.findall(r"RUNPATH.*\[(.*)\]", dynamic) in ([], ["$ORIGIN/../lib"])  # a prefix that may be moved
    assert "__stack_chk_fail" in names and re.search(r"__\w+_chk\b", names.replace("__stack_chk_fail", ""))


def test_it_is_hardened(installed):
    library = next(installed.rglob("libpasskey.so.0")).resolve()
    require_hardened(library)
    assert re.search(r"SONAME.*libpasskey\.so\.0", output("readelf", "-dW", library))


@pytest.mark.parametrize("name", ["passkey", "passkey-cloud"])
def test_the_commands_are_hardened(installed, name):
    program = installed / "bin" / name
    require_hardened(program)
    assert re.search(r"Type:\s+DYN", output("readelf", "-hW", program))
    assert re.search(r"FLAGS_1.*\bPIE\b", output("readelf", "-dW", program))


def test_the_abi_is_the_one_that_is_written_down():
    """After a wanted change: scripts/make-abi-file, and the version if something went away."""
    if not shutil.which("abidw"):
        pytest.skip("abidw is not there (Debian: abigail-tools)")
    subprocess.run([ROOT / "scripts" / "make-abi-file", "--check"], check=True)


def test_it_stays_when_it_is_unloaded():
    """Its threads are idle for a moment before they end."""
    assert "NODELETE" in output("readelf", "-dW", LIBRARY)
    done = subprocess.run([sys.executable, "-c", f"""
import _ctypes, ctypes, time
library = ctypes.CDLL({str(LIBRARY)!r})
client, operation = ctypes.c_void_p(), ctypes.c_void_p()
library.passkey_client_new(ctypes.byref(client), None)
library.passkey_client_bind(client, b"no link", ctypes.byref(operation), None)
library.passkey_client_free(client)
_ctypes.dlclose(library._handle)
while "Threads:\\t1\\n" not in open("/proc/self/status").read():
    time.sleep(0.05)
"""], timeout=60)
    assert done.returncode == 0


@pytest.mark.parametrize("compiler, standard, suffix", [("cc", "c11", "c"), ("c++", "c++17", "cc")])
def test_the_header_compiles_alone(tmp_path, compiler, standard, suffix):
    source = tmp_path / f"alone.{suffix}"
    source.write_text("#include <passkey/passkey.h>\n"
                      "int main(void) { return passkey_is_bind_passkey_url(0); }\n")
    output(compiler, f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
           "-I", HEADER.parents[1], "-c", source, "-o", tmp_path / "alone.o")


def run_example(program, prefix):
    library = next(prefix.rglob("libpasskey.so")).parent
    run = subprocess.run([program], input="no link\n", text=True, stderr=subprocess.PIPE,
                         env={**os.environ, "LD_LIBRARY_PATH": str(library)})
    assert run.returncode == 1
    assert "invalid_link" in run.stderr


def test_pkg_config_finds_what_was_installed(installed, tmp_path):
    folder = next(installed.rglob("passkey.pc")).parent
    environment = {**os.environ, "PKG_CONFIG_PATH": str(folder)}
    flags = output("pkg-config", "--cflags", "--libs", "passkey", env=environment).split()
    assert output("pkg-config", "--modversion", "passkey", env=environment).strip() == "0.1.0"
    output("cc", EXAMPLE, *flags, "-o", tmp_path / "bind")
    run_example(tmp_path / "bind", installed)


def test_cmake_finds_what_was_installed(installed, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(user LANGUAGES C)\n"
        "find_package(passkey 0.1 REQUIRED)\n"
        f"add_executable(bind {EXAMPLE})\ntarget_link_libraries(bind PRIVATE passkey::passkey)\n")
    output("cmake", "-S", tmp_path, "-B", tmp_path / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed}")
    output("cmake", "--build", tmp_path / "build")
    run_example(tmp_path / "build" / "bind", installed)


def test_the_core_builds_without_commands_and_servers(tmp_path):
    output("cmake", "-S", ROOT, "-B", tmp_path, "-G", "Ninja", "-DPASSKEY_BUILD_CLI=OFF",
           "-DPASSKEY_BUILD_CLOUD=OFF", "-DPASSKEY_BUILD_TESTS=OFF", "-DPASSKEY_BINDING_PYTHON=OFF",
           "-DPASSKEY_BINDING_NODE=OFF", "-DPASSKEY_BINDING_JAVA=OFF")
    plan = output("ninja", "-C", tmp_path, "-t", "targets", "all")
    assert "libpasskey.so" in plan and "passkey-cloud" not in plan and "microhttpd" not in plan


def test_all_packages_have_the_same_version():
    version = re.search(r'PASSKEY_VERSION "(.+)"', HEADER.read_text())[1]
    assert f"VERSION {version} " in (ROOT / "CMakeLists.txt").read_text()
    node = json.loads((ROOT / "bindings" / "node" / "package.json").read_text())
    assert node["version"] == version
    pom = (ROOT / "bindings" / "java" / "pom.xml").read_text()
    assert f"<version>{version}</version>" in pom
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()
    assert f"libpasskey ({version}-1) " in (ROOT / "debian" / "changelog").read_text()


def test_the_errors_page_is_up_to_date():
    subprocess.run([sys.executable, ROOT / "scripts" / "make-errors-page", "--check"], check=True)


def test_the_conformance_page_names_each_scenario():
    scenarios = json.loads((ROOT / "tests" / "conformance" / "scenarios.json").read_text())["scenarios"]
    rows = re.findall(r"^\| (.*?) \| `(\w+)`", (ROOT / "docs" / "conformance.md").read_text(), re.MULTILINE)
    assert rows == [(scenario["name"], scenario["call"]) for scenario in scenarios]
    assert len({scenario["name"] for scenario in scenarios}) == len(scenarios) >= 80


def test_the_debian_symbols_file_is_up_to_date():
    subprocess.run([sys.executable, ROOT / "scripts" / "make-symbols-file", "--check"], check=True)


def test_every_page_that_is_linked_is_there():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            if target.startswith("reference/"):
                continue  # made by scripts/docs, which looks after its own links
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("tool", ["nm", "readelf", "pkg-config", "cmake", "cc"])
def test_the_tools_these_tests_use_are_there(tool):
    assert shutil.which(tool)
