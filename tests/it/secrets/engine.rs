//! Each rule finds its examples wherever they stand, and nothing else.

use std::collections::BTreeSet;

use proptest::prelude::{Strategy, any, prop};
use proptest::{prop_assert, prop_assert_eq, proptest};

use portcullis::secrets::rule::{Check, Confidence, Detector, Severity};
use portcullis::secrets::{self, Hit, Reason, Tier, page, redact};

use super::{AROUND, SEEDS, found, rule, sample};

#[test]
fn every_example_is_found_at_its_place_in_any_surroundings() {
    let mut wrong = Vec::new();
    for rule in secrets::rules() {
        for template in rule.examples {
            for seed in SEEDS {
                let sample = sample(template, seed);
                for (before, after) in AROUND {
                    let text = format!("{before}{}{after}", sample.text);
                    let from = before.len() + sample.secret.start;
                    let to = before.len() + sample.secret.end;
                    let mut hits = found(&text);
                    // A key pair is found beside the id that it belongs to.
                    hits.retain(|(id, _)| *id == rule.id || *id != "aws-access-key-id");
                    let clean = redact(&text).into_owned();
                    let held = clean.contains(&sample.text[sample.secret.clone()]);
                    let named = clean.contains(&format!("[redacted:{}]", rule.id));
                    if hits != [(rule.id, from..to)] || held || !named {
                        wrong.push(format!("{template} seed {seed} {before:?}: {hits:?}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_counter_example_is_found_by_its_rule() {
    let mut wrong = Vec::new();
    for rule in secrets::rules() {
        for template in rule.counter_examples {
            // A wrong checksum leaves a warning of what would be refused.
            let spoiled = template.contains("{!") || template.contains("{noise:");
            let warns = rule.check.is_some_and(|check| !check.refutes()) && spoiled;
            for seed in SEEDS {
                let text = sample(template, seed).text;
                for (before, after) in AROUND {
                    let text = format!("{before}{text}{after}");
                    let held =
                        |hit: &Hit| hit.rule.id == rule.id && !(warns && hit.tier == Tier::Warn);
                    if secrets::scan(text.as_bytes()).iter().any(held) {
                        wrong.push(format!("{}: {template} seed {seed} {before:?}", rule.id));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_changed_character_breaks_a_checksum() {
    let mut tried = BTreeSet::new();
    for rule in secrets::rules() {
        let Some(check) = rule.check.filter(|check| check.is_checksum()) else { continue };
        tried.insert(check);
        for template in rule.examples {
            let made = sample(template, 5);
            let text = made.text;
            // A prefix must stay; in an armour, the body is what is summed.
            let from = match check {
                Check::PgpArmor => text.find("\n\n").unwrap() + 2,
                Check::Nkey => 3,
                _ if rule.detector == Detector::Context => made.secret.start,
                _ => rule.keywords[0].len(),
            };
            let to = text.find("\n-----END").unwrap_or(text.len());
            let mut demoted = 0;
            for at in from..to {
                let old = text.as_bytes()[at];
                let swap = |new| if old == new { new + 1 } else { new };
                let new = match old {
                    b'0'..=b'9' => swap(b'4'),
                    b'A'..=b'Z' => swap(b'C'),
                    b'a'..=b'z' => swap(b'c'),
                    _ => continue,
                };
                let mut bytes = text.clone().into_bytes();
                bytes[at] = new;
                let changed = String::from_utf8(bytes).unwrap();
                let hits = secrets::scan(changed.as_bytes());
                let held = |hit: &Hit| {
                    hit.rule.id == rule.id && (check.refutes() || hit.tier == Tier::Block)
                };
                assert!(!hits.iter().any(held), "{template}: place {at}");
                demoted += usize::from(hits.iter().any(|hit| hit.rule.id == rule.id));
            }
            assert!(check.refutes() || demoted > 0, "{template}: never a warning");
        }
    }
    let all: BTreeSet<Check> = Check::ALL.iter().copied().filter(|c| c.is_checksum()).collect();
    assert_eq!(tried, all, "every checksum is used by some rule");
}

#[test]
fn a_token_that_is_a_piece_of_something_longer_is_left_alone() {
    let token = sample("ghp_{A:30}{crc32-base62}", 3).text;
    for text in
        [format!("x{token}"), format!("{token}x"), format!("_{token}"), format!("9{token}0")]
    {
        assert_eq!(found(&text), [], "{text}");
        let mut reasons = Vec::new();
        secrets::inspect(text.as_bytes(), |drop| reasons.push(drop.reason));
        assert!(reasons.iter().all(|reason| *reason == Reason::Boundary), "{reasons:?}");
    }
}

#[test]
fn a_match_that_is_no_secret_is_dropped_with_its_reason() {
    for (template, reason) in [
        ("AKIA{B32:9}EXAMPLE", "placeholder-word"),
        ("github_pat_{A:22}_{A:20}xxxx{A:35}", "placeholder-run"),
        ("dop_v1_0123456789abcdef{H:48}", "placeholder-sequence"),
        ("glpat-AbAbAbAbAbAbAbAbAbAb", "entropy"),
    ] {
        let text = sample(template, 2).text;
        let mut reasons = Vec::new();
        let hits = secrets::inspect(text.as_bytes(), |drop| reasons.push(drop.reason.code()));
        assert!(hits.is_empty(), "{template}");
        assert_eq!(reasons, [reason], "{template}");
    }
}

#[test]
fn an_open_end_is_swallowed_whole() {
    let sample = sample("sk-ant-oat01-{A-:700}", 4);
    assert_eq!(found(&sample.text), [("anthropic-oauth-token", 0..sample.text.len())]);
    assert_eq!(redact(&sample.text), "[redacted:anthropic-oauth-token]");
}

#[test]
fn an_armoured_key_is_redacted_with_its_body() {
    let key = sample(rule("pem-private-key").examples[0], 9).text;
    let text = format!("before\n{key}\nafter\n");
    assert_eq!(redact(&text), "before\n[redacted:pem-private-key]\nafter\n");
    let joined: Vec<String> = key.lines().map(|line| format!("    \"{line}\\n\" +")).collect();
    assert_eq!(found(&joined.join("\n")).len(), 1, "a key in joined string literals");
}

#[test]
fn clean_text_is_borrowed() {
    for text in ["", "cargo test --test it", "let pdf_name = task-sk; // hf_ is a prefix, AKIA too"]
    {
        assert!(matches!(redact(text), std::borrow::Cow::Borrowed(_)), "{text}");
    }
}

#[test]
fn several_secrets_of_a_text_come_in_order() {
    let one = sample("ghp_{A:30}{crc32-base62}", 1).text;
    let two = sample("xoxb-{D:12}-{D:12}-{A:24}", 1).text;
    let text = format!("{two},{one},{two}");
    let ids: Vec<_> = found(&text).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["slack-bot-token", "github-pat", "slack-bot-token"]);
    assert!(!redact(&text).contains(&two) && !redact(&text).contains(&one));
}

#[test]
fn every_rule_has_a_whole_page() {
    for rule in secrets::rules() {
        let page = page(rule);
        assert!(page.starts_with(&format!("# {}\n", rule.id)), "{page}");
        for heading in [
            "gives access to",
            "is recognised",
            "Offline check",
            "What to do",
            "environment",
            "Source",
        ] {
            assert!(page.contains(heading), "{}: {heading}", rule.id);
        }
        assert!(
            page.contains(rule.rotate) && page.contains(rule.docs) && page.contains(rule.checked)
        );
        assert_eq!(page.contains("A match that fails this is"), rule.check.is_some());
        assert!(
            Severity::ALL.contains(&rule.severity) && Confidence::ALL.contains(&rule.confidence)
        );
    }
    assert!(secrets::rules().len() >= 40);
}

// Any signs and words, then a character that ends a word in every language.
fn beside() -> impl Strategy<Value = String> {
    prop::string::string_regex("(?:[^0-9A-Za-z]|[a-z ]){0,60}[ \"';,\n]").unwrap()
}

proptest! {
    #[test]
    fn a_planted_token_is_found_where_it_was_planted(
        before in beside(),
        after in beside(),
        which in any::<prop::sample::Index>(),
        seed in any::<u64>(),
    ) {
        let all: Vec<_> = secrets::rules()
            .iter()
            .flat_map(|rule| rule.examples.iter().map(move |template| (rule.id, *template)))
            .collect();
        let (id, template) = all[which.index(all.len())];
        let sample = sample(template, seed);
        let after: String = after.chars().rev().collect();
        let text = format!("{before}{}{after}", sample.text);
        let span = before.len() + sample.secret.start..before.len() + sample.secret.end;
        prop_assert!(found(&text).contains(&(id, span)), "{}", template);
        let clean = redact(&text).into_owned();
        prop_assert!(!clean.contains(&sample.text[sample.secret]));
        prop_assert_eq!(found(&clean), []);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut last = 0;
        for hit in secrets::scan(&bytes) {
            prop_assert!(hit.span.start >= last && hit.span.end <= bytes.len());
            last = hit.span.end;
        }
    }

    #[test]
    fn broken_tokens_make_it_neither_panic_nor_split_a_character(
        pieces in prop::collection::vec((any::<prop::sample::Index>(), any::<u64>(), 0usize..80, ".{0,4}"), 1..6),
    ) {
        let mut text = String::new();
        for (which, seed, keep, between) in pieces {
            let rule = &secrets::rules()[which.index(secrets::rules().len())];
            let token = sample(rule.examples[0], seed).text;
            text.push_str(&token[..keep.min(token.len())]);
            text.push_str(&between);
        }
        let clean = redact(&text).into_owned();
        let hits = found(&text);
        prop_assert_eq!(clean.matches("[redacted:").count(), hits.len());
    }
}
