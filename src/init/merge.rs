//! Joins found sections with a `CLAUDE.md` that is there: what stands in it stays byte for byte.

use super::Section;

/// The joined text and what became of each section.
#[derive(Debug, PartialEq, Eq)]
pub struct Joined {
    /// The whole file.
    pub text: String,
    /// Titles that were added.
    pub added: Vec<&'static str>,
    /// Titles that were there already.
    pub kept: Vec<&'static str>,
}

/// Adds to `before` the sections whose heading it does not have. Line ends are those of `before`.
pub fn join(before: Option<&str>, name: &str, sections: &[Section]) -> Joined {
    let mut added = Vec::new();
    let mut kept = Vec::new();
    let mut more = String::new();
    let there = before.map(headings).unwrap_or_default();
    for section in sections {
        if there.iter().any(|heading| heading.eq_ignore_ascii_case(section.title)) {
            kept.push(section.title);
            continue;
        }
        added.push(section.title);
        more.push_str(&format!("\n## {}\n\n", section.title));
        for item in &section.items {
            more.push_str(&format!("- {item}\n"));
        }
    }
    let text = match before {
        None => format!("# {name}\n{more}"),
        Some(before) if more.is_empty() => before.to_owned(),
        Some(before) => {
            let end = if before.contains("\r\n") { "\r\n" } else { "\n" };
            let gap = if before.is_empty() || before.ends_with('\n') { "" } else { end };
            let more = if before.trim().is_empty() { more.trim_start() } else { &more };
            format!("{before}{gap}{}", more.replace('\n', end))
        }
    };
    Joined { text, added, kept }
}

/// The headings of a text, of any depth, outside of code fences.
fn headings(text: &str) -> Vec<&str> {
    let mut fence: Option<&str> = None;
    let mut found = Vec::new();
    for line in text.lines() {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) if line.starts_with('#') => {
                found.push(
                    line.trim_start_matches('#')
                        .trim_matches(|c: char| c == '#' || c.is_whitespace()),
                );
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections() -> Vec<Section> {
        vec![
            Section { title: "Commands", items: vec!["`make`: builds".to_owned()] },
            Section { title: "Standards", items: vec!["rustfmt".to_owned()] },
        ]
    }

    #[test]
    fn a_new_file_has_all_sections() {
        let joined = join(None, "shop", &sections());
        let wanted = "# shop\n\n## Commands\n\n- `make`: builds\n\n## Standards\n\n- rustfmt\n";
        assert_eq!(joined.text, wanted);
        assert_eq!(joined.added, ["Commands", "Standards"]);
    }

    #[test]
    fn what_is_there_stays_and_twice_is_once() {
        for before in [
            "# Mine\n\n### commands ##\n\nuse tabs",
            "# Mine\r\n\r\n## Commands\r\n\r\n* x\r\n",
            "no heading at all\n\n```sh\n# Standards\n```\n\n# COMMANDS\n",
        ] {
            let joined = join(Some(before), "shop", &sections());
            assert!(joined.text.starts_with(before), "{}", joined.text);
            assert_eq!((joined.added.len(), joined.kept.len()), (1, 1), "{}", joined.text);
            assert_eq!(joined.text.contains("\r\n"), before.contains("\r\n"));
            assert_eq!(joined.text.matches('\n').count(), joined.text.lines().count());
            let again = join(Some(&joined.text), "shop", &sections());
            assert_eq!(again.text, joined.text);
            assert!(again.added.is_empty());
        }
    }
}
