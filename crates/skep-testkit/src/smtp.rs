//! A mail server on this machine that does as a test wants it to.

use std::fmt;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::Mail;

/// How a mail server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// It takes every mail.
    Takes,
    /// It refuses every mail.
    Refuses,
    /// It takes the connection and says nothing.
    Nothing,
    /// It says what no mail server says.
    Nonsense,
    /// It takes the mail and goes away before saying so.
    VanishesAtTheEnd,
}

/// A mail server on a port that the system chose.
pub struct MailServer {
    port: u16,
    answers: Arc<Mutex<Answers>>,
    received: mpsc::UnboundedReceiver<Vec<u8>>,
    asked: mpsc::UnboundedReceiver<()>,
    serving: JoinHandle<()>,
}

impl MailServer {
    /// Starts one.
    ///
    /// # Panics
    ///
    /// If there is no free port.
    pub async fn start(answers: Answers) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("there is a free port");
        let port = listener.local_addr().expect("a listener has an address").port();
        let answers = Arc::new(Mutex::new(answers));
        let (receive, received) = mpsc::unbounded_channel();
        let (ask, asked) = mpsc::unbounded_channel();
        let now = answers.clone();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Nobody may be listening any more.
                let _ = ask.send(());
                let answers = *now.lock().unwrap_or_else(PoisonError::into_inner);
                let receive = receive.clone();
                tokio::spawn(async move {
                    // Clients that go away are no news.
                    let _ = talk(BufReader::new(stream), answers, &receive).await;
                });
            }
        });
        Self { port, answers, received, asked, serving }
    }

    /// Its address, without TLS.
    pub fn address(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    /// Lets it behave differently from the next connection on.
    pub fn set(&self, answers: Answers) {
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = answers;
    }

    /// Waits until somebody connects.
    ///
    /// # Panics
    ///
    /// If it ended.
    pub async fn asked(&mut self) {
        self.asked.recv().await.expect("the mail server runs");
    }

    /// Waits for a mail.
    ///
    /// # Panics
    ///
    /// If it ended.
    pub async fn receive(&mut self) -> Mail {
        Mail::parse(&self.received.recv().await.expect("the mail server runs"))
    }

    /// What has come and was not received yet.
    pub fn received(&mut self) -> Vec<Mail> {
        std::iter::from_fn(|| self.received.try_recv().ok()).map(|content| Mail::parse(&content)).collect()
    }
}

impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailServer").field("port", &self.port).finish_non_exhaustive()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn talk(
    mut stream: impl AsyncBufRead + AsyncWrite + Unpin,
    answers: Answers,
    receive: &mpsc::UnboundedSender<Vec<u8>>,
) -> std::io::Result<()> {
    match answers {
        Answers::Nothing => {
            stream.read_to_end(&mut Vec::new()).await?;
            return Ok(());
        }
        Answers::Nonsense => {
            stream.write_all(b"\0\xff HTTP/1.1 200 OK\r\n\r\n").await?;
            stream.flush().await?;
            return Ok(());
        }
        _ => stream.write_all(b"220 mail.test ESMTP\r\n").await?,
    }
    let mut line = String::new();
    loop {
        stream.flush().await?;
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.split([' ', '\r']).next().unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match command.as_str() {
            "EHLO" => b"250-mail.test\r\n250 8BITMIME\r\n",
            "RCPT" if answers == Answers::Refuses => b"550 5.7.1 no\r\n",
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                stream.flush().await?;
                let content = read_data(&mut stream).await?;
                let _ = receive.send(content);
                if answers == Answers::VanishesAtTheEnd {
                    return Ok(());
                }
                b"250 2.0.0 taken\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 ok\r\n",
        };
        stream.write_all(answer).await?;
    }
}

/// Everything up to the line that is a dot.
async fn read_data(stream: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let start = content.len();
        if stream.read_until(b'\n', &mut content).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if &content[start..] == b".\r\n" {
            content.truncate(start);
            return Ok(content);
        }
        if content[start] == b'.' {
            content.remove(start);
        }
    }
}
