//! Lines that a run reached: lcov, cobertura, JaCoCo, llvm-cov's JSON export, coverage.py's JSON.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};
use serde_json::Value;

/// Line number (from 1) to whether it was reached.
pub(crate) type Lines = BTreeMap<u32, bool>;

type Files = BTreeMap<String, Lines>;

/// `SF:` names a file, `DA:line,hits` a line, `end_of_record` ends it (geninfo(1)).
pub(super) fn lcov(text: &str) -> Result<Files, String> {
    let mut files = Files::new();
    let mut file = None;
    for line in text.lines() {
        let line = line.trim_end();
        if let Some(name) = line.strip_prefix("SF:") {
            file = Some(name.to_owned());
            files.entry(name.to_owned()).or_default();
        } else if let (Some(rest), Some(name)) = (line.strip_prefix("DA:"), &file) {
            let mut parts = rest.split(',');
            let number = parts.next().and_then(|part| part.parse().ok());
            let hits: Option<f64> = parts.next().and_then(|part| part.parse().ok());
            let (Some(number), Some(hits)) = (number, hits) else {
                return Err(format!("the line {line:?} is no DA record"));
            };
            *files.entry(name.clone()).or_default().entry(number).or_default() |= hits > 0.0;
        } else if line == "end_of_record" {
            file = None;
        }
    }
    if files.is_empty() { Err("it names no file".to_owned()) } else { Ok(files) }
}

/// `<class filename><lines><line number hits>`.
pub(super) fn cobertura(document: &Document) -> Result<Files, String> {
    let mut files = Files::new();
    for class in named(document.root(), "class") {
        let name = class.attribute("filename").ok_or("a class has no filename")?;
        let lines = files.entry(name.to_owned()).or_default();
        for line in named(class, "line") {
            let number = line.attribute("number").and_then(|number| number.parse().ok());
            let hits = line.attribute("hits").and_then(|hits| hits.parse::<u64>().ok());
            let (Some(number), Some(hits)) = (number, hits) else {
                return Err(format!("a line of {name} has no number or no hits"));
            };
            *lines.entry(number).or_default() |= hits > 0;
        }
    }
    Ok(files)
}

/// `<package name><sourcefile name><line nr ci>`: `ci` are the instructions reached.
pub(super) fn jacoco(document: &Document) -> Result<Files, String> {
    let mut files = Files::new();
    for package in named(document.root(), "package") {
        for source in named(package, "sourcefile") {
            let name = source.attribute("name").ok_or("a sourcefile has no name")?;
            let path = format!("{}/{name}", package.attribute("name").unwrap_or_default());
            let lines = files.entry(path).or_default();
            for line in named(source, "line") {
                let number = line.attribute("nr").and_then(|number| number.parse().ok());
                let reached = line.attribute("ci").is_some_and(|count| count != "0");
                *lines.entry(number.ok_or("a line has no nr")?).or_default() |= reached;
            }
        }
    }
    Ok(files)
}

fn named<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.descendants().filter(move |inner| inner.tag_name().name() == name)
}

/// coverage.py: `files.NAME.executed_lines`; llvm-cov: `data[].files[].segments`.
pub(super) fn json(text: &str) -> Result<Files, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut files = Files::new();
    if let Some(found) = value["files"].as_object() {
        for (name, file) in found {
            let lines = files.entry(name.clone()).or_default();
            for (list, reached) in [("executed_lines", true), ("missing_lines", false)] {
                for number in file[list].as_array().into_iter().flatten().filter_map(number) {
                    *lines.entry(number).or_default() |= reached;
                }
            }
        }
        return Ok(files);
    }
    let Some(data) = value["data"].as_array() else {
        return Err("it is neither coverage.py's nor llvm-cov's JSON".to_owned());
    };
    for file in data.iter().flat_map(|part| part["files"].as_array().into_iter().flatten()) {
        let name = file["filename"].as_str().ok_or("a file has no filename")?;
        let lines = segments(file["segments"].as_array().ok_or("a file has no segments")?);
        files.insert(name.to_owned(), lines);
    }
    Ok(files)
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}

/// As `llvm-cov` counts lines: a line is reached when a region that begins on it is, or the one
/// that runs into it. A segment is `[line, column, count, has_count, is_entry, is_gap]`.
fn segments(segments: &[Value]) -> Lines {
    struct Segment {
        line: u32,
        count: u64,
        counted: bool,
        entry: bool,
    }
    let read = |value: &Value| {
        Some(Segment {
            line: number(value.get(0)?)?,
            count: value.get(2)?.as_u64()?,
            counted: value.get(3)?.as_bool()?,
            entry: value.get(4)?.as_bool()? && value.get(5).and_then(Value::as_bool) != Some(true),
        })
    };
    let all: Vec<Segment> = segments.iter().filter_map(read).collect();
    let mut lines = Lines::new();
    let mut running: Option<&Segment> = None;
    let mut at = 0;
    while at < all.len() {
        let line = all[at].line;
        let end = at + all[at..].iter().take_while(|segment| segment.line == line).count();
        let here = &all[at..end];
        let begins = here.iter().filter(|segment| segment.entry && segment.counted);
        let runs_in = running.filter(|segment| segment.counted);
        if begins.clone().next().is_some() || runs_in.is_some() {
            let most = begins.chain(runs_in).map(|segment| segment.count).max();
            lines.insert(line, most.unwrap_or_default() > 0);
        }
        running = here.last();
        let next = all.get(end).map_or(line + 1, |segment| segment.line);
        if let Some(segment) = running.filter(|segment| segment.counted) {
            for between in line + 1..next {
                lines.insert(between, segment.count > 0);
            }
        }
        at = end;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pairs: &[(u32, bool)]) -> Lines {
        pairs.iter().copied().collect()
    }

    #[test]
    fn the_formats_say_the_same() {
        let wanted = lines(&[(1, true), (2, false), (4, true)]);
        let text = "TN:\nSF:src/a.py\nDA:1,3\nDA:2,0\nDA:4,1\nLF:3\nend_of_record\n";
        assert_eq!(lcov(text).unwrap()["src/a.py"], wanted);
        let text = r#"<coverage><packages><package><classes><class filename="src/a.py"><lines>
            <line number="1" hits="3"/><line number="2" hits="0"/><line number="4" hits="1"/>
            </lines></class></classes></package></packages></coverage>"#;
        let document = Document::parse(text).unwrap();
        assert_eq!(cobertura(&document).unwrap()["src/a.py"], wanted);
        let text =
            r#"{"meta":{},"files":{"src/a.py":{"executed_lines":[1,4],"missing_lines":[2]}}}"#;
        assert_eq!(json(text).unwrap()["src/a.py"], wanted);
        let text = r#"<report><package name="src"><sourcefile name="a.py">
            <line nr="1" mi="0" ci="2"/><line nr="2" mi="4" ci="0"/><line nr="4" mi="0" ci="1"/>
            </sourcefile></package></report>"#;
        let document = Document::parse(text).unwrap();
        assert_eq!(jacoco(&document).unwrap()["src/a.py"], wanted);
    }

    #[test]
    fn segments_of_llvm_cov_become_lines() {
        // fn f(x) {          1: entry, 3 times
        //   if x {           2: the branch begins at its brace, never reached
        //     g();           3
        //   }                4: back to the function's region
        // }                  5: it ends
        let text = r#"{"data":[{"files":[{"filename":"/p/src/a.rs","segments":[
            [1,1,3,true,true,false],[2,8,0,true,true,false],[4,4,3,true,false,false],[5,2,0,false,false,false]]}]}],"type":"llvm.coverage.json.export"}"#;
        let wanted = lines(&[(1, true), (2, true), (3, false), (4, false), (5, true)]);
        assert_eq!(json(text).unwrap()["/p/src/a.rs"], wanted);
    }

    #[test]
    fn what_is_no_report_is_said() {
        assert!(lcov("hello\n").is_err());
        assert!(json("{}").is_err());
        assert!(json("{").is_err());
        assert!(lcov("SF:a\nDA:x\n").is_err());
    }
}
