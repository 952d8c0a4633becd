//! The two streams: results on standard output, everything else on standard error. Owns colour, quietness, and what a
//! closed pipe means; formats nothing.

use std::env;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use anyhow::{Context, Result};
use indicatif::ProgressBar;

use super::args::{ColorWhen, GlobalArgs};
use crate::report::escape;

/// How to talk to the user.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Colour on standard output.
    pub color: bool,
    color_errors: bool,
    quiet: bool,
    /// Whether to say more.
    pub verbose: bool,
}

impl Terminal {
    /// Decides from options, environment and streams.
    pub fn new(global: &GlobalArgs) -> Self {
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        Self {
            color: wants_color(global.color, out),
            color_errors: wants_color(global.color, err),
            quiet: global.quiet,
            verbose: global.verbose,
        }
    }

    /// Columns of the terminal behind standard output; `None` for files and pipes.
    pub fn width(&self) -> Option<u16> {
        terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0)
    }

    /// Prints a result. A reader that went away wants no more of it, which is no error.
    ///
    /// # Errors
    /// When standard output cannot be written for another reason, such as a full disk.
    pub fn result(&self, text: &str) -> Result<()> {
        let written = if self.color {
            write_all(&mut anstream::AutoStream::always(io::stdout()).lock(), text)
        } else {
            // Without colour the text holds no escapes by construction, so it goes out byte for byte.
            write_all(&mut io::stdout().lock(), text)
        };
        match written {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(error).context("cannot write to standard output")
            }
            _ => Ok(()),
        }
    }

    /// Prints a summary on standard error, unless `--quiet`.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.put(text);
        }
    }

    /// Prints a summary on standard output, unless `--quiet`.
    ///
    /// # Errors
    /// As [`Self::result`].
    pub fn summary(&self, text: &str) -> Result<()> {
        if self.quiet { Ok(()) } else { self.result(text) }
    }

    /// Prints a detail on standard error, with `--verbose` only.
    pub fn detail(&self, text: &str) {
        if self.verbose {
            self.put(&format!("{text}\n"));
        }
    }

    /// Prints a warning, unless `--quiet`.
    pub fn warn(&self, text: &str) {
        if !self.quiet {
            self.labelled("warning", AnsiColor::Yellow, text);
        }
    }

    /// Prints an error. Errors that come with a frame of their own bring the label too.
    pub fn error(&self, text: &str) {
        let text = text.strip_prefix("error: ").unwrap_or(text);
        self.labelled("error", AnsiColor::Red, text);
    }

    fn labelled(&self, label: &str, color: AnsiColor, text: &str) {
        let style = if self.color_errors { Style::new().bold().fg_color(Some(color.into())) } else { Style::new() };
        self.put(&format!("{style}{label}{style:#}: {}\n", escape::lines(text)));
    }

    fn put(&self, text: &str) {
        // There is nowhere left to say that standard error is closed.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Shows that something goes on, while the result lives: on terminals, for runs of over a second, outside CI.
    pub fn progress(&self, message: &'static str) -> Progress {
        if self.quiet || !io::stderr().is_terminal() || env::var_os("CI").is_some() {
            return Progress(None);
        }
        let (done, wait) = mpsc::channel::<String>();
        let spinner = thread::spawn(move || {
            let start = Instant::now();
            while let Some(rest) = Duration::from_secs(1).checked_sub(start.elapsed()) {
                if wait.recv_timeout(rest) == Err(RecvTimeoutError::Disconnected) {
                    return;
                }
            }
            let bar = ProgressBar::new_spinner().with_message(message);
            bar.enable_steady_tick(Duration::from_millis(120));
            // Ends when the sender is dropped.
            while let Ok(message) = wait.recv() {
                bar.set_message(message);
            }
            bar.finish_and_clear();
        });
        Progress(Some((done, spinner)))
    }
}

/// Something that goes on; ends when dropped.
#[derive(Debug)]
pub struct Progress(Option<(Sender<String>, JoinHandle<()>)>);

impl Progress {
    /// Says how far it is.
    pub fn say(&self, message: String) {
        if let Some((sender, _)) = &self.0 {
            // A spinner that is gone has nobody to tell.
            let _ = sender.send(message);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, spinner)) = self.0.take() {
            drop(done);
            // A spinner that panicked has nothing to tell.
            let _ = spinner.join();
        }
    }
}

fn write_all(stream: &mut impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// The option beats NO_COLOR, which beats CLICOLOR_FORCE and FORCE_COLOR, which beat the kind of stream.
fn wants_color(when: ColorWhen, terminal: bool) -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = |name| env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto if set("NO_COLOR") => false,
        ColorWhen::Auto if forced("CLICOLOR_FORCE") || forced("FORCE_COLOR") => true,
        ColorWhen::Auto => terminal && env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}
