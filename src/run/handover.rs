//! What a prompt hands to an agent: its packets, what each is called by, and whether what it is
//! about changed since.

use std::collections::BTreeMap;
use std::path::Path;

use super::packet::{self, Packet};
use crate::{digest, gate};

/// The packets of a prompt that can be read. What is wrong with the others the `packet` check says.
pub fn packets(prompt: &str) -> Vec<Packet> {
    packet::blocks(prompt).flatten().filter_map(|body| Packet::read(body).ok()).collect()
}

/// What a packet asks of an agent, in 16 hexadecimal digits: two packets that ask the same have the same.
/// Run, base tree and budget do not count, because a second attempt may differ in them.
pub fn digest(packet: &Packet, agent: &str) -> String {
    let parts = [
        agent,
        &packet.task,
        &packet.phase,
        &packet.requirements,
        &packet.constraints,
        &packet.expected_output,
        &packet.context_files.join("\0"),
        &packet.write_set.join("\0"),
    ];
    let parts: Vec<&str> = parts.iter().map(|part| part.trim()).collect();
    let mut digest = digest::sha256(parts.join("\0\0"));
    digest.truncate(16);
    digest
}

/// The state of what a task is about, to be compared with later ([`changed`]): of a task that only
/// `looked`, the whole working tree; of any other, each file that its packet names.
///
/// # Errors
/// When the working tree has to be taken and cannot.
pub fn marks(packet: &Packet, looked: bool, root: &Path) -> anyhow::Result<String> {
    if looked {
        return gate::working_tree(root);
    }
    let files: BTreeMap<&str, String> =
        packet.context_files.iter().map(|file| (file.as_str(), mark(&root.join(file)))).collect();
    Ok(serde_json::to_string(&files)?)
}

/// What a task is about that changed since `then`; none when nothing did. A file that a report of
/// the run names (`own`) was changed by the run itself, which is no reason to do the task again.
///
/// # Errors
/// As [`marks`].
pub fn changed(
    then: &str,
    packet: &Packet,
    own: &[&str],
    root: &Path,
) -> anyhow::Result<Option<String>> {
    let Ok(files) = serde_json::from_str::<BTreeMap<String, String>>(then) else {
        let now = marks(packet, true, root)?;
        return Ok((now != then).then(|| "the working tree".to_owned()));
    };
    let plain = |file: &str| file.trim_start_matches("./").to_owned();
    let is_own = |file: &str| own.iter().any(|own| plain(own) == plain(file));
    let other =
        files.into_iter().find(|(file, then)| !is_own(file) && *then != mark(&root.join(file)));
    Ok(other.map(|(file, _)| file))
}

/// The digest of a file's content.
fn mark(file: &Path) -> String {
    std::fs::read(file).map_or_else(|_| "absent".to_owned(), digest::sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: &str =
        r#"{"task": "t", "requirements": "r", "run": "r-1", "phase": "implement"}"#;

    #[test]
    fn the_digest_is_of_what_is_asked() {
        let packet: Packet = serde_json::from_str(PACKET).unwrap();
        let digest = |packet: &Packet| digest(packet, "backend-developer");
        assert_eq!(digest(&packet), digest(&Packet { run: "r-2".into(), ..packet.clone() }));
        for other in [
            Packet { task: "u".into(), ..packet.clone() },
            Packet { phase: "repair".into(), ..packet.clone() },
            Packet { requirements: "s".into(), ..packet.clone() },
            Packet { context_files: vec!["a".into()], ..packet.clone() },
        ] {
            assert_ne!(digest(&packet), digest(&other));
        }
        assert_ne!(digest(&packet), super::digest(&packet, "frontend-developer"));
    }

    #[test]
    fn a_task_is_about_the_files_it_names_and_the_run_changes_them_itself() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::write(root.join("a"), "1").unwrap();
        let packet: Packet = serde_json::from_str(PACKET).unwrap();
        let packet = Packet { context_files: vec!["a".into(), "b".into()], ..packet };
        let then = marks(&packet, false, root).unwrap();
        let changed = |own: &[&str]| changed(&then, &packet, own, root).unwrap();
        assert_eq!(changed(&[]), None);
        std::fs::write(root.join("c"), "1").unwrap();
        assert_eq!(changed(&[]), None, "a file that it does not name");
        std::fs::write(root.join("b"), "1").unwrap();
        assert_eq!(changed(&[]).as_deref(), Some("b"));
        assert_eq!(changed(&["./b"]), None);
    }
}
