//! Pages in headless Chromium: axe, pa11y and Lighthouse, with the budgets of the policy.

use std::net::TcpListener;
use std::os::unix::fs::symlink;

use super::debian::has;
use super::{Sample, bring, here};

const GOOD: &str = "<!doctype html>\n<html lang=\"en\">\n  <head>\n    <meta charset=\"utf-8\" />\n    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n    <title>Good</title>\n  </head>\n  <body>\n    <main>\n      <h1>Good</h1>\n      <p>Dark on white.</p>\n    </main>\n  </body>\n</html>\n";

fn modules() -> std::path::PathBuf {
    let folder = here().join("web");
    let bin = folder.join("node_modules/.bin");
    let all = || ["axe", "pa11y", "lighthouse"].iter().all(|name| bin.join(name).exists());
    // Without scripts nothing brings a browser or driver of its own.
    bring(&folder, "node_modules.lock", all, &[&["npm", "ci", "--ignore-scripts"]]);
    folder.join("node_modules")
}

/// A page that a server shows, and the policy; `tools` are the programs that are installed.
fn sample(tools: &[&str], web: &str) -> Sample {
    // Given back at once; the server of the sample takes it.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let sample = Sample::new(&[
        (".gitignore", "node_modules\n"),
        ("site/index.html", GOOD),
        (
            "portcullis.yaml",
            &format!(
                "retry: {{attempts: 6, wait_ms: 300}}\ngates:\n  pages: {{checks: {{accessibility: {{}}, lighthouse: {{}}}}}}\nweb:\n  serve: [python3, -m, http.server, '{port}', --bind, 127.0.0.1, --directory, site]\n  pages: ['http://127.0.0.1:{port}/']\n{web}"
            ),
        ),
    ]);
    let bin = sample.root().join("node_modules/.bin");
    std::fs::create_dir_all(&bin).unwrap();
    for tool in tools {
        symlink(modules().join(".bin").join(tool), bin.join(tool)).unwrap();
    }
    sample
}

fn has_chromium() -> bool {
    has("pages", &["chromium", "chromedriver"], &[], "chromium chromium-driver")
}

#[test]
fn what_axe_and_lighthouse_find_is_judged_by_the_budgets() {
    if !has_chromium() {
        return;
    }
    let sample = sample(
        &["axe", "lighthouse"],
        "  lighthouse: {accessibility: 90, total-byte-weight: 5000, largest-contentful-paint: 60000}\n",
    );
    sample.expect("pages", &[("accessibility", "passed"), ("lighthouse", "passed")]);
    let receipt = sample.run("pages");
    let checks = receipt["checks"].as_array().unwrap();
    let accessibility = checks.iter().find(|check| check["check"] == "accessibility").unwrap();
    assert_eq!(accessibility["command"][0], "axe", "{accessibility:#}");
    assert_eq!(accessibility["command"][1], accessibility["page"], "{accessibility:#}");
    // Pale text, a picture without words, and more bytes than are allowed.
    let picture = format!("<img src=\"data:image/gif;base64,{}\" />", "A".repeat(8000));
    let bad = GOOD
        .replace("<p>", "<p style=\"color: #aaa; background: #fff\">")
        .replace("</main>", &format!("{picture}</main>"));
    sample.write("site/index.html", &bad);
    sample.expect("pages", &[("accessibility", "failed"), ("lighthouse", "failed")]);
    let reason = sample.run("pages")["reason"].to_string();
    for said in ["color-contrast at p", "image-alt at img", "total-byte-weight"] {
        assert!(reason.contains(said), "{said}: {reason}");
    }
}

#[test]
fn what_pa11y_finds_is_judged_where_axe_is_not_installed() {
    if !has_chromium() {
        return;
    }
    let sample = sample(&["pa11y"], "");
    sample.expect("pages", &[("accessibility", "passed"), ("lighthouse", "not_available")]);
    sample.write("site/index.html", &GOOD.replace(" lang=\"en\"", ""));
    sample.expect("pages", &[("accessibility", "failed")]);
    let reason = sample.run("pages")["reason"].to_string();
    assert!(reason.contains("1 violations") && reason.contains("html-has-lang"), "{reason}");
}
