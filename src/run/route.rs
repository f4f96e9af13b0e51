//! How much ceremony a change is worth, from measures: short, standard or full.
//!
//! The binary grades; the model may ask for more, only the user for less.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{Grading, Policy};
use crate::gate::change::{self, Change};
use crate::gate::{self, relief};

/// The routes, from little to much.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Route {
    /// Implement and test.
    Short,
    /// Implement, test and review.
    Standard,
    /// From requirements and design to security and documentation.
    Full,
}

impl Route {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Standard => "standard",
            Self::Full => "full",
        }
    }

    /// The route of that name.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Short, Self::Standard, Self::Full].into_iter().find(|route| route.word() == word)
    }

    /// The route that the user typed among the arguments of a command: `--route short`.
    pub fn typed(args: &str) -> Option<Self> {
        let mut words = args.split_whitespace();
        while let Some(word) = words.next() {
            let value = match word.strip_prefix("--route") {
                Some("") => words.next(),
                Some(rest) => rest.strip_prefix('='),
                None => continue,
            };
            return value.and_then(Self::from_word);
        }
        None
    }
}

/// A route with what it was measured from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Graded {
    /// The route.
    pub route: Route,
    /// Why, the reasons for the highest route first.
    pub reasons: Vec<String>,
}

/// Files in which a mistake costs more than its size says.
const RISK: &[&str] = &[
    "**/*auth*/**",
    "**/*auth*",
    "**/*login*",
    "**/*session*",
    "**/*password*",
    "**/*permission*",
    "**/*crypt*",
    "**/*token*",
    "**/*payment*",
    "**/*billing*",
    "**/*secret*",
    "**/*security*",
    "*.tf",
    "Dockerfile*",
    "docker-compose*",
    "compose.y*ml",
    "**/k8s/**",
    "**/helm/**",
    ".github/workflows/**",
    ".gitlab-ci.yml",
    "portcullis.yaml",
    ".claude/**",
    "!*.md",
];

/// Files that change what is stored: they cannot be taken back by a revert.
const MIGRATIONS: &[&str] = &[
    "**/migrations/**",
    "**/migrate/**",
    "**/alembic/versions/**",
    "**/flyway/**",
    "**/liquibase/**",
    "prisma/schema.prisma",
    "db/schema.rb",
    "*.sql",
];

/// Files that others program against.
const CONTRACTS: &[&str] =
    &["*.proto", "*.graphql", "openapi*.y*ml", "openapi*.json", "swagger*", "*.thrift", "*.avsc"];

/// Files that say what the project is built from.
const MANIFESTS: &[&str] = &[
    "Cargo.toml",
    "package.json",
    "pyproject.toml",
    "requirements*.txt",
    "go.mod",
    "pom.xml",
    "build.gradle*",
    "Gemfile",
    "composer.json",
];

/// Beginnings of lines that offer something to other files, without indentation.
const OFFERS: &[&str] = &[
    "pub fn ",
    "pub struct ",
    "pub enum ",
    "pub trait ",
    "pub const ",
    "pub type ",
    "export ",
    "module.exports",
    "public class ",
    "public interface ",
    "public record ",
    "func (",
];

/// One file that a task is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measured {
    /// Path from the root.
    pub path: String,
    /// Lines added and removed, or, before the change, all lines.
    pub lines: u64,
    /// Offers that are new.
    pub offers: u64,
    /// Offers that are gone or changed.
    pub withdrawn: u64,
}

/// What a grade is measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// A change that is there.
    Change,
    /// Files that a task names; nothing is changed yet.
    Context,
}

/// The files of a change.
pub fn of_change(change: &Change) -> Vec<Measured> {
    let offers = |lines: &mut dyn Iterator<Item = &str>| {
        let count = lines.filter(|line| OFFERS.iter().any(|start| line.starts_with(start))).count();
        u64::try_from(count).unwrap_or(u64::MAX)
    };
    let measured = |(path, file): (&String, &change::File)| Measured {
        path: path.clone(),
        lines: u64::try_from(file.plus.len() + file.minus.len()).unwrap_or(u64::MAX),
        offers: offers(&mut file.plus.iter().map(|(_, line)| line.as_str())),
        withdrawn: offers(&mut file.minus.iter().map(String::as_str)),
    };
    change.files.iter().map(measured).collect()
}

/// Files that a task names; what is not there is left out, a folder stands for its files.
pub fn of_paths(root: &Path, paths: &[String]) -> Vec<Measured> {
    /// Files of one named folder that are looked at.
    const FILES: usize = 500;
    let mut found: Vec<Measured> = Vec::new();
    for path in paths {
        let inside = Path::new(path.trim_start_matches("./"));
        let escapes = |part| !matches!(part, std::path::Component::Normal(_));
        if inside.components().any(escapes) {
            continue;
        }
        let walk = ignore::WalkBuilder::new(root.join(inside)).hidden(false).build();
        let files = walk.flatten().filter(|entry| entry.path().is_file()).take(FILES);
        for entry in files {
            let path = entry.path().strip_prefix(root).unwrap_or(entry.path());
            let path = path.to_string_lossy().replace('\\', "/");
            if path.starts_with(".git/") || found.iter().any(|known| known.path == path) {
                continue;
            }
            let text = std::fs::read(entry.path()).unwrap_or_default();
            let lines = memchr::memchr_iter(b'\n', &text).count();
            let lines = u64::try_from(lines).unwrap_or(u64::MAX);
            found.push(Measured { path, lines, ..Measured::default() });
        }
    }
    found
}

/// The words of a request that name files or folders of the project.
pub fn named(root: &Path, request: &str) -> Vec<String> {
    /// Words of a request that are looked up.
    const WORDS: usize = 200;
    let bare = |word: &str| {
        let plain = word.trim_matches(|c: char| !c.is_alphanumeric() && !"._-/".contains(c));
        plain.trim_end_matches(['.', ',', '/']).trim_start_matches("./").to_owned()
    };
    let is_path = |word: &String| {
        // A plain word may be a folder's name by chance: a path has a slash or a dot inside.
        word.trim_matches('.').contains(['/', '.'])
            && !word.contains("..")
            && !word.starts_with('/')
            && root.join(word).exists()
    };
    request.split_whitespace().take(WORDS).map(bare).filter(is_path).collect()
}

/// Grades files.
///
/// # Errors
/// When a pattern of the policy is no pattern.
pub fn grade(root: &Path, files: &[Measured], of: Of, policy: &Policy) -> anyhow::Result<Graded> {
    if files.is_empty() {
        let reason = match of {
            Of::Change => "nothing differs from the base",
            Of::Context => "nothing is measured: no file is named and nothing is changed yet",
        };
        return Ok(Graded { route: Route::Standard, reasons: vec![reason.to_owned()] });
    }
    let mut found: Vec<(Route, String)> = Vec::new();
    let say = |found: &mut Vec<(Route, String)>, route, what: &str, paths: Vec<&str>| {
        if let Some(first) = paths.first() {
            let more = match paths.len() {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            found.push((route, format!("{what}: {first}{more}")));
        }
    };
    if of == Of::Change
        && relief::are_documents(files.iter().map(|file| &*file.path), policy, root)?
    {
        let reason = format!("only documents differ ({})", count(files.len(), "file"));
        return Ok(Graded { route: Route::Short, reasons: vec![reason] });
    }
    let Grading { risk, short_lines, short_files, standard_lines, standard_files } = &policy.route;
    let own: Vec<&str> = RISK.iter().copied().chain(risk.iter().map(String::as_str)).collect();
    for (patterns, route, what) in [
        (own.as_slice(), Route::Full, "a mistake there costs more than its size says"),
        (MIGRATIONS, Route::Full, "it changes what is stored"),
        (CONTRACTS, Route::Full, "others program against it"),
        (MANIFESTS, Route::Standard, "it says what the project is built from"),
    ] {
        let matcher = gate::matcher(root, patterns)?;
        let hit =
            |file: &&Measured| matcher.matched_path_or_any_parents(&file.path, false).is_ignore();
        say(&mut found, route, what, files.iter().filter(hit).map(|f| &*f.path).collect());
    }
    let withdrawn = files.iter().filter(|file| file.withdrawn > 0).map(|file| &*file.path);
    say(&mut found, Route::Full, "a public name is changed or gone", withdrawn.collect());
    let offers = files.iter().filter(|file| file.offers > 0).map(|file| &*file.path);
    say(&mut found, Route::Standard, "a public name is new", offers.collect());

    let lines: u64 = files.iter().map(|file| file.lines).sum();
    let number = u64::try_from(files.len()).unwrap_or(u64::MAX);
    // Files that a task names are read, and only a part of them is changed.
    let lines_of = match of {
        Of::Change => lines,
        Of::Context => lines / 10,
    };
    let by_size = if lines_of <= *short_lines && number <= *short_files {
        Route::Short
    } else if lines_of <= *standard_lines && number <= *standard_files {
        Route::Standard
    } else {
        Route::Full
    };
    let what = match of {
        Of::Change => "changed",
        Of::Context => "in the files that are named",
    };
    let size = format!("{} {what}, {}", count(lines, "line"), count(number, "file"));
    found.push((by_size, size));
    found.sort_by_key(|(route, _)| std::cmp::Reverse(*route));
    let route = found.first().map_or(Route::Standard, |(route, _)| *route);
    let reasons = found.into_iter().map(|(at, why)| format!("{why} ({})", at.word())).collect();
    Ok(Graded { route, reasons })
}

fn count<N: std::fmt::Display + PartialEq + From<u8>>(number: N, what: &str) -> String {
    if number == N::from(1) { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// The route that holds: what was recorded so far, what is measured now, what the model asks for,
/// and what the user chose. The user's word alone can lower it.
pub fn decide(
    recorded: Option<(Route, &str)>,
    measured: &Graded,
    at_least: Option<Route>,
    typed: Option<Route>,
) -> (Route, &'static str, Vec<String>) {
    let mut reasons = measured.reasons.clone();
    let (mut route, mut by) = (measured.route, "measured");
    match recorded {
        Some((before, "user")) if typed.is_none() => {
            if before < measured.route {
                reasons.insert(0, format!("the user chose {}", before.word()));
            }
            (route, by) = (before, "user");
        }
        Some((before, who)) if before > route => {
            reasons.insert(0, format!("it was {} before", before.word()));
            (route, by) = (before, if who == "model" { "model" } else { "measured" });
        }
        _ => {}
    }
    if let Some(typed) = typed {
        reasons.insert(0, format!("the user chose {}", typed.word()));
        (route, by) = (typed, "user");
    }
    if let Some(wanted) = at_least.filter(|wanted| *wanted > route) {
        reasons.insert(0, format!("the model asks for {}", wanted.word()));
        (route, by) = (wanted, if by == "user" { "user" } else { "model" });
    }
    (route, by, reasons)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, lines: u64) -> Measured {
        Measured { path: path.into(), lines, ..Measured::default() }
    }

    fn route(files: &[Measured], of: Of, policy: &Policy) -> Graded {
        grade(Path::new("/p"), files, of, policy).unwrap()
    }

    #[test]
    fn a_change_is_graded_by_what_it_touches_and_by_its_size() {
        let offers = |offers, withdrawn| Measured { offers, withdrawn, ..file("src/a.rs", 9) };
        for (files, wanted, why) in [
            (vec![file("README.md", 900)], Route::Short, "only documents"),
            (vec![file("src/a.rs", 12)], Route::Short, "12 lines"),
            (vec![file("src/a.rs", 41)], Route::Standard, "41 lines"),
            (vec![file("a.rs", 1), file("b.rs", 1), file("c.rs", 1)], Route::Standard, "3 files"),
            (vec![file("src/a.rs", 401)], Route::Full, "401 lines"),
            (vec![file("src/auth/mod.rs", 1)], Route::Full, "costs more than its size"),
            (vec![file("db/migrations/0001_x.py", 1)], Route::Full, "what is stored"),
            (vec![file("api/openapi.yaml", 1)], Route::Full, "program against"),
            (vec![file("Cargo.toml", 1)], Route::Standard, "built from"),
            (vec![offers(1, 0)], Route::Standard, "is new"),
            (vec![offers(0, 1)], Route::Full, "changed or gone"),
        ] {
            let graded = route(&files, Of::Change, &Policy::default());
            assert_eq!(graded.route, wanted, "{files:?}: {:?}", graded.reasons);
            assert!(graded.reasons[0].contains(why), "{files:?}: {:?}", graded.reasons);
        }
    }

    #[test]
    fn the_policy_adds_risk_and_moves_the_sizes() {
        let mut policy = Policy::default();
        policy.route.risk = vec!["src/core/**".into()];
        policy.route.short_lines = 5;
        assert_eq!(route(&[file("src/core/a.rs", 1)], Of::Change, &policy).route, Route::Full);
        assert_eq!(route(&[file("src/a.rs", 6)], Of::Change, &policy).route, Route::Standard);
    }

    #[test]
    fn nothing_to_measure_is_said_and_not_guessed() {
        let graded = route(&[], Of::Context, &Policy::default());
        assert_eq!(graded.route, Route::Standard);
        assert!(graded.reasons[0].contains("nothing is measured"), "{:?}", graded.reasons);
    }

    #[test]
    fn only_the_user_lowers_a_route() {
        let graded = |route| Graded { route, reasons: vec![] };
        let (short, standard, full) = (Route::Short, Route::Standard, Route::Full);
        for (recorded, measured, at_least, typed, wanted) in [
            (None, standard, None, None, (standard, "measured")),
            (None, standard, Some(full), None, (full, "model")),
            (None, full, Some(short), None, (full, "measured")),
            (None, full, None, Some(short), (short, "user")),
            (Some((full, "model")), short, None, None, (full, "model")),
            (Some((standard, "measured")), full, None, None, (full, "measured")),
            (Some((short, "user")), full, None, None, (short, "user")),
            (Some((short, "user")), full, Some(standard), None, (standard, "user")),
        ] {
            let (route, by, _) = decide(recorded, &graded(measured), at_least, typed);
            assert_eq!((route, by), wanted, "{recorded:?} {measured:?} {at_least:?} {typed:?}");
        }
    }

    #[test]
    fn the_route_is_read_from_what_was_typed() {
        assert_eq!(Route::typed("a b --route short c"), Some(Route::Short));
        assert_eq!(Route::typed("--route=full"), Some(Route::Full));
        assert_eq!(Route::typed("--route none"), None);
        assert_eq!(Route::typed("the --routes of a map"), None);
    }
}
