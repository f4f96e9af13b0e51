//! Go, Java, Ruby and PHP projects with the tool chains that Debian has packages of.
//!
//! `.ci/run` installs the packages and sets `PORTCULLIS_TOOLS=required`; elsewhere a tool chain
//! that is missing is said on standard error, and its test checks nothing.

use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::Sample;

/// True when every program and file is there. Otherwise says so, past the capture of the test
/// runner, or fails where the tools are required.
pub(super) fn has(what: &str, programs: &[&str], files: &[&str], packages: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap();
    let on_path = |program: &&&str| {
        !std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    };
    let mut missing: Vec<&str> = programs.iter().filter(on_path).copied().collect();
    missing.extend(files.iter().filter(|file| !Path::new(file).exists()));
    if missing.is_empty() {
        return true;
    }
    let said = format!("{what}: missing {}; `apt-get install {packages}`", missing.join(", "));
    assert_ne!(std::env::var("PORTCULLIS_TOOLS").as_deref(), Ok("required"), "{said}");
    std::io::stderr().write_all(format!("\nNOT CHECKED: {said}\n").as_bytes()).unwrap();
    false
}

/// The receipt's counts of the test gate: passed, failed, skipped.
fn counts(sample: &Sample) -> (String, [u64; 3]) {
    let receipt = sample.run("test");
    let tests = ["passed", "failed", "skipped"]
        .map(|key| receipt["tests"][key].as_u64().unwrap_or_default());
    (receipt["status"].as_str().unwrap().to_owned(), tests)
}

#[test]
fn go() {
    if !has("Go", &["go", "gofmt"], &[], "golang-go") {
        return;
    }
    let good = "package sample\n\nfunc Add(a, b int) int { return a + b }\n";
    let sample = Sample::new(&[
        ("go.mod", "module example.com/sample\n\ngo 1.19\n"),
        ("add.go", good),
        (
            "add_test.go",
            "package sample\n\nimport \"testing\"\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Fatal(\"sum\")\n\t}\n}\n",
        ),
    ]);
    sample.expect(
        "implementation",
        &[("format", "passed"), ("lint", "passed"), ("types", "passed"), ("build", "passed")],
    );
    assert_eq!(counts(&sample), ("passed".to_owned(), [1, 0, 0]));
    sample.write("add.go", "package sample\n\nfunc Add(a, b int) int {return a - b}\n");
    sample.expect("implementation", &[("format", "failed"), ("build", "passed")]);
    assert_eq!(counts(&sample), ("failed".to_owned(), [0, 1, 0]));
    sample.write(
        "add.go",
        "package sample\n\nimport \"fmt\"\n\nfunc Add(a, b int) int {\n\tfmt.Printf(\"%d\\n\", \"x\")\n\treturn a + b\n}\n",
    );
    sample.expect("implementation", &[("format", "passed"), ("lint", "failed")]);
    sample.write("add.go", "package sample\n\nfunc Add(a, b int) int { return \"a\" }\n");
    sample.expect("implementation", &[("types", "failed"), ("build", "failed")]);
    sample.write("add.go", good);
    sample.write(
        "add_test.go",
        "package sample\n\nimport \"testing\"\n\nfunc TestAdd(t *testing.T) { t.Skip() }\n",
    );
    assert_eq!(counts(&sample), ("not_run".to_owned(), [0, 0, 1]));
    std::fs::remove_file(sample.root().join("add_test.go")).unwrap();
    assert_eq!(counts(&sample).0, "not_run");
}

#[test]
fn java_with_maven() {
    const REPOSITORY: &str = "/usr/share/maven-repo";
    let plugin = |name: &str| format!("{REPOSITORY}/org/apache/maven/plugins/maven-{name}-plugin");
    let files = [plugin("surefire"), plugin("jar"), format!("{REPOSITORY}/junit/junit")];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let packages = "default-jdk-headless maven maven-debian-helper junit4";
    if !has("Java", &["javac", "mvn"], &files, packages) {
        return;
    }
    let good =
        "final class Add {\n    static int add(int a, int b) {\n        return a + b;\n    }\n}\n";
    let test = |body: &str| {
        format!(
            "import static org.junit.Assert.assertEquals;\n\npublic class AddTest {{\n    {body} public void adds() {{\n        assertEquals(3, Add.add(1, 2));\n    }}\n}}\n"
        )
    };
    let sample = Sample::new(&[
        (
            "pom.xml",
            "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n  <modelVersion>4.0.0</modelVersion>\n  <groupId>sample</groupId>\n  <artifactId>sample</artifactId>\n  <version>1</version>\n  <properties>\n    <maven.compiler.source>17</maven.compiler.source>\n    <maven.compiler.target>17</maven.compiler.target>\n    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>\n  </properties>\n  <dependencies>\n    <dependency>\n      <groupId>junit</groupId>\n      <artifactId>junit</artifactId>\n      <version>4.x</version>\n      <scope>test</scope>\n    </dependency>\n  </dependencies>\n</project>\n",
        ),
        // Debian's own repository of what it has packaged; nothing is fetched.
        (".mvn/maven.config", &format!("--offline\n-Dmaven.repo.local={REPOSITORY}\n")),
        (".gitignore", "target/\n"),
        ("src/main/java/Add.java", good),
        ("src/test/java/AddTest.java", &test("@org.junit.Test")),
    ]);
    sample.expect("implementation", &[("types", "passed"), ("build", "passed")]);
    assert_eq!(counts(&sample), ("passed".to_owned(), [1, 0, 0]));
    sample.write("src/main/java/Add.java", &good.replace("a + b", "a - b"));
    assert_eq!(counts(&sample), ("failed".to_owned(), [0, 1, 0]));
    sample.write("src/main/java/Add.java", &good.replace("a + b", "\"a\""));
    sample.expect("implementation", &[("types", "failed"), ("build", "failed")]);
    sample.write("src/main/java/Add.java", good);
    sample.write("src/test/java/AddTest.java", &test("@org.junit.Ignore @org.junit.Test"));
    assert_eq!(counts(&sample), ("not_run".to_owned(), [0, 0, 1]));
}

#[test]
fn ruby_with_rspec() {
    if !has("Ruby", &["ruby", "bundle", "rspec"], &[], "ruby ruby-bundler ruby-rspec") {
        return;
    }
    let sample = Sample::new(&[
        ("Gemfile", "gem \"rspec\"\n"),
        (".rspec", "--require ./add\n"),
        ("add.rb", "def add(a, b) = a + b\n"),
        (
            "spec/add_spec.rb",
            "RSpec.describe \"add\" do\n  it \"adds\" do\n    expect(add(1, 2)).to eq 3\n  end\nend\n",
        ),
    ]);
    let lock = sample.command("bundle").args(["lock", "--local"]).output().unwrap();
    assert!(lock.status.success(), "{}", super::text(&lock.stderr));
    assert_eq!(counts(&sample), ("passed".to_owned(), [1, 0, 0]));
    sample.write("add.rb", "def add(a, b) = a - b\n");
    assert_eq!(counts(&sample), ("failed".to_owned(), [0, 1, 0]));
    sample.write(
        "spec/add_spec.rb",
        "RSpec.describe \"add\" do\n  xit \"adds\" do\n    expect(add(1, 2)).to eq 3\n  end\nend\n",
    );
    assert_eq!(counts(&sample), ("not_run".to_owned(), [0, 0, 1]));
}

#[test]
fn php_with_phpunit() {
    if !has("PHP", &["php", "phpunit"], &[], "php-cli phpunit") {
        return;
    }
    let test = |body: &str| {
        format!(
            "<?php\nrequire_once __DIR__ . '/../add.php';\n\nfinal class AddTest extends PHPUnit\\Framework\\TestCase\n{{\n    public function testAdds(): void\n    {{\n        {body}$this->assertSame(3, add(1, 2));\n    }}\n}}\n"
        )
    };
    let sample = Sample::new(&[
        ("composer.json", "{}\n"),
        (".gitignore", "vendor/\n.phpunit.result.cache\n"),
        (
            "phpunit.xml",
            "<phpunit><testsuites><testsuite name=\"all\"><directory>tests</directory></testsuite></testsuites></phpunit>\n",
        ),
        ("add.php", "<?php\nfunction add(int $a, int $b): int\n{\n    return $a + $b;\n}\n"),
        ("tests/AddTest.php", &test("")),
    ]);
    std::fs::create_dir_all(sample.root().join("vendor/bin")).unwrap();
    symlink("/usr/bin/phpunit", sample.root().join("vendor/bin/phpunit")).unwrap();
    assert_eq!(counts(&sample), ("passed".to_owned(), [1, 0, 0]));
    sample
        .write("add.php", "<?php\nfunction add(int $a, int $b): int\n{\n    return $a - $b;\n}\n");
    assert_eq!(counts(&sample), ("failed".to_owned(), [0, 1, 0]));
    sample.write("tests/AddTest.php", &test("$this->markTestSkipped();\n        "));
    assert_eq!(counts(&sample), ("not_run".to_owned(), [0, 0, 1]));
}
