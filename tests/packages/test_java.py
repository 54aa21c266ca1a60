# SPDX-License-Identifier: Apache-2.0
"""The Java package as a user has it: nothing but the jar, on the class path, on
the module path, and as a dependency of a Maven project."""
import os
import pathlib
import shutil
import xml.etree.ElementTree as ElementTree
import zipfile

import pytest

from conftest import run

MAIN = """\
package app;

import dev.libpasskey.BindResult;
import dev.libpasskey.PasskeyClient;
import java.util.Scanner;

public class Main {
    public static void main(String[] arguments) throws Exception {
        try (PasskeyClient client = new PasskeyClient()) {
            BindResult result = client.bindPasskey(new Scanner(System.in).nextLine());
            System.out.println(client.getPasskey(result.id()).thumbprint());
        }
    }
}
"""

POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example</groupId>
  <artifactId>app</artifactId>
  <version>1</version>
  <properties>
    <maven.compiler.release>17</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <repositories>
    <repository><id>here</id><url>{repository}</url></repository>
  </repositories>
  <dependencies>
    <dependency>
      <groupId>dev.libpasskey</groupId><artifactId>passkey</artifactId><version>{version}</version>
    </dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>maven-resources-plugin</artifactId><version>3.3.1</version>
      </plugin>
      <plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>maven-compiler-plugin</artifactId><version>3.13.0</version>
      </plugin>
    </plugins>
  </build>
</project>
"""


@pytest.fixture
def jar(packages):
    [found] = [path for path in packages("java").glob("passkey-*.jar")
               if not path.stem.endswith(("-sources", "-javadoc"))]
    return found


@pytest.fixture
def project(tmp_path):
    """An empty folder with a program in src/main/java."""
    source = tmp_path / "project" / "src" / "main" / "java" / "app" / "Main.java"
    source.parent.mkdir(parents=True)
    source.write_text(MAIN)
    return tmp_path / "project"


def bind(command, cloud_link, registered, env):
    thumbprint = run(*command, input=cloud_link() + "\n", env=env).strip()
    assert registered(thumbprint)


def test_a_program_with_the_jar_on_its_class_path(jar, project, clean_env, cloud_link, registered):
    run("javac", "--release", "17", "-Xlint:all", "-Werror", "-cp", jar, "-d", project / "out",
        *project.rglob("*.java"), env=clean_env)

    bind(["java", "-cp", f"{jar}:{project / 'out'}", "app.Main"], cloud_link, registered, clean_env)


def test_a_module_that_requires_dev_libpasskey(jar, project, clean_env, cloud_link, registered):
    (project / "src" / "main" / "java" / "module-info.java").write_text(
        "module app { requires dev.libpasskey; }")
    run("javac", "--release", "17", "-Xlint:all", "-Werror", "-p", jar, "-d", project / "out",
        *project.rglob("*.java"), env=clean_env)

    bind(["java", "-p", f"{jar}:{project / 'out'}", "-m", "app/app.Main"], cloud_link, registered,
         clean_env)


def own_local_repository(folder):
    """Maven's own: what was fetched before is used, but our package is kept apart."""
    folder.mkdir()
    fetched = pathlib.Path(os.environ.get("HOME", "/root")) / ".m2" / "repository"
    for entry in fetched.iterdir() if fetched.is_dir() else []:
        if entry.is_dir() and entry.name != "dev":
            (folder / entry.name).symlink_to(entry)
    return folder


def test_a_maven_project(jar, project, clean_env, cloud_link, registered, tmp_path):
    version = jar.stem.removeprefix("passkey-")
    repository = tmp_path / "repository"
    published = repository / "dev" / "libpasskey" / "passkey" / version
    published.mkdir(parents=True)
    for path in (jar, jar.with_suffix(".pom")):
        shutil.copy(path, published)
    (project / "pom.xml").write_text(POM.format(repository=repository.as_uri(), version=version))
    local = own_local_repository(tmp_path / "local")
    run("mvn", "-B", "-q", "-f", project / "pom.xml", f"-Dmaven.repo.local={local}", "compile",
        env={**clean_env, "HOME": os.environ.get("HOME", "/root")})
    dependency = local / "dev" / "libpasskey" / "passkey" / version / jar.name

    bind(["java", "-cp", f"{dependency}:{project / 'target' / 'classes'}", "app.Main"], cloud_link,
         registered, clean_env)


def test_what_lies_beside_the_jar(jar):
    sources = zipfile.ZipFile(jar.with_name(jar.stem + "-sources.jar")).namelist()
    javadoc = zipfile.ZipFile(jar.with_name(jar.stem + "-javadoc.jar")).namelist()
    classes = zipfile.ZipFile(jar).namelist()
    pom = ElementTree.parse(jar.with_suffix(".pom"))
    space = {"": "http://maven.apache.org/POM/4.0.0"}

    assert "dev/libpasskey/PasskeyClient.java" in sources
    assert {name.removesuffix(".class") + ".java" for name in classes
            if name.endswith(".class") and "$" not in name} <= set(sources)
    assert "dev.libpasskey/dev/libpasskey/PasskeyClient.html" in javadoc
    assert not [name for name in javadoc if "Native" in name]
    assert [name for name in classes if name.endswith("/passkey_java.so")]
    assert pom.findtext("version", namespaces=space) == jar.stem.removeprefix("passkey-")
    assert pom.find("dependencies", space) is None, "the package needs no other"
