//! `sslrootcert` of an address: the file with the authorities that a server's certificate may come from. Owns finding it in
//! an address, and the configuration of TLS that trusts those and nobody else; connecting is done in `postgresql`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

const OPTION: &str = "sslrootcert";

/// More than this is no file of certificates: those that everybody trusts have 230,000 bytes together.
const MAX_SIZE: u64 = 4 * 1024 * 1024;

/// The address without the option, and the file; none for the authorities that come with the program (`system`).
pub(super) fn take(url: &str) -> Result<(String, Option<PathBuf>), String> {
    let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
    let (rest, value) = if is_url { out_of_url(url)? } else { out_of_words(url)? };
    Ok((rest, value.filter(|value| value != "system").map(PathBuf::from)))
}

fn out_of_url(url: &str) -> Result<(String, Option<String>), String> {
    let Some((before, query)) = url.split_once('?') else { return Ok((url.to_owned(), None)) };
    let is_it = |part: &&str| part.split_once('=').is_some_and(|(name, _)| name == OPTION);
    let value =
        query.split('&').filter(is_it).filter_map(|part| part.split_once('=')).map(|(_, value)| value).next_back();
    let others: Vec<&str> = query.split('&').filter(|part| !is_it(part)).collect();
    let rest = if others.is_empty() { before.to_owned() } else { format!("{before}?{}", others.join("&")) };
    Ok((rest, value.map(plain).transpose()?))
}

/// `%2F` is a slash.
fn plain(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        let code = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        match (first, more) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.extend(code(&[*high, *low]));
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8(bytes).map_err(|_| format!("`{OPTION}` of the address is not text"))
}

/// Out of `host=db sslrootcert='my ca.pem'`, where a backslash keeps what follows from meaning anything.
fn out_of_words(address: &str) -> Result<(String, Option<String>), String> {
    let (mut kept, mut found) = (String::new(), None);
    let mut rest = address.trim_start();
    while let Some((name, value)) = rest.split_once('=') {
        let value = value.trim_start();
        let (mut quoted, mut escaped) = (false, false);
        let mut text = String::new();
        let mut end = value.len();
        for (at, letter) in value.char_indices() {
            match letter {
                _ if escaped => {
                    escaped = false;
                    text.push(letter);
                }
                '\\' => escaped = true,
                '\'' => quoted = !quoted,
                _ if letter.is_whitespace() && !quoted => {
                    end = at;
                    break;
                }
                _ => text.push(letter),
            }
        }
        if quoted {
            return Err("a quote in the address is not closed".to_owned());
        }
        if name.trim() == OPTION {
            found = Some(text);
        } else {
            kept.push_str(&format!("{}={} ", name.trim(), &value[..end]));
        }
        rest = value[end..].trim_start();
    }
    kept.push_str(rest);
    Ok((kept.trim_end().to_owned(), found))
}

/// TLS that trusts the authorities of the file.
pub(super) fn trusting(file: &Path) -> Result<ClientConfig, String> {
    let wrong = |why: &str| format!("`{OPTION}` of the address, {}: {why}", file.display());
    let size = std::fs::metadata(file).map_err(|error| wrong(&error.to_string()))?;
    if !size.is_file() || size.len() > MAX_SIZE {
        return Err(wrong("this is no file of certificates"));
    }
    let text = std::fs::read(file).map_err(|error| wrong(&error.to_string()))?;
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| wrong(&error.to_string()))?;
        store.add(certificate).map_err(|error| wrong(&error.to_string()))?;
    }
    if store.is_empty() {
        return Err(wrong("it holds no certificate (`-----BEGIN CERTIFICATE-----`)"));
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| wrong(&error.to_string()))?;
    Ok(builder.with_root_certificates(store).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{MAX_SIZE, take, trusting};

    #[test]
    fn the_file_is_found_in_addresses_as_people_write_them() {
        for (address, rest, file) in [
            ("postgres://me@db/app", "postgres://me@db/app", None),
            ("postgres://me@db/app?sslrootcert=ca.pem", "postgres://me@db/app", Some("ca.pem")),
            (
                "postgresql://me@db/app?sslmode=verify-full&sslrootcert=%2Fetc%2Fmy+ca.pem&connect_timeout=3",
                "postgresql://me@db/app?sslmode=verify-full&connect_timeout=3",
                Some("/etc/my+ca.pem"),
            ),
            ("postgres://me@db/app?sslrootcert=100%zz%2", "postgres://me@db/app", Some("100%zz%2")),
            ("postgres://me@db/app?sslrootcert=%4z%z4", "postgres://me@db/app", Some("%4z%z4")),
            ("postgres://me@db/app?sslrootcert=system", "postgres://me@db/app", None),
            ("host=db sslrootcert = ca.pem user=me", "host=db user=me", Some("ca.pem")),
            ("host=db sslrootcert='my \\'ca\\'.pem' password='a b'", "host=db password='a b'", Some("my 'ca'.pem")),
            ("host=db options='-c sslrootcert=x'", "host=db options='-c sslrootcert=x'", None),
        ] {
            assert_eq!(take(address), Ok((rest.to_owned(), file.map(PathBuf::from))), "{address}");
        }
        assert!(take("host=db password='open").is_err());
    }

    #[test]
    fn a_file_that_holds_no_certificate_is_an_error() {
        let folder = tempfile::tempdir().expect("a temporary directory can be made");
        let file = folder.path().join("ca.pem");
        assert!(trusting(&file).is_err_and(|why| why.contains("ca.pem")));
        for text in ["", "certificate\n", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n"] {
            std::fs::write(&file, text).expect("the file can be written");
            let why = trusting(&file).err().unwrap_or_default();
            assert!(!why.is_empty() && !why.contains("no file of certificates"), "{text}: {why}");
        }
        assert!(trusting(folder.path()).is_err_and(|why| why.contains("no file of certificates")));
        let long = std::fs::File::create(&file).expect("the file can be made");
        for (size, refused) in [(MAX_SIZE, false), (MAX_SIZE + 1, true)] {
            long.set_len(size).expect("the file can grow");
            let why = trusting(&file).err().unwrap_or_default();
            assert_eq!(why.contains("no file of certificates"), refused, "{size}: {why}");
        }
    }
}
