//! The server that is asked, as the user named it. Owns which addresses are of it: a request or a redirect that leads
//! elsewhere is never made.

use anyhow::{Result, bail};
use ureq::http::Uri;

/// Scheme, host and port, and the path below which the provider stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
    base: String,
}

impl Origin {
    /// Reads an address. Tokens go over TLS, or stay on this machine, unless `allow_http` says otherwise.
    ///
    /// # Errors
    /// When it is no address of a server.
    pub fn parse(address: &str, allow_http: bool) -> Result<Self> {
        let Ok(uri) = address.parse::<Uri>() else { bail!("`{address}` is no address; write https://host") };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            bail!("`{address}` is no address; write https://host");
        };
        // Not shown: what stands before the `@` may be a password.
        if authority.as_str().contains('@') {
            bail!("the address holds a user or a password; tokens come from environment variables only");
        }
        if uri.query().is_some() || address.contains('#') {
            bail!("`{address}` is no address of a server: leave out what follows `?` or `#`");
        }
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        let scheme = scheme.to_ascii_lowercase();
        match scheme.as_str() {
            "https" => {}
            "http" if allow_http || is_loopback(&host) => {}
            "http" => bail!(
                "`{address}` is not encrypted, so everybody on the way could read the token; use https, or pass \
                 --allow-http"
            ),
            _ => bail!("`{address}` is neither https nor http"),
        }
        let base = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { scheme, host, port: uri.port_u16(), base })
    }

    /// Whether it is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// The host with its port, for messages.
    pub fn shown(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// The path of a request, below the base.
    pub fn below(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The address of a path from the root of the server.
    pub fn address(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.shown())
    }

    /// The path that a link or a redirect leads to. `None` when that is on another server. Servers behind a proxy may
    /// not know that they are asked over TLS; the request goes to the origin in any case.
    pub fn path_of(&self, link: &str) -> Option<String> {
        if link.starts_with('/') && !link.starts_with("//") {
            let path: Uri = link.parse().ok()?;
            return path.path_and_query().map(|path| path.as_str().to_owned());
        }
        let uri: Uri = link.parse().ok()?;
        let authority = uri.authority()?;
        let same = uri.host().is_some_and(|host| host.eq_ignore_ascii_case(&self.host));
        let port = uri.port_u16().filter(|port| !is_default(uri.scheme_str(), *port));
        let own = self.port.filter(|port| !is_default(Some(&self.scheme), *port));
        let plain = !authority.as_str().contains('@') && matches!(uri.scheme_str(), Some("http" | "https"));
        let path = uri.path_and_query().map(|path| path.as_str().to_owned());
        path.filter(|_| same && plain && port == own)
    }
}

fn is_default(scheme: Option<&str>, port: u16) -> bool {
    matches!((scheme, port), (Some("http"), 80) | (Some("https"), 443))
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn only_servers_are_addresses() {
        for good in ["https://a.example", "https://a.example:8443/unleash/", "http://127.0.0.1:4242", "http://[::1]:1"]
        {
            assert!(Origin::parse(good, false).is_ok(), "{good}");
        }
        for bad in [
            "a.example",
            "http://a.example",
            "https://user:secret@a.example",
            "https://a.example?x=1",
            "ftp://a.example",
            "",
            "https://",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
        ] {
            assert!(Origin::parse(bad, false).is_err(), "{bad}");
        }
        assert!(Origin::parse("http://a.example", true).is_ok());
    }

    #[test]
    fn passwords_are_not_repeated() {
        let error = Origin::parse("https://user:hunter2@a.example", false).expect_err("it holds a password");
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn links_stay_on_the_server() {
        let origin = Origin::parse("https://a.example/base", false).expect("it is one");
        assert_eq!(origin.address(&origin.below("/x")), "https://a.example/base/x");
        assert_eq!(origin.path_of("/base/x?page=2").as_deref(), Some("/base/x?page=2"));
        assert_eq!(origin.path_of("https://A.example:443/x").as_deref(), Some("/x"));
        assert_eq!(origin.path_of("http://a.example/x").as_deref(), Some("/x"));
        for other in [
            "https://b.example/x",
            "//b.example/x",
            "https://a.example@b.example/x",
            "https://a.example.b.example/x",
            "https://a.example:444/x",
            "\\\\b.example",
            "javascript:x",
            "x",
        ] {
            assert_eq!(origin.path_of(other), None, "{other}");
        }
    }
}
