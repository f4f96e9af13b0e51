//! What the scripted model says: a list of turns for each conversation.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::request::{Request, Who};

type Made = Arc<dyn Fn(&Request) -> Turn + Send + Sync>;

/// One answer of the model.
#[derive(Clone)]
pub(crate) enum Turn {
    /// Said as it stands.
    Said { blocks: Vec<Block>, usage: Usage },
    /// Made from the request when its time comes.
    Made(Made),
    /// The API refuses the request for good: the conversation dies.
    Died,
}

/// A content block of a turn; ids of tool calls are given when it is said.
#[derive(Clone, Debug)]
pub(crate) enum Block {
    Text(String),
    Tool { name: String, input: Value },
}

/// Token numbers of one answer; they come back in transcripts and totals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) input: u64,
    pub(crate) output: u64,
    pub(crate) cache_creation: u64,
    pub(crate) cache_read: u64,
}

impl Default for Usage {
    fn default() -> Self {
        Self { input: 10, output: 5, cache_creation: 0, cache_read: 0 }
    }
}

impl Turn {
    /// Words, which end the turn.
    pub(crate) fn text(text: &str) -> Self {
        let blocks = vec![Block::Text(text.to_owned())];
        Self::Said { blocks, usage: Usage::default() }
    }

    /// One tool call.
    pub(crate) fn tool(name: &str, input: Value) -> Self {
        Self::Said { blocks: Vec::new(), usage: Usage::default() }.and_tool(name, input)
    }

    /// A turn made from the request: for answers that depend on what came back. A panic in it
    /// fails the test.
    pub(crate) fn from(make: impl Fn(&Request) -> Self + Send + Sync + 'static) -> Self {
        Self::Made(Arc::new(make))
    }

    /// Adds a tool call to the same turn: the client runs both.
    ///
    /// # Panics
    ///
    /// On a turn of [`Turn::from`], as for [`Turn::usage`].
    pub(crate) fn and_tool(mut self, name: &str, input: Value) -> Self {
        self.said().0.push(Block::Tool { name: name.to_owned(), input });
        self
    }

    /// Sets the token numbers of this answer.
    pub(crate) fn usage(mut self, usage: Usage) -> Self {
        *self.said().1 = usage;
        self
    }

    fn said(&mut self) -> (&mut Vec<Block>, &mut Usage) {
        match self {
            Self::Said { blocks, usage } => (blocks, usage),
            Self::Made(_) | Self::Died => {
                panic!("a turn made from the request is built inside its closure")
            }
        }
    }
}

/// All conversations of a session.
#[derive(Clone, Default)]
pub(crate) struct Script {
    lanes: Vec<Lane>,
}

/// The turns of one conversation, or of several alike.
#[derive(Clone)]
struct Lane {
    who: Who,
    prompt: Option<String>,
    turns: Vec<Turn>,
    every: bool,
    taken: bool,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// What the session's own thread is told by the model, turn by turn.
    pub(crate) fn main(self, turns: impl IntoIterator<Item = Turn>) -> Self {
        self.lane(Who::Main, None, false, turns)
    }

    /// One conversation of the agent `name` (no plugin prefix). Said several times for the same
    /// agent, the first conversation gets the first list, and so on.
    pub(crate) fn agent(self, name: &str, turns: impl IntoIterator<Item = Turn>) -> Self {
        self.lane(Who::Agent(name.to_owned()), None, false, turns)
    }

    /// One conversation of the agent whose prompt contains `prompt`: for agents that run at the
    /// same time. Goes before the lists of [`Script::agent`] said later.
    pub(crate) fn agent_asked(
        self,
        name: &str,
        prompt: &str,
        turns: impl IntoIterator<Item = Turn>,
    ) -> Self {
        self.lane(Who::Agent(name.to_owned()), Some(prompt.to_owned()), false, turns)
    }

    /// The same list for every conversation of the agent that no other list takes.
    pub(crate) fn agent_every(self, name: &str, turns: impl IntoIterator<Item = Turn>) -> Self {
        self.lane(Who::Agent(name.to_owned()), None, true, turns)
    }

    fn lane(
        mut self,
        who: Who,
        prompt: Option<String>,
        every: bool,
        turns: impl IntoIterator<Item = Turn>,
    ) -> Self {
        let turns = turns.into_iter().collect();
        self.lanes.push(Lane { who, prompt, turns, every, taken: false });
        self
    }
}

/// A script being played.
pub(crate) struct Player {
    lanes: Vec<Lane>,
    conversations: HashMap<Option<String>, Conversation>,
    errors: Vec<String>,
}

struct Conversation {
    who: Who,
    left: VecDeque<Turn>,
}

/// A turn with its tool ids: what goes over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) content: Vec<Value>,
    pub(crate) usage: Usage,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Main => f.write_str("the main thread"),
            Self::Agent(name) => write!(f, "agent {name:?}"),
            Self::Auxiliary => f.write_str("an auxiliary request"),
        }
    }
}

impl Player {
    pub(crate) fn new(script: Script) -> Self {
        Self { lanes: script.lanes, conversations: HashMap::new(), errors: Vec::new() }
    }

    /// The turn for `request`, still to be said: the caller calls a made one without the player's
    /// lock held.
    pub(crate) fn next(&mut self, request: &Request) -> Turn {
        if request.who == Who::Auxiliary {
            return Turn::text("auxiliary");
        }
        let id = &request.agent_id;
        if !self.conversations.contains_key(id) {
            let Some(left) = self.take_lane(request) else {
                return self.refuse(format!(
                    "{} began a conversation that the script does not have; its prompt: {:?}",
                    request.who,
                    tail(&request.prompt())
                ));
            };
            let conversation = Conversation { who: request.who.clone(), left };
            self.conversations.insert(id.clone(), conversation);
        }
        match self.conversations.get_mut(id).and_then(|talk| talk.left.pop_front()) {
            Some(turn) => turn,
            None => self.refuse(format!(
                "{} asked for more turns than the script has; it was last told: {:?}",
                request.who,
                request.tool_results().pop().map_or_else(|| request.told(), |result| result.text)
            )),
        }
    }

    /// Records something that fails the test, and gives the model something harmless to say.
    pub(crate) fn refuse(&mut self, error: String) -> Turn {
        self.errors.push(error);
        Turn::text("the script of this test has no answer here")
    }

    /// Gives the tool calls of a turn their ids.
    ///
    /// # Panics
    ///
    /// When the turn is still to be made.
    pub(crate) fn say(turn: Turn) -> Answer {
        // Of the whole process: a resumed session brings the ids of the one before.
        static TOOL_IDS: AtomicUsize = AtomicUsize::new(1);
        let Turn::Said { blocks, usage } = turn else {
            panic!("a closure of Turn::from gave another one");
        };
        let content = blocks
            .into_iter()
            .map(|block| match block {
                Block::Text(text) => json!({"type": "text", "text": text}),
                Block::Tool { name, input } => {
                    let id = format!("toolu_{:06}", TOOL_IDS.fetch_add(1, Ordering::Relaxed));
                    json!({"type": "tool_use", "id": id, "name": name, "input": input})
                }
            })
            .collect();
        Answer { content, usage }
    }

    /// Takes the errors; unless `lenient`, turns nobody asked for are errors too.
    pub(crate) fn finish(&mut self, lenient: bool) -> Vec<String> {
        let mut errors = std::mem::take(&mut self.errors);
        if lenient {
            return errors;
        }
        for lane in self.lanes.iter().filter(|lane| !lane.taken) {
            let asked = lane.prompt.as_ref().map(|prompt| format!(" asked {prompt:?}"));
            let asked = asked.unwrap_or_default();
            errors.push(format!("{}{asked} never began its conversation", lane.who));
        }
        for talk in self.conversations.values().filter(|talk| !talk.left.is_empty()) {
            errors.push(format!("{} did not ask for its last {} turns", talk.who, talk.left.len()));
        }
        errors
    }

    fn take_lane(&mut self, request: &Request) -> Option<VecDeque<Turn>> {
        let prompt = request.prompt();
        let fits = |lane: &Lane| {
            lane.who == request.who
                && (lane.every || !lane.taken)
                && lane.prompt.as_ref().is_none_or(|wanted| prompt.contains(wanted.as_str()))
        };
        // Lists for one conversation go before a list for every conversation.
        let once = self.lanes.iter().position(|lane| !lane.every && fits(lane));
        let at = once.or_else(|| self.lanes.iter().position(fits))?;
        let lane = &mut self.lanes[at];
        lane.taken = true;
        Some(lane.turns.iter().cloned().collect())
    }
}

/// The last characters of a prompt: reminders of the client stand before what was asked.
fn tail(prompt: &str) -> String {
    let start = prompt.chars().count().saturating_sub(300);
    prompt.chars().skip(start).collect()
}
