//! The scripted Messages API: a server on loopback that plays a [`Script`] and records requests.

use std::fmt::Write as _;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use anyhow::{Result, anyhow};
use serde_json::{Value, json};
use tiny_http::{Header, Method, Response, Server};

use crate::request::{Request, Who};
use crate::runner::take_panic;
use crate::script::{Answer, Player, Script, Turn};

/// Agents of the client itself, by words of their system prompt (seen with 2.1.330).
const BUILT_IN: &[(&str, &str)] = &[
    ("workflow-subagent", "You are a subagent spawned by a workflow orchestration script"),
    ("general-purpose", "You are an agent for Claude Code, Anthropic's official CLI for Claude."),
];

/// An agent definition by which a subagent's requests are recognised.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) name: String,
    /// Words of its system prompt.
    pub(crate) words: String,
}

/// A running server; it ends when dropped.
pub(crate) struct Api {
    server: Arc<Server>,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

struct State {
    player: Mutex<Player>,
    known: Vec<Known>,
    requests: Mutex<Vec<Request>>,
}

impl Api {
    /// Listens on a free port of loopback. `known` are the agents that the session can start.
    pub(crate) fn start(script: Script, known: Vec<Known>) -> Result<Self> {
        let server = Server::http("127.0.0.1:0").map_err(|error| anyhow!("loopback: {error}"))?;
        let server = Arc::new(server);
        let state = Arc::new(State {
            player: Mutex::new(Player::new(script)),
            known,
            requests: Mutex::new(Vec::new()),
        });
        let thread = std::thread::spawn({
            let (server, state) = (Arc::clone(&server), Arc::clone(&state));
            move || {
                // `recv` fails once `unblock` was called.
                while let Ok(request) = server.recv() {
                    state.serve(request);
                }
            }
        });
        Ok(Self { server, state, thread: Some(thread) })
    }

    /// The value of `ANTHROPIC_BASE_URL`.
    pub(crate) fn url(&self) -> Result<String> {
        let address = self.server.server_addr().to_ip().ok_or_else(|| anyhow!("not an address"))?;
        Ok(format!("http://{address}"))
    }

    /// Every request so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        lock(&self.state.requests).clone()
    }

    /// What went wrong with the script; see [`Player::finish`].
    pub(crate) fn finish(&self, lenient: bool) -> Vec<String> {
        lock(&self.state.player).finish(lenient)
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn serve(&self, mut http: tiny_http::Request) {
        let mut bytes = Vec::new();
        let read = http.as_reader().read_to_end(&mut bytes);
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let agent_id = http
            .headers()
            .iter()
            .find(|header| header.field.equiv("x-claude-code-agent-id"))
            .map(|header| header.value.to_string());
        let path = http.url().split('?').next().unwrap_or_default().to_owned();
        let mut request = Request {
            method: http.method().to_string(),
            who: Who::Auxiliary,
            agent_id,
            path,
            body,
            reply: Value::Null,
        };
        let response = match (http.method(), request.path.as_str()) {
            (Method::Post, "/v1/messages") if read.is_ok() && request.body.is_object() => {
                self.message(&mut request)
            }
            (Method::Post, "/v1/messages/count_tokens") => {
                json_response(200, &json!({"input_tokens": 100}))
            }
            // The client only looks whether the server is there.
            (Method::Head, _) => json_response(200, &Value::Null),
            _ => json_response(
                404,
                &json!({"type": "error", "error": {"type": "not_found_error", "message": "none"}}),
            ),
        };
        lock(&self.requests).push(request);
        // A client that is gone (killed, cancelled) does not read its answer.
        drop(http.respond(response));
    }

    fn message(&self, request: &mut Request) -> Response<Cursor<Vec<u8>>> {
        match self.who(request) {
            Ok(who) => request.who = who,
            Err(error) => drop(lock(&self.player).refuse(error)),
        }
        let turn = lock(&self.player).next(request);
        let made = catch_unwind(AssertUnwindSafe(|| match turn {
            Turn::Made(make) => make(request),
            other => other,
        }));
        let refuse = |error| lock(&self.player).refuse(error);
        if matches!(made, Ok(Turn::Died)) {
            // An error of the server's would be tried again for minutes.
            let error = json!({"type": "invalid_request_error", "message": "a scripted death"});
            return json_response(400, &json!({"type": "error", "error": error}));
        }
        let answer = Player::say(match made {
            Ok(turn @ Turn::Said { .. }) => turn,
            Ok(Turn::Made(_) | Turn::Died) => {
                refuse("a closure of Turn::from gave another closure".to_owned())
            }
            Err(_) => refuse(format!("a scripted turn {}", take_panic())),
        });
        request.reply = Value::Array(answer.content.clone());
        let id = format!("msg_{:04}", lock(&self.requests).len() + 1);
        let message = message(&id, &request.body["model"], &answer);
        if request.body["stream"] == true {
            response(200, "text/event-stream", stream(message, &answer))
        } else {
            json_response(200, &message)
        }
    }

    /// Subagents carry their id in a header; which agent they are, only their system prompt says.
    /// The main thread is offered tools, the client's own small requests are not.
    fn who(&self, request: &Request) -> Result<Who, String> {
        if request.agent_id.is_none() {
            return Ok(if request.tools().is_empty() { Who::Auxiliary } else { Who::Main });
        }
        let system = request.system();
        let has = |words: &str| system.contains(words);
        // The longest match: one definition may begin with another's words.
        let own = self.known.iter().filter(|known| has(&known.words));
        let own = own.max_by_key(|known| known.words.len()).map(|known| known.name.as_str());
        // The client puts its own words beside a definition's, so those of the built-in agents
        // count only where no definition is found.
        own.or_else(|| BUILT_IN.iter().find(|(_, words)| has(words)).map(|(name, _)| *name))
            .map(|name| Who::Agent(name.to_owned()))
            .ok_or_else(|| format!("a subagent with an unknown system prompt: {system:.600}"))
    }
}

fn message(id: &str, model: &Value, answer: &Answer) -> Value {
    let tool = answer.content.iter().any(|block| block["type"] == "tool_use");
    let usage = answer.usage;
    json!({
        "id": id, "type": "message", "role": "assistant", "model": model,
        "content": answer.content,
        "stop_reason": if tool { "tool_use" } else { "end_turn" }, "stop_sequence": null,
        "usage": {
            "input_tokens": usage.input, "output_tokens": usage.output,
            "cache_creation_input_tokens": usage.cache_creation,
            "cache_read_input_tokens": usage.cache_read,
        },
    })
}

/// The same message as server-sent events, each block whole in one delta.
fn stream(mut message: Value, answer: &Answer) -> Vec<u8> {
    let delta = json!({"stop_reason": message["stop_reason"], "stop_sequence": null});
    let usage = message["usage"].clone();
    message["content"] = json!([]);
    message["stop_reason"] = Value::Null;
    message["usage"]["output_tokens"] = json!(1);
    let mut events = String::new();
    let mut send = |kind: &str, mut data: Value| {
        data["type"] = json!(kind);
        // Writing to a String cannot fail.
        let _ = write!(events, "event: {kind}\ndata: {data}\n\n");
    };
    send("message_start", json!({"message": message}));
    for (index, block) in answer.content.iter().enumerate() {
        let (start, delta) = if block["type"] == "tool_use" {
            let mut start = block.clone();
            start["input"] = json!({});
            let input = block["input"].to_string();
            (start, json!({"type": "input_json_delta", "partial_json": input}))
        } else {
            let start = json!({"type": "text", "text": ""});
            (start, json!({"type": "text_delta", "text": block["text"]}))
        };
        send("content_block_start", json!({"index": index, "content_block": start}));
        send("content_block_delta", json!({"index": index, "delta": delta}));
        send("content_block_stop", json!({"index": index}));
    }
    send("message_delta", json!({"delta": delta, "usage": usage}));
    send("message_stop", json!({}));
    events.into_bytes()
}

fn json_response(status: u16, body: &Value) -> Response<Cursor<Vec<u8>>> {
    response(status, "application/json", body.to_string().into_bytes())
}

fn response(status: u16, kind: &str, body: Vec<u8>) -> Response<Cursor<Vec<u8>>> {
    let response = Response::from_data(body).with_status_code(status);
    match Header::from_bytes("content-type", kind) {
        Ok(header) => response.with_header(header),
        Err(()) => response,
    }
}
