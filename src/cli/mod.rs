//! The command line: options and configuration in, streams and exit code out. Clock, environment and current directory
//! are read here and nowhere below.

pub mod add_ignore;
pub mod args;
pub mod baseline;
pub mod branches;
pub mod caching;
pub mod check;
pub mod choices;
pub mod code_age;
pub mod config;
pub mod explain;
pub mod history;
pub mod init;
pub mod known;
pub mod list;
pub mod merge;
pub mod output;
pub mod policies;
pub mod pull;
mod pull_sql;
pub mod registries;
pub mod report;
pub mod retire;
pub mod server;
pub mod settings;
pub mod terminal;
pub mod undo;
pub mod user;

use std::env;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{CommandFactory, Parser};

use args::{Cli, Command};
use check::Ending;
use terminal::Terminal;

/// Stack of the threads that look at syntax trees, which may be deep.
const STACK: usize = 16 * 1024 * 1024;

/// Runs the command line.
pub fn main() -> ExitCode {
    let arguments = args::with_command_first(env::args_os().collect());
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results, anything else is an error; a closed pipe is neither.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    file_size_limits_are_errors();
    let terminal = Terminal::new(&cli.global);
    let ending = dispatch(&cli, &terminal).unwrap_or_else(|error| {
        terminal.error(&format!("{error:#}"));
        Ending::Error
    });
    ExitCode::from(match ending {
        Ending::Clean => 0,
        Ending::Diagnostics => 1,
        Ending::Error => 2,
    })
}

/// A file that grows over the limit of the process is an error of that write, which is told of, and not its end.
fn file_size_limits_are_errors() {
    #[cfg(unix)]
    {
        let noticed = std::sync::Arc::default();
        // Where it cannot be set up, the signal ends the process as it would have.
        let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, noticed);
    }
}

fn dispatch(cli: &Cli, terminal: &Terminal) -> Result<Ending> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(cli.global.threads.map_or(0, usize::from))
        .stack_size(STACK)
        .build_global()
        .context("cannot start threads")?;
    match &cli.command {
        Command::Baseline(options) => baseline::baseline(&cli.global, options, terminal),
        Command::Check(options) => check::check(&cli.global, options, terminal),
        Command::Clean(options) => caching::clean(options, terminal),
        Command::Completions(options) => {
            let mut script = Vec::new();
            clap_complete::generate(options.shell, &mut Cli::command(), "flag-sweep", &mut script);
            terminal.result(&String::from_utf8_lossy(&script))?;
            Ok(Ending::Clean)
        }
        Command::Explain(options) => explain::explain(&cli.global, options, terminal),
        Command::Fix(options) if options.branch_per_flag => branches::branches(&cli.global, &options.check, terminal),
        Command::Fix(options) => check::fix_all(&cli.global, &options.check, terminal),
        Command::Man(options) => {
            clap_mangen::generate_to(Cli::command(), &options.directory).context("cannot write the man pages")?;
            Ok(Ending::Clean)
        }
        Command::History(options) => history::history(&cli.global, options, terminal),
        Command::Init(options) => init::init(&cli.global, options, terminal),
        Command::Flags(options) => list::flags(&cli.global, options, terminal),
        Command::Report(options) if !options.merge.is_empty() => merge::merge(options, terminal),
        Command::Report(options) => report::report(&cli.global, options, terminal),
        Command::Pull(options) => pull::pull(&cli.global, options, terminal),
        Command::Retire(options) => retire::retire(&cli.global, options, terminal),
        Command::Undo(options) => undo::undo(&cli.global, options, terminal),
    }
}
