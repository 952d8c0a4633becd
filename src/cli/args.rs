//! The options and commands, as clap reads them. Owns spelling and help texts; does not decide what they mean together
//! (see `settings`).

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use jiff::civil::Date;

pub use super::choices::{By, OutputFile, OutputFormat};
pub use super::choices::{ColorWhen, FailOn, FlagsFormat, ListFormat, ReportFormat, parse_period};
use super::choices::{parse_date, parse_output, parse_shard, parse_size};
use crate::report::json::Shard;

const EXIT_CODES: &str = "\
Exit codes: 0 nothing at or above --fail-on (or all of it fixed), 1 diagnostics remain, 2 any error.
Without a command, `check` is meant: `flag-sweep src --fix` is `flag-sweep check src --fix`.";

/// Find feature flags that have become debt, and remove them from the code.
#[derive(Debug, Parser)]
#[command(name = "flag-sweep", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report flags that have become debt, and fix them with --fix (the default command)
    Check(Box<CheckArgs>),
    /// Remove what can be removed: `check --fix`, or a branch per flag
    Fix(Box<FixArgs>),
    /// List every flag: state, age, owner, checks
    Flags(Box<FlagsArgs>),
    /// Record what is found now, so that only what comes on top is reported
    Baseline(Box<BaselineArgs>),
    /// Write a report on flag debt
    Report(Box<ReportArgs>),
    /// Debt week by week, or when the checks of a flag came and went, from git history
    History(Box<HistoryArgs>),
    /// Say why a rule exists, or why a flag is judged as it is
    Explain(Box<ExplainArgs>),
    /// Look at a project and write its first flag-sweep.toml
    Init(InitArgs),
    /// Bring back what the last --fix changed, or one that was interrupted (undoing twice does it again)
    Undo(UndoArgs),
    /// Fetch what a provider knows of its flags, as a snapshot that check reads
    Pull(PullArgs),
    /// Say what remains to be done for a flag without checks, and do it with --apply
    Retire(Box<RetireArgs>),
    /// Remove what was kept of earlier runs in the user's cache directory
    Clean(CleanArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Write man pages into a directory
    Man(ManArgs),
}

/// Options that every command has.
#[derive(Args, Debug)]
pub struct GlobalArgs {
    /// Configuration file, instead of the flag-sweep.toml or pyproject.toml found upwards
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "isolated")]
    pub config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, global = true)]
    pub isolated: bool,
    /// Project root, instead of the nearest directory upwards with a configuration or a .git
    #[arg(long, global = true, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
    /// Results only: no summary, no progress, no warnings
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: every skipped file, where the configuration came from
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Number of threads [default: one per processor]
    #[arg(short = 'j', long, global = true, value_name = "N")]
    pub threads: Option<std::num::NonZeroUsize>,
}

/// Options of every command that looks at code.
#[derive(Args, Debug, Default)]
pub struct ScanArgs {
    /// Decide a flag by hand, without a registry (KEY=VALUE), or look at this flag only (KEY); may be repeated
    #[arg(long = "flag", value_name = "KEY[=VALUE]")]
    pub flags: Vec<String>,
    /// A check of your own, as a line of code with $KEY in it; may be repeated
    #[arg(long = "check", value_name = "LANG: PATTERN")]
    pub checks: Vec<String>,
    /// Provider file that describes an SDK, on top of the configuration's and those that are known; may be repeated
    #[arg(long = "provider", value_name = "FILE")]
    pub providers: Vec<PathBuf>,
    /// Registry file; may be repeated [default: the configuration's, else what is found in the root]
    #[arg(long = "registry", value_name = "FILE", conflicts_with = "no_registry")]
    pub registries: Vec<PathBuf>,
    /// Database of a table of flags that the configuration describes: postgres://…, or a file of SQLite; NAME is its
    /// `database` there; may be repeated [env: FLAG_SWEEP_DATABASE, FLAG_SWEEP_DATABASE_NAME]
    #[arg(long = "database", value_name = "[NAME=]ADDRESS")]
    pub databases: Vec<String>,
    /// Read no registry
    #[arg(long)]
    pub no_registry: bool,
    /// Leave out paths that match, on top of ignore files; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Skip, and report, larger files: bytes, or with the suffix K or M
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub max_file_size: Option<u64>,
    /// The day against which ages are measured [default: today, UTC]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub today: Option<Date>,
    /// Let flags that are off be removed too (deletes the branch for on)
    #[arg(long)]
    pub remove_off: bool,
    /// Let constants without a date be removed
    #[arg(long)]
    pub trust_undated: bool,
    /// Measure age in code too: look through the whole git history for the day on which code first mentioned each flag
    #[arg(long)]
    pub code_age: bool,
    /// How long a value must have been constant before it is removed, such as 14d
    #[arg(long, value_name = "PERIOD", value_parser = parse_period)]
    pub min_stable: Option<u32>,
    /// How old a snapshot may be for flags to be removed on its word, such as 7d [default: 14d]
    #[arg(long, value_name = "PERIOD", value_parser = parse_period)]
    pub max_snapshot_age: Option<u32>,
    /// The cache.
    #[command(flatten)]
    pub cache: CacheArgs,
}

/// Options of every command that may use what earlier runs found.
#[derive(Args, Debug, Default)]
pub struct CacheArgs {
    /// Keep nothing of this run for the next, and use nothing that was kept
    #[arg(long, env = "FLAG_SWEEP_NO_CACHE", value_parser = FalseyValueParser::new())]
    pub no_cache: bool,
    /// Where to keep what was found in files, outside the project [default: $XDG_CACHE_HOME/flag-sweep]
    #[arg(long, value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,
}

/// Options of `clean`.
#[derive(Args, Debug)]
pub struct CleanArgs {
    /// The directory that --cache-dir named
    #[arg(long, value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,
}

/// Options of `undo`.
#[derive(Args, Debug)]
pub struct UndoArgs {
    /// Forget what could be undone, and leave all files as they are
    #[arg(long)]
    pub forget: bool,
}

/// Options of `check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// Files and directories [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Apply safe fixes
    #[arg(long)]
    pub fix: bool,
    /// Count fixes that need review in, for --fix and --diff
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Leave constants, entries and members that declare a flag in place, also with --unsafe-fixes
    #[arg(long)]
    pub keep_definitions: bool,
    /// Print what --fix would do as a diff for `git apply`, and write nothing
    #[arg(long)]
    pub diff: bool,
    /// Fix files that are modified, untracked, or in no git repository
    #[arg(long)]
    pub allow_dirty: bool,
    /// How diagnostics are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output_format: OutputFormat,
    /// Write them to a file as well, in a format of its own: sarif=flags.sarif; may be repeated
    #[arg(long = "output", value_name = "FORMAT=FILE", value_parser = parse_output)]
    pub outputs: Vec<OutputFile>,
    /// Print how many there are by rule, flag, owner or path, instead of each
    #[arg(long, value_name = "BY", num_args = 0..=1, require_equals = true, default_missing_value = "rule")]
    pub statistics: Option<By>,
    /// Let this many diagnostics at or above --fail-on pass
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub max_findings: usize,
    /// Known diagnostics that are left out [default: flag-sweep-baseline.json in the root, where there is one]
    #[arg(long, value_name = "FILE", conflicts_with = "no_baseline")]
    pub baseline: Option<PathBuf>,
    /// Read no baseline
    #[arg(long)]
    pub no_baseline: bool,
    /// Fail when the baseline knows more than is found
    #[arg(long)]
    pub strict_baseline: bool,
    /// Report only what came in since the merge base with this commit or branch
    #[arg(long, value_name = "REF")]
    pub new_from: Option<String>,
    /// Write a comment beside each diagnostic that tells flag-sweep to ignore it
    #[arg(long, value_name = "REASON", num_args = 0..=1, require_equals = true, default_missing_value = "", conflicts_with_all = ["fix", "diff"])]
    pub add_ignore: Option<String>,
    /// Report this share of the files only, such as 1/4; shares are joined with `report --merge`
    #[arg(long, value_name = "I/N", value_parser = parse_shard, conflicts_with_all = ["fix", "diff", "add_ignore"])]
    pub shard: Option<Shard>,
    /// What the project is called where documents of several are joined
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// Lowest severity that makes the exit code 1 [default: warning, or the configuration's]
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// Exit with 0 although diagnostics remain; errors still exit with 2
    #[arg(long)]
    pub exit_zero: bool,
    /// Make it an error when no code file was found
    #[arg(long)]
    pub error_on_no_input: bool,
    /// Print what each provider and pattern matched instead of diagnostics
    #[arg(long, conflicts_with_all = ["fix", "diff"])]
    pub show_checks: bool,
    /// Which code and which flags.
    #[command(flatten)]
    pub scan: ScanArgs,
}

/// Options of `fix`.
#[derive(Args, Debug)]
pub struct FixArgs {
    /// Make a branch flag-sweep/KEY with one commit for each flag, leave your files as they are, and print the names;
    /// nothing is pushed
    #[arg(long)]
    pub branch_per_flag: bool,
    /// As `check`.
    #[command(flatten)]
    pub check: CheckArgs,
}

/// Options of `flags`.
#[derive(Args, Debug)]
pub struct FlagsArgs {
    /// Files and directories [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How the list is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output_format: FlagsFormat,
    /// Write to a file that does not exist yet, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Which code and which flags.
    #[command(flatten)]
    pub scan: ScanArgs,
}

/// Options of `report`.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// Files and directories [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Format of the report
    #[arg(long, value_name = "FORMAT", default_value = "markdown")]
    pub format: ReportFormat,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Join JSON documents of `check` (shares, projects) or of `report` (projects), instead of looking at code
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "paths")]
    pub merge: Vec<PathBuf>,
    /// What the project is called where reports of several are joined
    #[arg(long, value_name = "NAME", conflicts_with = "merge")]
    pub project: Option<String>,
    /// How a joined document of `check` is printed; a report goes by --format
    #[arg(long, value_name = "FORMAT", default_value = "json", requires = "merge")]
    pub output_format: OutputFormat,
    /// Compare with an earlier report, written with --format json
    #[arg(long, value_name = "FILE")]
    pub since: Option<PathBuf>,
    /// How far the curves go back in git, such as 104w; 0d for none [default: 52w for html, else none]
    #[arg(long, value_name = "PERIOD", value_parser = parse_period)]
    pub history: Option<u32>,
    /// Which code and which flags.
    #[command(flatten)]
    pub scan: ScanArgs,
}

/// Options of `baseline`.
#[derive(Args, Debug)]
pub struct BaselineArgs {
    /// What to do with the file
    #[command(subcommand)]
    pub action: BaselineAction,
}

/// What to do with a baseline.
#[derive(Debug, Subcommand)]
pub enum BaselineAction {
    /// Write a new file with everything that is found
    Create(BaselineOptions),
    /// Write everything that is found into the file, new or gone
    Update(BaselineOptions),
    /// Take out of the file what is no longer found, and add nothing
    Prune(BaselineOptions),
}

/// Options of every action on a baseline.
#[derive(Args, Debug)]
pub struct BaselineOptions {
    /// Files and directories [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The file [default: the configuration's, else flag-sweep-baseline.json in the root]
    #[arg(long = "file", value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Which code and which flags.
    #[command(flatten)]
    pub scan: ScanArgs,
}

/// Options of `history`.
#[derive(Args, Debug)]
pub struct HistoryArgs {
    /// A flag's key: when its checks came and went, over the whole history. Without one, debt week by week
    #[arg(value_name = "FLAG")]
    pub flag: Option<String>,
    /// How far the weeks go back, such as 52w
    #[arg(long, value_name = "PERIOD", value_parser = parse_period, default_value = "52w", conflicts_with = "flag")]
    pub since: u32,
    /// How it is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output_format: ListFormat,
    /// Which code and which flags.
    #[command(flatten)]
    pub scan: ScanArgs,
}

/// Options of `explain`.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// A rule code (stale-flag) or a flag's key
    #[arg(value_name = "RULE|FLAG")]
    pub subject: String,
    /// Files and directories to look for the flag in [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Which code and which flags.
    #[command(flatten)]
    pub scan: ScanArgs,
}

/// Options of `init`.
#[derive(Args, Debug)]
pub struct InitArgs {
    /// The project [default: the nearest directory upwards with a .git, else .]
    #[arg(value_name = "DIR")]
    pub path: Option<PathBuf>,
    /// Print the file instead of writing it
    #[arg(long, visible_alias = "dry-run")]
    pub stdout: bool,
    /// Leave out paths that match, on top of ignore files; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
}

/// Options of every command that asks a provider's server.
#[derive(Args, Debug)]
pub struct ServerArgs {
    /// Address of the provider's API [default: the user's configuration, else the provider's public server]
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The project at the provider
    #[arg(long, value_name = "PROJECT")]
    pub project: Option<String>,
    /// Environment variable that holds the token, instead of the provider's usual ones
    #[arg(long, value_name = "NAME")]
    pub token_env: Option<String>,
    /// Send the token over a connection that is not encrypted
    #[arg(long)]
    pub allow_http: bool,
    /// How many seconds one request may take
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub timeout: u32,
    /// How often a request is made again that failed for a reason that may pass
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u32).range(0..=20))]
    pub retries: u32,
}

/// Options of `pull`.
#[derive(Args, Debug)]
pub struct PullArgs {
    /// The provider: configcat, flagsmith, growthbook, launchdarkly, posthog, statsig, unleash; or sql, for the tables that
    /// `[[registries]]` describes
    #[arg(value_name = "PROVIDER")]
    pub provider: String,
    /// An environment to fetch; may be repeated [default: all]
    #[arg(long, value_name = "NAME")]
    pub environment: Vec<String>,
    /// File to write [default: .flag-sweep/PROVIDER.snapshot.json in the project]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Database of tables of flags, for sql: postgres://…, or a file of SQLite; NAME is its `database` in the
    /// configuration; may be repeated [env: FLAG_SWEEP_DATABASE, FLAG_SWEEP_DATABASE_NAME]
    #[arg(long = "database", value_name = "[NAME=]ADDRESS")]
    pub databases: Vec<String>,
    /// Whom to ask.
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Options of `retire`.
#[derive(Args, Debug)]
pub struct RetireArgs {
    /// The flag's key
    #[arg(value_name = "FLAG")]
    pub flag: String,
    /// Do it: archive the flag at the provider, delete its rows, take its entries out of registry files
    #[arg(long)]
    pub apply: bool,
    /// Database of a table of flags that the configuration describes: postgres://…, or a file of SQLite; NAME is its
    /// `database` there; may be repeated [env: FLAG_SWEEP_DATABASE, FLAG_SWEEP_DATABASE_NAME]
    #[arg(long = "database", value_name = "[NAME=]ADDRESS")]
    pub databases: Vec<String>,
    /// Edit files that are modified, untracked, or in no git repository
    #[arg(long)]
    pub allow_dirty: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Registry file; may be repeated [default: the configuration's, else what is found in the root]
    #[arg(long = "registry", value_name = "FILE")]
    pub registries: Vec<PathBuf>,
    /// A check of your own, as a line of code with $KEY in it; may be repeated
    #[arg(long = "check", value_name = "LANG: PATTERN")]
    pub checks: Vec<String>,
}

/// Options of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Options of `man`.
#[derive(Args, Debug)]
pub struct ManArgs {
    /// The directory
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
}

/// Puts the command first, so that `flag-sweep --fix src` and `flag-sweep --fix check src` mean
/// `flag-sweep check --fix src`. Arguments that only ask for help or the version stay as they are.
pub fn with_command_first(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let root = Cli::command();
    let mut position = 1;
    while let Some(argument) = arguments.get(position) {
        let text = argument.to_string_lossy();
        if text == "--" {
            break;
        }
        if text == "-" || !text.starts_with('-') {
            if text == "help" || root.find_subcommand(&*text).is_some() {
                let command = arguments.remove(position);
                arguments.insert(1, command);
                return arguments;
            }
            break;
        }
        if matches!(&*text, "-h" | "--help" | "-V" | "--version") && position == 1 {
            return arguments;
        }
        position += if takes_next(&root, &text) { 2 } else { 1 };
    }
    arguments.insert(arguments.len().min(1), "check".into());
    arguments
}

/// Whether the value of an option is the next argument.
fn takes_next(root: &clap::Command, option: &str) -> bool {
    let all = || std::iter::once(root).chain(root.get_subcommands()).flat_map(clap::Command::get_arguments);
    let valued = |argument: &clap::Arg| argument.get_action().takes_values();
    match option.strip_prefix("--") {
        Some(long) => all().any(|argument| argument.get_long() == Some(long) && valued(argument)),
        None => {
            // In `-qj4` and `-qj 4` the first letter that wants a value ends the group.
            let mut letters = option.chars().skip(1);
            let wants = |letter| all().any(|argument| argument.get_short() == Some(letter) && valued(argument));
            letters.any(wants) && letters.next().is_none()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Cli, Command, parse_period, with_command_first};

    fn check(line: &str, expected: &str) {
        let arguments = line.split(' ').map(Into::into).collect();
        let moved: Vec<String> =
            with_command_first(arguments).into_iter().map(|argument| argument.into_string().expect("UTF-8")).collect();
        assert_eq!(moved.join(" "), expected);
    }

    #[test]
    fn check_is_the_default_command() {
        check("flag-sweep", "flag-sweep check");
        check("flag-sweep src", "flag-sweep check src");
        check("flag-sweep --fix src", "flag-sweep check --fix src");
        check("flag-sweep --root flags src", "flag-sweep check --root flags src");
        check("flag-sweep --root=x flags", "flag-sweep flags --root=x");
        check("flag-sweep -j 4 --fix check src", "flag-sweep check -j 4 --fix src");
        check("flag-sweep -qj4 flags", "flag-sweep flags -qj4");
        check("flag-sweep -- flags", "flag-sweep check -- flags");
        check("flag-sweep --help", "flag-sweep --help");
        check("flag-sweep help check", "flag-sweep help check");
    }

    #[test]
    fn definitions_hold_together() {
        Cli::command().debug_assert();
        let line =
            "flag-sweep check --fix --unsafe-fixes --allow-dirty --config c.toml --flag a=true --flag b=\"v2\" .";
        let Command::Check(options) = Cli::parse_from(line.split(' ')).command else { panic!("check was given") };
        assert_eq!(options.scan.flags, ["a=true", "b=\"v2\""]);
        assert!(options.fix && options.unsafe_fixes && options.allow_dirty);
    }

    #[test]
    fn periods_are_days_or_weeks() {
        assert_eq!(parse_period("30d"), Ok(30));
        assert_eq!(parse_period("2w"), Ok(14));
        for text in ["", "d", "30", "-1d", "9999999999d", "1y"] {
            assert!(parse_period(text).is_err(), "{text}");
        }
    }
}
