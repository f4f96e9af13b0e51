//! Finds the one JSON object that an agent hands back in its last message.
//!
//! Read leniently where only one reading is possible: the object alone, in a code fence, or with words around it.

use serde_json::Value;

/// Fields of which a report or a review has at least one; other objects in a message are quotations.
const MARKS: &[&str] = &["status", "verdict", "summary", "files_changed", "findings"];

/// The object.
///
/// # Errors
/// As [`found`].
pub fn object(text: &str) -> Result<Value, String> {
    serde_json::from_str(found(text)?).map_err(|error| format!("cannot be read: {error}"))
}

/// The text of the object.
///
/// # Errors
/// When there is none, or when there are several that differ; the text says what stands there, as the end of a sentence that begins
/// with "the last message".
pub fn found(text: &str) -> Result<&str, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    let mut found: Vec<(Value, &str)> = Vec::new();
    let mut others: Vec<(Value, &str)> = Vec::new();
    let mut broken = None;
    let mut at = 0;
    while let Some(open) = text[at..].find('{').map(|offset| at + offset) {
        let mut values = serde_json::Deserializer::from_str(&text[open..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => {
                at = open + values.byte_offset().max(1);
                let list = if is_marked(&value) { &mut found } else { &mut others };
                if !list.iter().any(|(known, _)| *known == value) {
                    list.push((value, &text[open..at]));
                }
            }
            other => {
                // The first brace is where the author began.
                if let (None, Some(Err(error))) = (&broken, other) {
                    broken = Some((open, error.to_string()));
                }
                at = open + 1;
            }
        }
    }
    // Parts of an object that is broken itself are no report.
    let whole = broken.as_ref().is_none_or(|(open, _)| !text[..*open].trim().is_empty());
    match (found.len(), others.len()) {
        (1, _) if whole => Ok(found[0].1),
        (0, 1) if broken.is_none() => Ok(others[0].1),
        (0 | 1, _) => match broken {
            Some((_, error)) => Err(format!("holds JSON that cannot be read: {error}")),
            None if others.is_empty() => Err("holds no JSON object".to_owned()),
            None => Err(format!("holds {} JSON objects and none is a report", others.len())),
        },
        (several, _) => Err(format!("holds {several} reports that differ; send one")),
    }
}

fn is_marked(value: &Value) -> bool {
    MARKS.iter().any(|mark| value.get(mark).is_some())
}

#[cfg(test)]
mod tests {
    use super::object;

    #[test]
    fn one_object_is_found_wherever_it_stands() {
        let report = r#"{"status": "completed", "summary": "a {brace} and ``` ticks"}"#;
        for text in [
            report.to_owned(),
            format!("\n\n  {report}  \n"),
            format!("```json\n{report}\n```"),
            format!("```\n{report}\n```\nThat is all."),
            format!("Here is my report:\n\n{report}\n\nBye {{now}}."),
            format!("The settings were {{\"a\": 1}}; report: {report}"),
            format!("{report}\nand once more the same:\n{report}"),
        ] {
            let value = object(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(value["status"], "completed", "{text}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_or_in_none_is_not_guessed() {
        for (text, wanted) in [
            ("", "is empty"),
            ("All done!", "holds no JSON object"),
            (r#"{"status": "completed", "summary": "x""#, "cannot be read: EOF"),
            (r#"{"status": "completed", "inner": {"summary": "x"}, }"#, "cannot be read"),
            (r#"{"status": "failed"} {"status": "completed"}"#, "2 reports that differ"),
            (r#"{"a": 1} {"b": 2}"#, "none is a report"),
            ("[1, 2]", "holds no JSON object"),
        ] {
            let error = object(text).expect_err(text);
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
