//! How many kinds there are, in which tier a match falls, and why a match is none.

use std::collections::BTreeSet;

use portcullis::secrets::{self, Reason, Surroundings, Tier};

use super::{rule, sample};

#[test]
fn there_are_at_least_300_kinds_of_at_least_200_providers() {
    let rules = secrets::rules();
    let providers: BTreeSet<_> = rules.iter().map(|rule| rule.provider).collect();
    assert!(rules.len() >= 300, "{} kinds", rules.len());
    assert!(providers.len() >= 200, "{} providers", providers.len());
}

/// Tier of each hit of the rule.
fn tiers(text: &str, id: &str) -> Vec<Tier> {
    let hits = secrets::scan(text.as_bytes());
    hits.iter().filter(|hit| hit.rule.id == id).map(|hit| hit.tier).collect()
}

#[test]
fn a_failed_checksum_demotes_and_a_valid_one_overrides_stop_words() {
    let wrong = sample("ghp_{A:30}{!crc32-base62}", 3).text;
    assert_eq!(tiers(&wrong, "github-pat"), [Tier::Warn]);
    let named = sample("ghp_{A:10}EXAMPLE{A:13}{crc32-base62}", 3).text;
    assert_eq!(tiers(&named, "github-pat"), [Tier::Block]);
}

#[test]
fn an_aws_key_id_warns_alone_and_its_pair_is_refused() {
    let id = sample("AKIA{base32-aws}", 3).text;
    assert_eq!(tiers(&id, "aws-access-key-id"), [Tier::Warn]);
    let secret = sample("{B64:40}", 4).text;
    assert_eq!(tiers(&format!("{id}\n{secret}\n"), "aws-key-pair"), [Tier::Block]);
    assert_eq!(tiers(&format!("{id}{}{secret}\n", "\n".repeat(9)), "aws-key-pair"), []);
}

#[test]
fn a_provider_named_twice_before_its_token_is_seen_both_times() {
    let token = sample("00{A-:40}", 5).text;
    assert_eq!(tiers(&format!("okta sso OKTA={token}"), "okta-token"), [Tier::Warn]);
    assert_eq!(tiers(&format!("OKTA={token}"), "okta-token"), [Tier::Warn]);
}

#[test]
fn logins_in_urls_and_commands_are_refused_when_their_password_is_one() {
    let password = sample("{A:12}!{D:3}", 8).text;
    for (text, id) in [
        (format!("postgres://app:{password}@db.corp.internal:5432/app"), "url-credentials"),
        (format!("git clone https://bot:{password}@git.corp.internal/x.git"), "url-credentials"),
        (format!("curl -fsS -u bot:{password} https://api.corp.internal"), "command-password"),
        (format!("curl --user 'bot:{password}' https://api.corp.internal"), "command-password"),
        (format!("mysqldump -h db -u app -p{password} shop > dump.sql"), "command-password"),
        (format!("sshpass -p '{password}' ssh bot@host"), "command-password"),
        (format!("PGPASSWORD='{password}' psql -h db"), "generic-password"),
        (format!("tool --password={password} run"), "generic-password"),
        (format!("tool --password {password} run"), "generic-password"),
        (format!("machine host login bot password {password}"), "generic-password"),
        (format!("curl -u=bot:{password} https://api.corp.internal"), "command-password"),
        (format!("curl --user=\"bot:{password}\" https://api.corp.internal"), "command-password"),
        (format!("podman login -u bot -p {password} quay.io"), "command-password"),
        (format!("echo {password} | docker login -u bot --password-stdin"), "command-password"),
        (format!("echo 'bot:{password}' | chpasswd"), "command-password"),
        (format!("openssl rsa -in k.pem -passin pass:{password}"), "command-password"),
        (format!("mongodump -u root -p {password} --out dump"), "command-password"),
        (format!("psql 'host=db user=app password={password} dbname=a'"), "generic-password"),
        (format!("jdbc:mysql://db:3306/a?user=app&password={password}"), "generic-password"),
        (format!("\"Data Source=db;Pwd={password}\""), "generic-password"),
        (format!("db.corp:5432:app:bot:{password}"), "pgpass-password"),
        (format!("Server=db.corp;Database=a;User Id=app;Password={password};"), "generic-password"),
    ] {
        assert_eq!(tiers(&text, id), [Tier::Block], "{text}");
    }
    for text in [
        "postgres://user:password@localhost/db",
        "https://user:${TOKEN}@host.internal/",
        "mysql -u root -p shop",
        "curl -u \"$LOGIN\" https://host.internal",
        "echo $PASSWORD | docker login -u bot --password-stdin",
        "openssl rsa -in k.pem -passin env:KEY_PASSPHRASE1",
        "db.corp:5432:app:bot:password",
        "https://github.com/mongodb/mongo-tools/blob/main/a.md#-p",
        "https://user:p%40ss@host.internal/x",
        "user --password $module.Params.password)",
    ] {
        assert!(secrets::scan(text.as_bytes()).is_empty(), "{text}");
    }
}

#[test]
fn assignments_are_found_in_twenty_languages_and_formats() {
    let value = sample("{A:36}", 11).text;
    let mut wrong = Vec::new();
    for line in [
        "api_key = \"@\"",                              // Python, TOML
        "const apiKey = '@';",                          // JavaScript
        "const apiKey: string = `@`;",                  // TypeScript
        "private static final String API_KEY = \"@\";", // Java
        "let api_key: &str = \"@\";",                   // Rust
        "apiKey := \"@\"",                              // Go
        "$config['api_key'] = '@';",                    // PHP
        "'api_key' => '@',",                            // PHP, Ruby, Perl
        "api_key: \"@\"",                               // Ruby, YAML
        "string ApiKey = @\"@\";",                      // C#
        "#define API_KEY \"@\"",                        // C
        "\"api_key\": \"@\",",                          // JSON
        "\\\"api_key\\\": \\\"@\\\"",                   // JSON in a string
        "API_KEY=@",                                    // .env, shell
        "export API_KEY='@'",                           // shell
        "ENV API_KEY @",                                // Dockerfile
        "api.key=@",                                    // Java properties
        "<api_key>@</api_key>",                         // XML
        "set_option(\"api_key\", \"@\")",               // a call
        "api_key <- \"@\"",                             // R
        "setx API_KEY \"@\"",                           // Windows shell
        "variable = { api_key = \"@\" }",               // Terraform
        "val apiKey = \"@\"",                           // Kotlin, Scala
        "tool --api-key @ run",                         // an option
        "//registry.internal/:_authToken=@",            // .npmrc
        "var apiKey string = \"@\"",                    // Go
        "char api_key[] = \"@\";",                      // C
        "std::string api_key{\"@\"};",                  // C++
        "Dim apiKey As String = \"@\"",                 // Visual Basic
        "(def api-key \"@\")",                          // Clojure
        "{api_key, \"@\"}.",                            // Erlang
        "config :app, api_key: \"@\"",                  // Elixir
        "apikey = \"\"\"@\"\"\"",                       // TOML
        "set -gx API_KEY @",                            // fish
        "$env:API_KEY = \"@\"",                         // PowerShell
        "{\"name\": \"API_KEY\", \"value\": \"@\"}",    // a pair
        "- name: API_KEY\n  value: \"@\"",              // a pair in YAML
        "<key>apiKey</key>\n<string>@</string>",        // plist
        "<add key=\"ApiKey\" value=\"@\"/>",            // .NET
        "variable \"api_key\" {\n  default = \"@\"\n}", // Terraform
        "api_key: >-\n  @\n",                           // YAML, folded
        "const k = process.env.API_KEY || \"@\";",      // a fallback
        "api_key: str = Field(default=\"@\")",          // a call around it
        "client.with_token(\"@\")",                     // a call
        "def api_key():\n    return \"@\"",             // a function
        "| API_KEY | `@` |",                            // a table
        "Authorization: Bearer @",                      // a header
    ] {
        let text = line.replacen('@', &value, if line.contains("@\"@") { 0 } else { 1 });
        let text = text.replace("@\"@", &format!("@\"{value}"));
        let hits = secrets::scan(text.as_bytes());
        let found: Vec<_> = hits.iter().map(|hit| &text[hit.span.clone()]).collect();
        if found != [value.as_str()] || hits[0].tier != Tier::Warn {
            wrong.push(format!("{line}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Codes of what is dropped from a text, and ids of what is found.
fn codes(text: &str, path: Option<&str>) -> BTreeSet<&'static str> {
    let mut codes = BTreeSet::new();
    let hits = secrets::inspect_in(text.as_bytes(), Surroundings { path }, |drop| {
        codes.insert(drop.reason.code());
    });
    let ids: Vec<_> = hits.iter().map(|hit| hit.rule.id).collect();
    codes.extend(ids);
    codes
}

#[test]
fn every_reason_is_given_by_a_text_that_deserves_it() {
    let a = |template: &str| sample(template, 6).text;
    let header = "eyJhbGciOiJIUzI1NiJ9";
    let vector =
        ["eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6", "IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"].concat();
    let rows = [
        (Reason::Boundary, a("ghp_{A:37}"), None),
        (Reason::PlaceholderWord, a("AKIA{B32:9}EXAMPLE"), None),
        (Reason::PlaceholderRun, "password = \"xxxxxxxx1\"".to_owned(), None),
        (Reason::PlaceholderSequence, a("dop_v1_0123456789abcdef{H:48}"), None),
        (Reason::PlaceholderTemplate, "password: ${DB_PASSWORD:-x1}".to_owned(), None),
        (Reason::Entropy, "glpat-AbAbAbAbAbAbAbAbAbAb".to_owned(), None),
        (Reason::Checksum, format!("Basic {}", a("{A:40}")), None),
        (Reason::NoContext, "curl -u bot https://host.internal".to_owned(), None),
        (Reason::Reference, "password = process.env.DB_PASS1".to_owned(), None),
        (Reason::Code, "password = read_password(2)".to_owned(), None),
        (Reason::Path, "password: \"/run/secrets/db\"".to_owned(), None),
        (Reason::ValueShort, "password = \"ab1\"".to_owned(), None),
        (Reason::ValueLong, format!("secret = \"{}\"", a("{A:515}")), None),
        (Reason::ValueSentence, "password: \"must hold 8 characters\"".to_owned(), None),
        (Reason::ValueWord, "password = \"password1\"".to_owned(), None),
        (Reason::Digest, format!("token_sha256_secret = \"{}\"", a("{H:64}")), None),
        (Reason::GitObject, format!("commit_token = \"{}\"", a("{H:40}")), None),
        (Reason::PublicKey, format!("api_key = \"pk_live_{}\"", a("{A:24}")), None),
        (Reason::Encrypted, format!("secret = \"ENC[{}\"", a("{A:40}")), None),
        (Reason::PasswordHash, format!("password: $2b$12${}", a("{A:53}")), None),
        (Reason::StandardVector, format!("token = \"{header}.{vector}.x\""), None),
        (Reason::LockFile, format!("token = \"{}\"", a("{A:40}")), Some("a/Cargo.lock")),
        (
            Reason::Minified,
            format!(
                "{}secret=\"{}\";{}",
                "f(a,b){c=d;}".repeat(40),
                a("{A:40}"),
                "g(h){i=j}".repeat(40)
            ),
            None,
        ),
        (
            Reason::Blob,
            format!("{}/AKIA{}/{}", a("{A:100}"), a("{base32-aws}"), a("{A:100}")),
            None,
        ),
    ];
    let mut wrong = Vec::new();
    for (reason, text, path) in &rows {
        let codes = codes(text, *path);
        let hit = secrets::rules().iter().any(|rule| codes.contains(rule.id));
        if hit || !codes.contains(reason.code()) {
            wrong.push(format!("{}: {codes:?}", reason.code()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let shown: BTreeSet<Reason> = rows.iter().map(|row| row.0).collect();
    let all: BTreeSet<Reason> = Reason::ALL.iter().copied().collect();
    assert_eq!(shown, all, "a reason without a text, or a text without a reason");
}

#[test]
fn what_is_no_secret_is_left_alone() {
    let mut wrong = Vec::new();
    for template in [
        "password: string",
        "self.password = password",
        "token = getToken(request)",
        "\"integrity\": \"sha512-{B64:86}==\"",
        "checksum = \"{H:64}\"",
        "commit {H:40}",
        "user_id = \"{uuid}\"",
        "public_key = \"{A:44}\"",
        "primary_key = \"{A:20}\"",
        "monkey = \"{A:30}\"",
        "keyboard = \"{A:30}\"",
        "author = \"{A:30}\"",
        "next_page_token = \"{A:30}\"",
        "secret_name = \"{A:30}\"",
        "<img src=\"data:image/png;base64,{B64:400}\">",
        "ssh-rsa AAAAB3NzaC1yc2E{B64:300} user@host",
        "if (password != null && token.length > 12)",
        "password_label = \"Password must be 8 characters\"",
        "max_tokens: 4096",
        "api_version = \"2024-05-01-preview\"",
    ] {
        for seed in 0..6 {
            let text = sample(template, seed);
            let hits = secrets::scan(text.text.as_bytes());
            let ids: Vec<_> = hits.iter().map(|hit| hit.rule.id).collect();
            if !ids.is_empty() {
                wrong.push(format!("{template}: {ids:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(rule("generic-password").tier, Tier::Warn);
}
