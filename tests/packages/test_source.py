# SPDX-License-Identifier: Apache-2.0
"""The source archive: made twice it is the same, and all builds from it without SWIG."""
import hashlib
import os
import pathlib
import sys
import tarfile

import pytest
from conftest import REPOSITORY, run


@pytest.fixture(scope="module")
def archive(packages):
    return next(packages("source").glob("libpasskey-*.tar.gz"))


def unpack(archive, folder):
    run("tar", "-xzf", archive, "-C", folder)
    return next(folder.iterdir())


@pytest.fixture(scope="module")
def source(archive, tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    return unpack(archive, folder)


def digest(folder):
    return hashlib.sha256(next(folder.glob("*.tar.gz")).read_bytes()).hexdigest()


def test_the_same_tree_gives_the_same_bytes(tmp_path):
    script = REPOSITORY / "scripts" / "make-source-archive"
    for name, umask in (("one", 0o022), ("other", 0o077)):
        run(script, tmp_path / name, umask=umask)
    assert digest(tmp_path / "one") == digest(tmp_path / "other")


def test_an_archive_made_from_the_archive_is_the_same(source, tmp_path):
    """No git is needed, and no SWIG."""
    run(source / "scripts" / "make-source-archive", tmp_path,
        env={**os.environ, "SWIG": "/nonexistent"})
    again = tmp_path / "again"
    again.mkdir()
    assert contents(unpack(next(tmp_path.glob("*.tar.gz")), again)) == contents(source)


def contents(folder):
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode & 0o111)
            for path in folder.rglob("*") if path.is_file()}


def test_it_holds_the_source_and_nothing_that_was_built(archive):
    with tarfile.open(archive) as tar:
        members = tar.getmembers()
    names = {member.name.partition("/")[2] for member in members}
    assert {"LICENSE", "README.md", "core/include/passkey/passkey.h", "bindings/passkey.i",
            "bindings/generated/python/passkey_python_wrap.c", "bindings/generated/python/files/_native.py",
            "bindings/generated/node/passkey_node_wrap.cxx",
            "bindings/generated/java/passkey_java_wrap.c"} <= names
    assert not [name for name in names if name.startswith((".git/", "build/"))
                or name.endswith((".o", ".so", ".pyc", ".class", ".node"))]
    assert {(member.uid, member.gid, member.uname) for member in members} == {(0, 0, "")}
    assert len({member.mtime for member in members}) == 1


def test_the_generated_wrappers_name_no_place_of_the_builder(source):
    for path in (source / "bindings" / "generated").rglob("*"):
        assert path.is_dir() or str(REPOSITORY) not in path.read_text()


# The interpreter that the virtual environment was made of: nothing is installed in it.
PYTHON = os.path.realpath(sys.executable)
MODULES = REPOSITORY / "build" / "npm" / "node_modules"


@pytest.fixture
def built(source, clean_env, tmp_path):
    build = tmp_path / "build"
    (build / "npm").mkdir(parents=True)
    (build / "npm" / "node_modules").symlink_to(MODULES)
    # Maven finds its plugins where they were put before: this is no test of the network.
    env = {**clean_env, "MAVEN_OPTS": f"-Duser.home={pathlib.Path.home()}"}
    if "JAVA_HOME" in os.environ:
        env["JAVA_HOME"] = os.environ["JAVA_HOME"]
    run("cmake", "-S", source, "-B", build, "-G", "Ninja", f"-DPython_EXECUTABLE={PYTHON}",
        "-DPASSKEY_BUILD_CLOUD=OFF", "-DPASSKEY_BUILD_TESTS=OFF", "-DPASSKEY_BINDING_PYTHON=ON",
        "-DPASSKEY_BINDING_NODE=ON", "-DPASSKEY_BINDING_JAVA=ON", env=env)
    assert "SWIG" not in (build / "CMakeCache.txt").read_text()
    run("cmake", "--build", build, env=env)
    return build


@pytest.mark.from_source
def test_all_builds_without_swig_and_binds(built, clean_env, tmp_path, cloud_link, registered):
    (tmp_path / "libpasskey").symlink_to(built / "node")
    env = {**clean_env, "PYTHONPATH": built / "python", "NODE_PATH": tmp_path}
    examples = REPOSITORY / "examples"
    for program in ([built / "examples" / "c" / "bind"],
                    [PYTHON, examples / "python" / "bind.py"],
                    ["node", examples / "node" / "bind.js"],
                    ["java", "-cp", built / "java" / "passkey.jar", examples / "java" / "Bind.java"]):
        _, thumbprint = run(*program, input=cloud_link() + "\n", env=env).split()
        assert registered(thumbprint), program
