//! What a gate will run in a project, where each command comes from, and what is not available.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde::Serialize;

use super::catalog::model::{By, CheckFile, GateFile, Reads};
use super::catalog::{self, GATES};
use super::stack::{self, Folder, Part};
use super::{GateError, names, web};
use crate::config::{CheckPolicy, Counts, FILE, Gate, Policy};
use crate::digest;

/// Placeholder of this very program in a command.
pub(crate) const OWN: &str = "{portcullis}";

/// What a gate does, in order.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The gate.
    pub gate: String,
    /// What it stands for.
    pub title: String,
    /// Gates that must have passed on the same tree.
    pub requires: Vec<String>,
    /// Its steps.
    pub steps: Vec<Step>,
    /// True when the policy gives the gate one command of its own.
    pub own_command: bool,
}

/// One check in one folder.
#[derive(Debug, Clone)]
pub struct Step {
    /// Id of the check.
    pub check: String,
    /// What it looks at.
    pub title: String,
    /// The ecosystem, where a data file of one gave the command.
    pub stack: Option<String>,
    /// The folder it runs in, relative to the root.
    pub dir: PathBuf,
    /// What is done.
    pub act: Act,
    /// The gate does not pass without it.
    pub required: bool,
    /// Seconds until its process group is killed.
    pub timeout: u64,
    /// How the number of tests is known.
    pub counts: Counts,
    /// Result files, relative to the folder.
    pub reports: Vec<String>,
    /// Key of the policy that changes it.
    pub key: String,
    /// The address of the web page that it looks at.
    pub page: Option<String>,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Act {
    /// Runs the first of these that is installed.
    Run(Vec<Candidate>),
    /// Does something of our own, with the roles or the key of the data file.
    Own(Own),
    /// Nothing: nothing here says how.
    Missing,
}

/// A check of our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    pub(crate) by: By,
    pub(crate) roles: Vec<String>,
    pub(crate) key: String,
}

/// One way to do a check.
#[derive(Debug, Clone, Serialize)]
pub struct Candidate {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Why it fits.
    pub why: String,
    /// The program that must be installed.
    pub needs: Option<String>,
    /// Where it comes from when it is not.
    pub get: String,
    /// It talks to a server.
    pub network: bool,
    /// Texts in its output that say that the server could not be reached.
    pub unreachable: Vec<String>,
    /// What prints the tool's version.
    pub version: Vec<String>,
    /// Whose report it leaves, for a web page.
    #[serde(skip)]
    pub(crate) reads: Option<Reads>,
}

impl Plan {
    /// SHA-256 of everything that decides what the gate runs and how it is judged.
    pub fn config(&self, policy: &Policy) -> String {
        let mut facts: Vec<serde_json::Value> = vec![serde_json::json!(self.requires)];
        for step in &self.steps {
            facts.push(serde_json::json!([
                step.check,
                step.dir,
                step.required,
                step.timeout,
                step.counts,
                step.reports,
                step.config(policy),
            ]));
        }
        digest::sha256(serde_json::Value::from(facts).to_string().as_bytes())
    }

    /// Whether anything can be run or judged at all.
    pub fn is_available(&self) -> bool {
        self.steps.iter().any(|step| !matches!(step.act, Act::Missing) && !step.is_coverage())
    }
}

impl Step {
    fn config(&self, policy: &Policy) -> serde_json::Value {
        match &self.act {
            Act::Run(candidates) if self.page.is_some() => {
                let commands: Vec<_> = candidates.iter().map(|one| &one.command).collect();
                let web = &policy.web;
                serde_json::json!([commands, web.serve, web.accessibility, web.lighthouse])
            }
            Act::Run(candidates) => {
                candidates.iter().map(|candidate| serde_json::json!(candidate.command)).collect()
            }
            Act::Own(own) => match own.by {
                By::Coverage => serde_json::json!(policy.coverage),
                By::Record => serde_json::json!([own.roles, policy.design_records]),
                By::Bundle => serde_json::json!(policy.web.bundle),
                _ => serde_json::json!([own.roles, own.key]),
            },
            Act::Missing => serde_json::Value::Null,
        }
    }

    fn is_coverage(&self) -> bool {
        matches!(&self.act, Act::Own(own) if own.by == By::Coverage)
    }

    /// The step's name among the others: `lint`, `lint (node in web)`.
    pub fn label(&self) -> String {
        let dir = self.dir.to_string_lossy();
        if let Some(page) = &self.page {
            return format!("{} ({page})", self.check);
        }
        match (&self.stack, dir.is_empty()) {
            (Some(stack), true) if stack != "any" => format!("{} ({stack})", self.check),
            (Some(stack), false) => format!("{} ({stack} in {dir})", self.check),
            _ => self.check.clone(),
        }
    }
}

/// Plans a gate for the project at `root`.
///
/// # Errors
/// When there is no such gate, or nothing of it can be run or judged here.
pub fn plan(name: &str, policy: &Policy, root: &Path) -> Result<Plan, GateError> {
    Planner::new(policy, root).plan(name)
}

/// As [`plan`], also where nothing can be run.
///
/// # Errors
/// When there is no such gate.
pub fn sketch(name: &str, policy: &Policy, root: &Path) -> Result<Plan, GateError> {
    Planner::new(policy, root).sketch(name)
}

/// Plans several gates of one project, whose folders it reads once.
pub struct Planner<'p> {
    policy: &'p Policy,
    root: &'p Path,
    found: OnceCell<(Folder, Vec<Part>)>,
    folders: RefCell<BTreeMap<PathBuf, Rc<Folder>>>,
}

impl<'p> Planner<'p> {
    /// A planner for the project at `root`.
    pub fn new(policy: &'p Policy, root: &'p Path) -> Self {
        Self { policy, root, found: OnceCell::new(), folders: RefCell::default() }
    }

    /// As the function of that name.
    ///
    /// # Errors
    /// When there is no such gate, or nothing of it can be run or judged here.
    pub fn plan(&self, name: &str) -> Result<Plan, GateError> {
        let plan = self.sketch(name)?;
        if !plan.is_available() {
            return Err(GateError::NotAvailable {
                gate: name.to_owned(),
                root: self.root.to_path_buf(),
            });
        }
        Ok(plan)
    }

    fn found(&self) -> &(Folder, Vec<Part>) {
        self.found.get_or_init(|| {
            let top = Folder::new(self.root);
            let parts = stack::parts(&top);
            (top, parts)
        })
    }

    fn folder(&self, dir: &Path) -> Rc<Folder> {
        let mut folders = self.folders.borrow_mut();
        let made = || Rc::new(Folder::new(&self.root.join(dir)));
        Rc::clone(folders.entry(dir.to_path_buf()).or_insert_with(made))
    }

    /// As the function of that name.
    ///
    /// # Errors
    /// When there is no such gate.
    pub fn sketch(&self, name: &str) -> Result<Plan, GateError> {
        let policy = self.policy;
        let own = policy.gates.get(name);
        let built_in = catalog::gate(name);
        if own.is_none() && built_in.is_none() {
            return Err(GateError::Unknown { gate: name.to_owned(), known: names(policy) });
        }
        let default = Gate::default();
        let said = own.unwrap_or(&default);
        let mut requires: Vec<String> =
            built_in.map(|gate| gate.requires.clone()).unwrap_or_default();
        for other in &said.requires {
            if !requires.contains(other) && other != name {
                requires.push(other.clone());
            }
        }
        let title =
            built_in.map_or_else(|| "a gate of this project".to_owned(), |gate| gate.title.clone());
        let own_command = own_line(said.command.as_ref(), said.shell.as_deref());
        let has_own = own_command.is_some();
        let mut steps = Vec::new();
        if let Some(command) = own_command {
            steps.push(Step {
                check: name.to_owned(),
                title: title.clone(),
                stack: None,
                dir: PathBuf::new(),
                act: Act::Run(vec![Candidate::own(command, format!("{FILE}, gates.{name}"))]),
                required: true,
                timeout: said.timeout,
                counts: said.counts,
                reports: reports_of_any(),
                key: format!("gates.{name}"),
                page: None,
            });
            // What stands beside the tests is judged all the same.
            if let Some(coverage) = built_in.and_then(|gate| gate.check("coverage")) {
                steps.push(own_step(coverage, built_in, said, policy));
            }
        } else if let Some(file) = built_in {
            for check in &file.checks {
                steps.extend(self.steps_of(check, file, said));
            }
        }
        for (id, changed) in &said.checks {
            if built_in.is_none_or(|gate| gate.check(id).is_none()) && !is_off(changed) {
                match web::steps(name, id, changed, said, policy) {
                    Some(extra) => steps.extend(extra),
                    None => steps.push(step_of_policy(name, id, changed, said)),
                }
            }
        }
        Ok(Plan { gate: name.to_owned(), title, requires, steps, own_command: has_own })
    }

    fn steps_of(
        &self,
        check: &'static CheckFile,
        file: &'static GateFile,
        said: &Gate,
    ) -> Vec<Step> {
        let policy = self.policy;
        let (top, parts) = self.found();
        let changed = said.checks.get(&check.check);
        if changed.is_some_and(is_off) {
            return Vec::new();
        }
        if check.by != By::Command {
            return vec![own_step(check, Some(file), said, policy)];
        }
        let key = format!("gates.{}.checks.{}", file.gate, check.check);
        let counts = if check.counted { said.counts } else { Counts::ExitCode };
        let blank = Step {
            check: check.check.clone(),
            title: check.title.clone(),
            stack: None,
            dir: PathBuf::new(),
            act: Act::Missing,
            required: changed.and_then(|changed| changed.required).unwrap_or(check.required),
            timeout: changed.and_then(|changed| changed.timeout).unwrap_or(said.timeout),
            counts: changed.and_then(|changed| changed.counts).unwrap_or(counts),
            reports: changed.and_then(|changed| changed.reports.clone()).unwrap_or_default(),
            key: key.clone(),
            page: None,
        };
        let own = changed
            .and_then(|changed| own_line(changed.command.as_ref(), changed.shell.as_deref()));
        if let Some(command) = own {
            let mut candidate = Candidate::own(command, format!("{FILE}, {key}"));
            candidate.network = changed.and_then(|changed| changed.network).unwrap_or_default();
            return vec![Step { act: Act::Run(vec![candidate]), ..blank }];
        }
        let mut steps = Vec::new();
        for part in parts {
            if part.stack.fallback && !steps.is_empty() {
                continue;
            }
            let folder = self.folder(&part.dir);
            let manager = folder.manager(part.stack, top);
            let values = [("complexity", policy.complexity.to_string())];
            let mut reports = blank.reports.clone();
            let candidates: Vec<Candidate> = part
                .stack
                .commands
                .iter()
                .filter(|command| command.check == check.check)
                .filter_map(|command| {
                    let fit = folder.fits(&command.when)?;
                    reports.extend(command.reports.iter().cloned());
                    let found = manager.as_ref().map(|(manager, _)| *manager);
                    let mut why: Vec<&str> = Vec::new();
                    if !part.marker.is_empty() && !fit.contains(&part.marker) {
                        why.push(&part.marker);
                    }
                    why.extend(Some(fit.as_str()).filter(|fit| !fit.is_empty()));
                    why.extend(manager.as_ref().map(|(_, why)| why.as_str()));
                    Some(Candidate {
                        command: stack::words(command, found, &values),
                        why: match why.is_empty() {
                            true => "for any project".to_owned(),
                            false => why.join("; "),
                        },
                        needs: command.needs.clone(),
                        get: command.get.clone(),
                        network: command.network,
                        unreachable: command.unreachable.clone(),
                        version: stack::filled(&command.version, found, &[]),
                        reads: None,
                    })
                })
                .collect();
            if !candidates.is_empty() {
                reports.dedup();
                steps.push(Step {
                    stack: Some(part.stack.stack.clone()),
                    dir: part.dir.clone(),
                    act: Act::Run(candidates),
                    reports,
                    ..blank.clone()
                });
            }
        }
        if steps.is_empty() {
            steps.push(blank);
        }
        steps
    }
}

fn is_off(check: &CheckPolicy) -> bool {
    check.off == Some(true) && check.required != Some(true)
}

fn own_line(command: Option<&Vec<String>>, shell: Option<&str>) -> Option<Vec<String>> {
    let line = |line: &str| vec!["sh".to_owned(), "-c".to_owned(), line.to_owned()];
    command.cloned().or_else(|| shell.map(line))
}

/// Where runners of any kind leave their results by custom.
fn reports_of_any() -> Vec<String> {
    [
        "junit.xml",
        "reports/junit.xml",
        "test-results/junit.xml",
        "coverage/lcov.info",
        "lcov.info",
        "coverage.lcov",
        "coverage.xml",
        "cobertura.xml",
        "coverage/cobertura-coverage.xml",
        "coverage.json",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// A check that only the policy knows.
fn step_of_policy(gate: &str, id: &str, said: &CheckPolicy, of_gate: &Gate) -> Step {
    let key = format!("gates.{gate}.checks.{id}");
    let act = match own_line(said.command.as_ref(), said.shell.as_deref()) {
        Some(command) => {
            let mut candidate = Candidate::own(command, format!("{FILE}, {key}"));
            candidate.network = said.network.unwrap_or_default();
            Act::Run(vec![candidate])
        }
        None => Act::Missing,
    };
    Step {
        check: id.to_owned(),
        title: "a check of this project".to_owned(),
        stack: None,
        dir: PathBuf::new(),
        act,
        required: said.required.unwrap_or(true),
        timeout: said.timeout.unwrap_or(of_gate.timeout),
        counts: said.counts.unwrap_or(Counts::ExitCode),
        reports: said.reports.clone().unwrap_or_default(),
        key,
        page: None,
    }
}

/// A check that we do ourselves.
fn own_step(check: &CheckFile, file: Option<&GateFile>, said: &Gate, policy: &Policy) -> Step {
    let gate = file.map(|file| file.gate.as_str()).unwrap_or_default();
    let changed = said.checks.get(&check.check);
    let declared = match check.key.as_str() {
        "smoke" => policy.deploy.smoke.clone(),
        "rehearsal" => policy.deploy.rehearsal.clone(),
        _ => None,
    };
    let act = match declared {
        Some(command) => {
            Act::Run(vec![Candidate::own(command, format!("{FILE}, deploy.{}", check.key))])
        }
        None => Act::Own(Own { by: check.by, roles: check.roles.clone(), key: check.key.clone() }),
    };
    Step {
        check: check.check.clone(),
        title: check.title.clone(),
        stack: None,
        dir: PathBuf::new(),
        act,
        required: changed.and_then(|changed| changed.required).unwrap_or(check.required),
        timeout: changed.and_then(|changed| changed.timeout).unwrap_or(said.timeout),
        counts: Counts::ExitCode,
        reports: changed.and_then(|changed| changed.reports.clone()).unwrap_or_default(),
        key: format!("gates.{gate}.checks.{}", check.check),
        page: None,
    }
}

impl Candidate {
    fn own(command: Vec<String>, why: String) -> Self {
        Self {
            command,
            why,
            needs: None,
            get: String::new(),
            network: false,
            unreachable: Vec::new(),
            version: Vec::new(),
            reads: None,
        }
    }

    /// The command as people read it: of a page's check the tool and the address, without the line
    /// of shell that starts it.
    pub fn shown(&self) -> Vec<String> {
        match self.reads {
            None => self.command.clone(),
            Some(_) => {
                let words = self.command.iter().skip(3);
                words.filter(|word| !word.starts_with('{')).cloned().collect()
            }
        }
    }

    /// The program that must be there.
    pub fn program(&self) -> &str {
        match &self.needs {
            Some(needs) => needs,
            None => self.command.first().map(String::as_str).unwrap_or_default(),
        }
    }
}

/// The names of the built-in gates in the order of the pipeline.
pub fn built_in() -> impl Iterator<Item = &'static str> {
    GATES.iter().map(|gate| gate.gate.as_str())
}
