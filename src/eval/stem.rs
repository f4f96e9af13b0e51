//! Words of a text as the ranking compares them: lower case, without stop words, cut to a stem.
//!
//! The stemmer is a light one: plural, `-ed`, `-ing`, `-ly` and the commonest noun endings. It only has to
//! bring the forms of one word together; it makes no dictionary words (`deploying` and `deployment`
//! both become `deploy`).

/// Words that say nothing about a topic. `not`, `use` and `when` stand in every description.
const STOP: &[&str] = &[
    "a", "about", "after", "all", "am", "an", "and", "any", "are", "as", "at", "be", "because",
    "been", "before", "but", "by", "can", "could", "did", "do", "does", "for", "from", "get",
    "give", "had", "has", "have", "he", "her", "here", "his", "how", "i", "if", "in", "into", "is",
    "it", "its", "let", "make", "me", "my", "need", "needs", "no", "not", "now", "of", "on", "one",
    "only", "or", "our", "out", "please", "she", "should", "so", "some", "than", "that", "the",
    "their", "them", "then", "there", "these", "they", "this", "those", "to", "up", "us", "use",
    "used", "using", "want", "was", "we", "were", "what", "when", "where", "which", "who", "why",
    "will", "with", "without", "would", "you", "your",
];

/// Endings of nouns and adjectives, longest first.
const ENDINGS: &[&str] = &[
    "isation", "ization", "ibility", "ability", "ation", "ment", "ness", "ible", "able", "ance",
    "ence", "ise", "ize", "ist", "ive", "ion", "ity", "ate", "er", "or", "al", "ly", "at", "is",
];

/// Letters that a stem keeps at least.
const LEAST: usize = 4;

/// The stems of `text`, in its order, repeated words too.
pub fn stems(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| word.len() > 1 && !STOP.contains(&word.as_str()))
        .map(|word| stem(&word))
        .collect()
}

/// The stem of one lower-case word.
pub fn stem(word: &str) -> String {
    if !word.is_ascii() || word.len() <= LEAST {
        return undoubled(singular(word));
    }
    let mut stem = singular(word).to_owned();
    for ending in ["ing", "ed"] {
        if let Some(rest) = stem.strip_suffix(ending)
            && rest.len() >= 3
            && rest.contains(['a', 'e', 'i', 'o', 'u', 'y'])
        {
            stem = rest.to_owned();
            break;
        }
    }
    // Twice, for endings on endings: `dockerize`, `documenter`.
    for _ in 0..2 {
        let shorter = ENDINGS
            .iter()
            .find_map(|ending| stem.strip_suffix(ending).filter(|rest| rest.len() >= LEAST));
        if let Some(shorter) = shorter {
            stem = shorter.to_owned();
        }
    }
    undoubled(&stem)
}

fn singular(word: &str) -> &str {
    if word.len() < 4 || word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") {
        return word;
    }
    match word.strip_suffix("es") {
        Some(rest)
            if rest.ends_with(['s', 'x', 'z']) || rest.ends_with("ch") || rest.ends_with("sh") =>
        {
            rest
        }
        _ => word.strip_suffix('s').unwrap_or(word),
    }
}

/// Without a last `e`, with `i` for a last `y`, and without a doubled last consonant, so that `tune`, `tuning`, `story`,
/// `stories`, `plan` and `planning` meet.
fn undoubled(word: &str) -> String {
    let word = word.strip_suffix("ie").unwrap_or(word);
    let word =
        if word.len() > 3 { word.strip_suffix(['e', 'y', 'i']).unwrap_or(word) } else { word };
    let bytes = word.as_bytes();
    match bytes {
        [.., before, last] if before == last && word.len() > 3 && !b"aeiouls".contains(last) => {
            word[..word.len() - 1].to_owned()
        }
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_meet_and_other_words_do_not() {
        for forms in [
            &["review", "reviews", "reviewed", "reviewing", "reviewer"][..],
            &["deploy", "deployed", "deploying", "deployment", "deployments"],
            &["migrate", "migration", "migrating", "migrations"],
            &["query", "queries"],
            &["story", "stories"],
            &["plan", "plans", "planning", "planned"],
            &["optimise", "optimisation", "optimising"],
            &["measure", "measured", "measuring"],
            &["index", "indexes"],
            &["docker", "dockerize"],
            &["document", "documents", "documenter", "documentation"],
            &["move", "moved", "moving", "moves"],
        ] {
            let stems: Vec<String> = forms.iter().map(|form| stem(form)).collect();
            assert!(stems.iter().all(|stem| *stem == stems[0]), "{forms:?}: {stems:?}");
        }
        for (a, b) in [("design", "desk"), ("port", "report"), ("test", "text"), ("api", "app")] {
            assert_ne!(stem(a), stem(b));
        }
    }

    #[test]
    fn stop_words_and_marks_are_left_out() {
        assert_eq!(stems("What is the p99, and why?"), ["p99"]);
        assert_eq!(stems("CI/CD"), ["ci", "cd"]);
    }
}
