//! Chromium, driven over the WebDriver protocol (W3C) by Debian's `chromedriver`.
//!
//! The protocol is JSON over HTTP, and a dozen of its commands are all that these tests need.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::{Value, json};

/// How long a page may take to be what a test waits for.
const PATIENCE: Duration = Duration::from_secs(20);

/// The member of a JSON object that names an element (W3C WebDriver, 11).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Switches with which Chromium stays on this machine and needs no screen.
const SWITCHES: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

/// What a browser may be told to be like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Looks {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) dark: bool,
    pub(crate) scripts: bool,
}

/// A running browser. Dropping it ends it.
pub(crate) struct Driver {
    process: Child,
    http: Client,
    session: String,
    _profile: tempfile::TempDir,
}

impl Driver {
    /// Starts a browser; none if there is none on this machine.
    #[expect(clippy::print_stderr, reason = "whoever runs the tests has to see that these did not run")]
    pub(crate) async fn start(looks: Looks) -> Option<Self> {
        let browser =
            ["/usr/bin/chromium", "/usr/bin/google-chrome"].into_iter().find(|path| Path::new(path).exists());
        let process =
            Command::new("chromedriver").arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let (Some(browser), Ok(mut process)) = (browser, process) else {
            eprintln!("SKIPPED: there is no Chromium with its driver; tests/install-packages installs them");
            return None;
        };
        let port = port(&mut process);
        let profile = tempfile::tempdir().expect("a folder can be made");
        let mut switches: Vec<String> = SWITCHES.map(str::to_owned).to_vec();
        switches.push(format!("--user-data-dir={}", profile.path().display()));
        if looks.dark {
            switches.push("--blink-settings=preferredColorScheme=0".to_owned());
        }
        let scripts = if looks.scripts { 1 } else { 2 };
        let options = json!({
            "binary": browser,
            "args": switches,
            "prefs": { "profile.managed_default_content_settings.javascript": scripts },
            "mobileEmulation": { "deviceMetrics": {
                "width": looks.width, "height": looks.height, "pixelRatio": 1, "touch": false, "mobile": false,
            } },
        });
        let capabilities = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": options } } });
        let session = format!("http://127.0.0.1:{port}/session");
        let http = Client::builder().no_proxy().build().expect("a client can be made");
        let mut driver = Self { process, http, session, _profile: profile };
        let made = driver.call(Method::POST, "", &capabilities).await.expect("a browser starts");
        let id = made["sessionId"].as_str().expect("a session has a name");
        driver.session = format!("{}/{id}", driver.session);
        Some(driver)
    }

    /// Opens an address, as when it is typed in.
    pub(crate) async fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url })).await;
    }

    /// The address that is shown.
    pub(crate) async fn address(&self) -> String {
        self.text(&self.get("/url").await)
    }

    /// Types into the element that this CSS selector finds.
    pub(crate) async fn type_into(&self, selector: &str, text: &str) {
        let element = self.find(selector).await;
        self.post(&format!("/element/{element}/clear"), &json!({})).await;
        self.post(&format!("/element/{element}/value"), &json!({ "text": text })).await;
    }

    /// Clicks on the element that this CSS selector finds.
    pub(crate) async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        self.post(&format!("/element/{element}/click"), &json!({})).await;
    }

    /// What the element that this CSS selector finds shows.
    pub(crate) async fn shown(&self, selector: &str) -> String {
        let element = self.find(selector).await;
        self.text(&self.get(&format!("/element/{element}/text")).await)
    }

    /// Whether the element that this CSS selector finds is so: `enabled`, `selected`.
    pub(crate) async fn is(&self, selector: &str, state: &str) -> bool {
        let element = self.find(selector).await;
        self.get(&format!("/element/{element}/{state}")).await.as_bool().expect("a state is true or false")
    }

    /// Presses keys wherever the cursor is: Tab is U+E004, Enter U+E007, a space itself.
    pub(crate) async fn press(&self, keys: &str) {
        let strokes = keys.chars().flat_map(|key| {
            ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }))
        });
        let actions = json!([{ "type": "key", "id": "keys", "actions": strokes.collect::<Vec<_>>() }]);
        self.post("/actions", &json!({ "actions": actions })).await;
    }

    /// Waits for a heading.
    pub(crate) async fn wait_for(&self, heading: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let shown = self.try_shown("h1").await.unwrap_or_default();
            if shown == heading {
                return;
            }
            assert!(Instant::now() < until, "{} shows `{shown}`, not `{heading}`", self.address().await);
            tokio::task::yield_now().await;
        }
    }

    /// A picture of the page, as PNG.
    pub(crate) async fn picture(&self) -> String {
        self.text(&self.get("/screenshot").await)
    }

    async fn try_shown(&self, selector: &str) -> Result<String, Value> {
        let body = json!({ "using": "css selector", "value": selector });
        let element = self.call(Method::POST, "/element", &body).await?;
        let element = self.text(&element[ELEMENT]);
        let text = self.call(Method::GET, &format!("/element/{element}/text"), &Value::Null).await?;
        Ok(self.text(&text))
    }

    async fn find(&self, selector: &str) -> String {
        let body = json!({ "using": "css selector", "value": selector });
        self.text(&self.post("/element", &body).await[ELEMENT])
    }

    fn text(&self, value: &Value) -> String {
        value.as_str().expect("the driver answers with a text").to_owned()
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.call(Method::GET, path, &Value::Null).await;
        answer.unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.call(Method::POST, path, body).await;
        answer.unwrap_or_else(|error| panic!("POST {path} {body}: {error}"))
    }

    /// Errors: what the driver says.
    async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value, Value> {
        let mut request = self.http.request(method, format!("{}{path}", self.session));
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await.expect("the driver answers");
        let good = answer.status().is_success();
        let value = answer.json::<Value>().await.expect("the driver speaks JSON")["value"].take();
        if good { Ok(value) } else { Err(value) }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The driver takes its browser with it when it is asked to shut down, and not when it is killed.
        let session = std::mem::take(&mut self.session);
        let ended = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let end = async { Client::builder().no_proxy().build()?.delete(session).send().await };
            runtime.block_on(end).map_err(std::io::Error::other)
        });
        // A browser that is gone already is no failure of the test.
        let _ = ended.join();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The port that the driver says that it listens on.
fn port(process: &mut Child) -> u16 {
    let mut lines = BufReader::new(process.stdout.take().expect("its output is piped")).lines();
    let found = lines.by_ref().find_map(|line| {
        let line = line.expect("its output is text");
        line.strip_suffix('.')?.rsplit_once("successfully on port ")?.1.parse().ok()
    });
    // Read to the end, so that it never waits for a reader.
    std::thread::spawn(move || lines.for_each(drop));
    found.expect("the driver says where it listens")
}
