//! The section Architecture: languages, top folders, what runs and what is outside.

use std::collections::BTreeMap;

use super::{Files, plain};

/// Endings of source files and their language.
const LANGUAGES: &[(&str, &str)] = &[
    ("c", "C"),
    ("cc", "C++"),
    ("cpp", "C++"),
    ("cs", "C#"),
    ("dart", "Dart"),
    ("ex", "Elixir"),
    ("exs", "Elixir"),
    ("go", "Go"),
    ("java", "Java"),
    ("js", "JavaScript"),
    ("jsx", "JavaScript"),
    ("kt", "Kotlin"),
    ("mjs", "JavaScript"),
    ("php", "PHP"),
    ("py", "Python"),
    ("rb", "Ruby"),
    ("rs", "Rust"),
    ("scala", "Scala"),
    ("sh", "Shell"),
    ("sql", "SQL"),
    ("svelte", "Svelte"),
    ("swift", "Swift"),
    ("tf", "Terraform"),
    ("ts", "TypeScript"),
    ("tsx", "TypeScript"),
    ("vue", "Vue"),
];

/// Packages that say what a project is built on: manifest, name as it stands there, what to call it.
const FRAMEWORKS: &[(&str, &str, &str)] = &[
    ("package.json", "\"@angular/core\"", "Angular"),
    ("package.json", "\"express\"", "Express"),
    ("package.json", "\"fastify\"", "Fastify"),
    ("package.json", "\"next\"", "Next.js"),
    ("package.json", "\"@nestjs/core\"", "NestJS"),
    ("package.json", "\"react\"", "React"),
    ("package.json", "\"svelte\"", "Svelte"),
    ("package.json", "\"vue\"", "Vue"),
    ("pyproject.toml", "django", "Django"),
    ("pyproject.toml", "fastapi", "FastAPI"),
    ("pyproject.toml", "flask", "Flask"),
    ("requirements.txt", "django", "Django"),
    ("requirements.txt", "fastapi", "FastAPI"),
    ("requirements.txt", "flask", "Flask"),
    ("pom.xml", "spring-boot", "Spring Boot"),
    ("build.gradle", "org.springframework.boot", "Spring Boot"),
    ("build.gradle.kts", "org.springframework.boot", "Spring Boot"),
    ("Cargo.toml", "axum", "axum"),
    ("Cargo.toml", "actix-web", "Actix Web"),
    ("Cargo.toml", "tokio", "Tokio"),
    ("go.mod", "github.com/gin-gonic/gin", "Gin"),
    ("Gemfile", "rails", "Rails"),
    ("composer.json", "laravel/framework", "Laravel"),
];

/// Folders named at most.
const MOST_FOLDERS: usize = 12;

/// What the files show of the project's parts.
pub fn architecture(files: &Files) -> Vec<String> {
    let mut items = Vec::new();
    let mut languages: BTreeMap<&str, usize> = BTreeMap::new();
    for language in files.paths.iter().filter_map(|path| language(path)) {
        *languages.entry(language).or_default() += 1;
    }
    let mut counted: Vec<(&str, usize)> = languages.into_iter().collect();
    counted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    if !counted.is_empty() {
        let words: Vec<String> = counted
            .iter()
            .take(4)
            .map(|(name, count)| format!("{name} ({count} {})", plural(*count, "file")))
            .collect();
        items.push(words.join(", "));
    }
    let mut built: Vec<&str> = FRAMEWORKS
        .iter()
        .filter(|(manifest, name, _)| {
            files.text(manifest).is_some_and(|text| holds(&text.to_lowercase(), name))
        })
        .map(|(_, _, called)| *called)
        .collect();
    built.dedup();
    if !built.is_empty() {
        items.push(format!("Built on {}", built.join(", ")));
    }
    items.extend(folders(files));
    let containers: Vec<&str> =
        ["Dockerfile", "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]
            .into_iter()
            .filter(|name| files.has(name))
            .collect();
    if !containers.is_empty() {
        items.push(format!("Containers: `{}`", containers.join("`, `")));
    }
    if let Some(map) =
        files.first(&["ARCHITECTURE.md", "docs/ARCHITECTURE.md", "docs/architecture.md"])
    {
        items.push(format!("`{map}` is the map; read it before the first edit"));
    }
    items
}

/// Whether `text` names this package, and not one that only begins or ends like it.
fn holds(text: &str, name: &str) -> bool {
    let part = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    text.match_indices(name).any(|(at, _)| {
        name.starts_with('"')
            || !text[..at].ends_with(part) && !text[at + name.len()..].starts_with(part)
    })
}

fn language(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit('/').next()?.rsplit_once('.')?;
    LANGUAGES.iter().find(|(known, _)| *known == ending).map(|(_, name)| *name)
}

/// The top folders with what they mostly hold, largest first.
fn folders(files: &Files) -> Vec<String> {
    let mut counts: BTreeMap<&str, (usize, BTreeMap<&str, usize>)> = BTreeMap::new();
    for path in &files.paths {
        let Some((folder, _)) = path.split_once('/') else { continue };
        if folder.starts_with('.') || !plain(folder) {
            continue;
        }
        let entry = counts.entry(folder).or_default();
        entry.0 += 1;
        if let Some(language) = language(path) {
            *entry.1.entry(language).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(a.0.cmp(b.0)));
    counts
        .iter()
        .take(MOST_FOLDERS)
        .map(|(folder, (count, languages))| {
            let most = languages.iter().max_by_key(|(_, count)| **count).map(|(name, _)| *name);
            let what = most.map_or_else(String::new, |name| format!(", mostly {name}"));
            format!("`{folder}/`: {count} {}{what}", plural(*count, "file"))
        })
        .collect()
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}
