//! Requests to one server: time limits, patience with busy servers, redirects, and that no token appears in a message. Owns
//! when a request is tried again; what is asked is decided in `fetch`.

use std::fmt;
use std::io;
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use ureq::http::{HeaderMap, Request, Response, StatusCode};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, Proxy};

use super::origin::Origin;

/// Larger answers are refused, in bytes: a snapshot of them could not be read.
const MAX_ANSWER: u64 = 256 * 1024 * 1024;
/// A server that wants a longer pause is asked another time.
const MAX_PAUSE: Duration = Duration::from_secs(120);
/// Tokens and keys of every provider are much longer, in bytes.
const MIN_LENGTH: usize = 8;
/// The first pause when the server does not say how long; each one after it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Redirects within the server.
const MAX_REDIRECTS: usize = 5;

/// A token. What shows it by accident shows this instead.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a value from an environment variable.
    ///
    /// # Errors
    /// When it holds what no header may hold; the message does not repeat it.
    pub fn new(value: &str, variable: &str) -> Result<Self> {
        let value = value.trim();
        if value.is_empty() {
            bail!("${variable} is empty");
        }
        if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            bail!("the value of ${variable} holds characters that no token has");
        }
        // What is short could be a part of anything, so nothing could be printed without it.
        if value.len() < MIN_LENGTH {
            bail!("the value of ${variable} is too short for a token");
        }
        Ok(Self(value.to_owned()))
    }

    /// The token itself, for what is sent.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// The text without the token.
    pub fn redact(&self, text: &str) -> String {
        text.replace(&self.0, "[redacted]")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// How patient to be.
#[derive(Clone, Debug)]
pub struct Patience {
    /// For one request, from connecting to the last byte.
    pub timeout: Duration,
    /// How often a request is made again that failed for a reason that passes.
    pub retries: u32,
}

/// A request. Cannot be printed: it holds the token.
pub(super) struct Call {
    pub(super) method: String,
    /// From the root of the server.
    pub(super) path: String,
    /// The path as it may be shown.
    pub(super) shown: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<String>,
    /// The variable that the token is from, for messages.
    pub(super) variable: String,
}

/// What is worth telling while requests are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Flags that were fetched so far.
    Flags(usize),
    /// Why the next request waits, and how long.
    Waits(String, Duration),
}

/// A connection to a server.
pub struct Client<'a> {
    agent: Agent,
    pub(super) origin: Origin,
    patience: Patience,
    pub(super) notify: &'a dyn Fn(Event),
}

impl fmt::Debug for Client<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// An answer that may be another one later, and the pause that the server asks for.
struct Later {
    why: String,
    pause: Option<Duration>,
}

impl<'a> Client<'a> {
    /// A client for a server. `certificates` are trusted instead of the usual authorities.
    ///
    /// # Errors
    /// When the certificates cannot be read.
    pub fn new(
        origin: Origin,
        patience: Patience,
        proxy: Option<Proxy>,
        certificates: Option<&[u8]>,
        notify: &'a dyn Fn(Event),
    ) -> Result<Self> {
        let mut tls = TlsConfig::builder();
        if let Some(text) = certificates {
            let own: Vec<Certificate<'static>> = parse_pem(text)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect();
            if own.is_empty() {
                bail!("the file of certificates holds none in PEM");
            }
            tls = tls.root_certs(RootCerts::new_with_certs(&own));
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // Redirects are looked at here: the token must not follow one to another host.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(patience.timeout))
            .timeout_connect(Some(patience.timeout.min(Duration::from_secs(15))))
            .user_agent(concat!("flag-sweep/", env!("CARGO_PKG_VERSION")))
            .proxy(proxy)
            .tls_config(tls.build())
            .build();
        Ok(Self { agent: config.new_agent(), origin, patience, notify })
    }

    /// Makes a request until it is answered, or fails for good.
    #[expect(clippy::disallowed_methods, reason = "a busy server says how long to wait")]
    pub(super) fn call(&self, call: &Call) -> Result<Value> {
        let mut tries = 0;
        loop {
            let later = match self.once(call)? {
                Ok(value) => return Ok(value),
                Err(later) => later,
            };
            let what = format!("{} {}{}: {}", call.method, self.origin.shown(), call.shown, later.why);
            let pause = later.pause.unwrap_or(FIRST_PAUSE * 2_u32.saturating_pow(tries.min(8)));
            if pause > MAX_PAUSE {
                bail!("{what}; it asks to wait {} seconds, so try again then", pause.as_secs());
            }
            if tries == self.patience.retries {
                bail!("{what}, {} times", tries + 1);
            }
            tries += 1;
            (self.notify)(Event::Waits(what, pause));
            thread::sleep(pause);
        }
    }

    /// One request with its redirects.
    fn once(&self, call: &Call) -> Result<Result<Value, Later>> {
        let mut path = call.path.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = match self.send(call, &path) {
                Ok(response) => response,
                Err(error) => return passes(error).map(Err).map_err(|why| self.failed(call, &why)),
            };
            let status = response.status();
            if !status.is_redirection() {
                return self.answer(call, response);
            }
            let target = response.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
            let Some(next) = self.origin.path_of(target) else {
                let why = "it redirects to another server, which was not named; nothing was sent there";
                return Err(self.failed(call, why));
            };
            if call.method != "GET" {
                return Err(self.failed(call, &format!("it redirects within the server ({})", status.as_u16())));
            }
            path = next;
        }
        Err(self.failed(call, "it redirects in a circle"))
    }

    fn send(&self, call: &Call, path: &str) -> Result<Response<Body>, ureq::Error> {
        let mut request = Request::builder().method(call.method.as_str()).uri(self.origin.address(path));
        request = request.header("Accept", "application/json");
        for (name, value) in &call.headers {
            request = request.header(name.as_str(), value.as_str());
        }
        match &call.body {
            Some(body) => self.agent.run(request.body(body.clone())?),
            None => self.agent.run(request.body(())?),
        }
    }

    fn answer(&self, call: &Call, mut response: Response<Body>) -> Result<Result<Value, Later>> {
        let status = response.status();
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            let why = if status.is_server_error() { "the server failed" } else { "too many requests" };
            let pause = pause(response.headers());
            return Ok(Err(Later { why: format!("{why} ({})", status.as_u16()), pause }));
        }
        if !status.is_success() {
            let hint = match status {
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                    format!("; look at the token in ${} and at what it may read", call.variable)
                }
                StatusCode::NOT_FOUND => "; look at --project, --environment and --url".to_owned(),
                _ => String::new(),
            };
            return Err(self.failed(call, &format!("the server answered {}{hint}", status.as_u16())));
        }
        let body = match response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec() {
            Ok(body) => body,
            Err(error) => return passes(error).map(Err).map_err(|why| self.failed(call, &why)),
        };
        if body.is_empty() {
            return Ok(Ok(Value::Null));
        }
        match serde_json::from_slice(&body) {
            Ok(value) => Ok(Ok(value)),
            Err(error) if error.is_eof() => Err(self.failed(call, "the answer is cut off")),
            Err(_) => Err(self.failed(call, "the answer is not JSON; is this the address of the API?")),
        }
    }

    /// An error about a request. Never repeats what the server said: that may be what it was told.
    pub(super) fn failed(&self, call: &Call, why: &str) -> anyhow::Error {
        anyhow!("{} {}{}: {why}", call.method, self.origin.shown(), call.shown)
    }
}

/// Whether an error may pass, or why it does not.
fn passes(error: ureq::Error) -> Result<Later, String> {
    let later = |why: &str| Ok(Later { why: why.to_owned(), pause: None });
    match error {
        ureq::Error::Timeout(_) => later("no answer in time (--timeout)"),
        ureq::Error::HostNotFound => Err("the host is not found".to_owned()),
        ureq::Error::ConnectionFailed => later("no connection"),
        ureq::Error::Io(error) => match error.kind() {
            io::ErrorKind::UnexpectedEof => later("the answer is cut off"),
            io::ErrorKind::ConnectionRefused => later("the connection is refused"),
            kind => later(&kind.to_string()),
        },
        ureq::Error::Protocol(_) => later("the answer is not proper HTTP, or cut off"),
        ureq::Error::BodyExceedsLimit(limit) => Err(format!("the answer is larger than {limit} bytes")),
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) => {
            Err("the server's certificate is not trusted; SSL_CERT_FILE may name one that is".to_owned())
        }
        ureq::Error::InvalidProxyUrl | ureq::Error::ConnectProxyFailed(_) => Err("the proxy does not work".to_owned()),
        _ => Err("the request cannot be made".to_owned()),
    }
}

/// How long the server asks to wait. Counted from its own clock, where it is a time.
fn pause(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let now = text("date").and_then(|date| rfc2822::parse(date).ok()).map(|zoned| zoned.timestamp());
    let until = |then: Timestamp| {
        let wait = then.duration_since(now?).max(SignedDuration::ZERO);
        Duration::try_from(wait).ok()
    };
    if let Some(after) = text("retry-after") {
        if let Ok(seconds) = after.parse::<u64>() {
            return Some(Duration::from_secs(seconds));
        }
        return until(rfc2822::parse(after).ok()?.timestamp());
    }
    let reset: i64 = text("x-ratelimit-reset")?.parse().ok()?;
    until(Timestamp::from_millisecond(reset).ok()?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ureq::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{Secret, pause};

    #[test]
    fn servers_say_how_long_to_wait() {
        let date = ("date", "Sat, 21 Nov 2026 16:00:00 GMT");
        for (given, expected) in [
            (vec![("retry-after", "7")], Some(7)),
            (vec![("retry-after", "Sat, 21 Nov 2026 16:00:09 GMT"), date], Some(9)),
            (vec![("retry-after", "Sat, 21 Nov 2026 15:00:00 GMT"), date], Some(0)),
            (vec![("retry-after", "soon")], None),
            (vec![("x-ratelimit-reset", "1795276805000"), date], Some(5)),
            (vec![("x-ratelimit-reset", "1795276805000")], None),
            (vec![], None),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in &given {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert_eq!(pause(&headers), expected.map(Duration::from_secs), "{given:?}");
        }
    }

    #[test]
    fn tokens_are_not_shown() {
        let secret = Secret::new(" canary-123\n", "X").expect("it is a token");
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(secret.redact("token canary-123!"), "token [redacted]!");
        let error = Secret::new("with a\nline", "X").expect_err("no header may hold it").to_string();
        assert_eq!(error, "the value of $X holds characters that no token has");
    }
}
