//! A web server in a thread that gives canned answers and remembers what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, as sent.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn authorization(&self) -> Option<&str> {
        self.header("authorization")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// `GET /api/keys`
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Bytes of the body that are sent before the connection breaks.
    pub(crate) cut_at: Option<usize>,
    /// Whether the connection stands still after that until the client goes away, instead of breaking.
    pub(crate) stalls: bool,
    /// How long after each byte of the body nothing comes.
    pub(crate) drips: Option<Duration>,
    /// Whether the body is sent without a head.
    pub(crate) raw: bool,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            cut_at: None,
            stalls: false,
            drips: None,
            raw: false,
        }
    }

    /// Nothing at all.
    pub(crate) fn before_the_head(self) -> Self {
        Self { raw: true, cut_at: Some(0), ..self }
    }

    /// Only so many bytes of the body, although all were promised.
    pub(crate) fn cut_at(self, bytes: usize) -> Self {
        Self { cut_at: Some(bytes), ..self }
    }

    pub(crate) fn json(status: u16, body: serde_json::Value) -> Self {
        Self::new(status, body.to_string()).with("content-type", "application/json; charset=utf-8")
    }

    /// A refusal as the Hex contract words it.
    pub(crate) fn refusal(status: u16, message: &str) -> Self {
        Self::json(status, serde_json::json!({"status": status, "message": message}))
    }

    pub(crate) fn not_found() -> Self {
        Self::refusal(404, "Page not found")
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// The server; it stops when dropped.
pub(crate) struct Mock {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Mock {
    pub(crate) fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1:0", answer).unwrap()
    }

    pub(crate) fn start_at(
        address: &str,
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let answer = Arc::new(answer);
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (requests, stop) = (requests.clone(), stop.clone());
            move || {
                for stream in listener.incoming() {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    // A connection has a thread of its own, that nobody waits for: a client that stops reading would
                    // block the writer for as long as it keeps the socket. That it ends early is its choice.
                    let (stream, answer, requests) = (stream.unwrap(), answer.clone(), requests.clone());
                    std::thread::spawn(move || serve(stream, &*answer, &requests));
                }
            }
        });
        Ok(Self { address, requests, stop, thread: Some(thread) })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The same when there are so many at least: a client that gave up may be faster than this server.
    pub(crate) fn await_requests(&self, count: usize) -> Vec<Request> {
        loop {
            let requests = self.requests();
            if requests.len() >= count {
                return requests;
            }
            std::thread::yield_now();
        }
    }

    /// What was asked, as `METHOD target`.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.requests().iter().map(Request::line).collect()
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread, which then sees that it is to stop.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    stream: TcpStream,
    answer: impl Fn(&Request) -> Answer,
    requests: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(()) };
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let request = Request { method, target, headers, body };
    let answer = answer(&request);
    requests.lock().unwrap().push(request);

    let mut head = format!(
        "HTTP/1.1 {} Mock\r\nconnection: close\r\ncontent-length: {}\r\n",
        answer.status,
        answer.body.len()
    );
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut stream = stream;
    if !answer.raw {
        stream.write_all(head.as_bytes())?;
        stream.write_all(b"\r\n")?;
    }
    let body = &answer.body[..answer.cut_at.unwrap_or(answer.body.len())];
    match answer.drips {
        Some(pause) => body.iter().try_for_each(|byte| {
            std::thread::sleep(pause);
            stream.write_all(&[*byte])
        })?,
        None => stream.write_all(body)?,
    }
    if answer.stalls {
        // Until the client closes its end.
        reader.read_to_end(&mut Vec::new())?;
    }
    Ok(())
}
