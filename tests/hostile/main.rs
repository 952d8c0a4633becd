//! What somebody could put into a project to hurt whoever looks at it: files that are deep, long, broken or many (`files`),
//! damaged code (`damage`), what fuzzing starts from (`fuzz`), repositories whose settings name programs and places (`repository`), and what it is built from (`supply`). Owns how a run is measured.
//! Bounds are those of the release build; a debug build gets a multiple. `docs/safety.md` has the figures.

#![allow(clippy::print_stdout, reason = "the figures are what a run is for")]

mod damage;
mod files;
mod fuzz;
#[path = "../../fuzz/src/oracles.rs"]
mod oracles;
#[cfg(unix)]
mod repository;
mod supply;
#[cfg(unix)]
#[path = "../support/mod.rs"]
mod support;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A run of the binary, and what it took.
struct Run {
    /// `None` when a signal ended it.
    code: Option<i32>,
    /// Processor time, of all threads.
    busy: Duration,
    /// Most memory that it held, in MiB; 0 where the system does not say.
    memory: u64,
    /// Both streams.
    told: String,
}

/// Far more than any bound: then it counts as hung, and is ended.
const HUNG: Duration = Duration::from_secs(240);

/// Runs the binary in a directory.
#[allow(clippy::disallowed_methods, reason = "what a process holds is asked for while it runs")]
fn run<S: AsRef<OsStr>>(here: &Path, arguments: &[S], environment: &[(&str, &str)]) -> io::Result<Run> {
    let streams = tempfile::tempdir()?;
    let (out, err) = (streams.path().join("out"), streams.path().join("err"));
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_flag-sweep"))
        .args(arguments)
        .current_dir(here)
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .envs(environment.iter().copied())
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(File::create(&out)?)
        .stderr(File::create(&err)?)
        .spawn()?;
    let process = Path::new("/proc").join(child.id().to_string());
    let (mut memory, mut busy) = (0, Duration::ZERO);
    while process.join("stat").exists() {
        let status = fs::read_to_string(process.join("status")).unwrap_or_default();
        memory = memory.max(field(&status, "VmHWM:").unwrap_or(0) / 1024);
        let (ended, taken) = standing(&process).unwrap_or((true, busy));
        busy = taken;
        if ended {
            break;
        }
        if busy > HUNG {
            child.kill()?;
        }
        thread::sleep(Duration::from_millis(2));
    }
    let code = child.wait()?.code();
    if busy.is_zero() && !cfg!(target_os = "linux") {
        busy = start.elapsed();
    }
    let told = [out, err].map(|path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned());
    Ok(Run { code, busy, memory, told: told.concat() })
}

/// The number behind a name in a file of lines.
fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

/// Whether a process has ended and waits to be asked, and its processor time, which is counted in hundredths of a second.
fn standing(process: &Path) -> Option<(bool, Duration)> {
    let text = fs::read_to_string(process.join("stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let hundredths = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some((*fields.first()? == "Z", Duration::from_millis(hundredths * 10)))
}
