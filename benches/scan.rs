//! What looking for checks costs over a bare parse: `cargo bench --bench scan -- [DIR…] [options of check]`, or without a
//! folder on a tree made here in which every file holds checks. `FLAG_SWEEP_ROUNDS` sets the number of rounds,
//! `FLAG_SWEEP_FILES` and `FLAG_SWEEP_PARTS` the size of that tree: thrice so many files, each with so many checks. Owns the
//! measurement only: nothing fails because it is slow.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Instant;

use clap::Parser as _;
use flag_sweep::cli::args::{Cli, Command, with_command_first};
use flag_sweep::cli::settings::prepare;
use flag_sweep::load::{Stage, load, load_watched};
use flag_sweep::project::Project;
use flag_sweep::settings::Settings;
use flag_sweep::source::{Source, read, walk};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    // `cargo bench` adds an argument of its own.
    let mut arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let dense = tempfile::tempdir()?;
    if !arguments.iter().any(|argument| Path::new(argument).is_dir()) {
        write_dense(dense.path())?;
        arguments.push(dense.path().display().to_string());
        arguments.push("--isolated".to_owned());
    }
    let words = ["flag-sweep".to_owned(), "check".to_owned()].into_iter().chain(arguments).map(Into::into).collect();
    let cli = Cli::try_parse_from(with_command_first(words))?;
    let Command::Check(options) = &cli.command else { anyhow::bail!("give a folder and options of `check`") };
    // Threads as the binary makes them: syntax trees may be deep.
    let threads = cli.global.threads.map_or(0, usize::from);
    rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(16 << 20).build_global()?;
    let settings = prepare(&cli.global, &options.scan, &options.paths)?.settings;
    measure(&settings, setting("FLAG_SWEEP_ROUNDS", 10))
}

fn setting(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// What a round measures, in processor time of all threads. The parts of `load` are told by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The files that are parsed, once each.
    Parse,
    /// Walking and reading alone, of all files.
    Read,
    /// What else it takes to know which files to parse.
    Prefilter,
    /// Parsing them, again where a round found something new, and taking facts.
    Scan,
    Resolve,
    /// Keys of flags, in all files.
    Search,
    /// Definitions, with what is parsed for them.
    Definitions,
    /// What is left of `load`.
    Rest,
    /// All of `load`.
    Load,
}

const PARTS: [(Part, &str); 9] = [
    (Part::Parse, "bare parse of them"),
    (Part::Read, "walk and read all"),
    (Part::Prefilter, "prefilter all"),
    (Part::Scan, "parse and facts"),
    (Part::Resolve, "names across files"),
    (Part::Search, "look for keys in all"),
    (Part::Definitions, "definitions"),
    (Part::Rest, "the rest"),
    (Part::Load, "load"),
];

type Round = [f64; PARTS.len()];

/// The two in turns, so that what else the machine does meets both.
fn measure(settings: &Settings, rounds: usize) -> anyhow::Result<()> {
    let project = load(settings, &[])?;
    let sources: Vec<&Source> = project.sources.iter().map(|(_, source)| source).collect();
    let (mut work, mut wall) = (Vec::new(), Vec::new());
    let mut size = 0;
    for _ in 0..rounds {
        let (parse, ()) = timed(|| parse_all(&sources));
        let (read, found) = timed(|| read_all(settings));
        size = found?;
        let (last, parts) = (Cell::new(now()), RefCell::new([0.0; PARTS.len()]));
        let (load, again) = timed(|| {
            load_watched(settings, &[], &|stage| {
                let part = match stage {
                    Stage::Read => Part::Prefilter,
                    Stage::Scan => Part::Scan,
                    Stage::Resolve => Part::Resolve,
                    Stage::Search => Part::Search,
                    Stage::Definitions => Part::Definitions,
                };
                let at = now();
                parts.borrow_mut()[part as usize] += at - last.replace(at);
            })
        });
        anyhow::ensure!(again?.checks.len() == project.checks.len(), "two runs found different checks");
        let mut round: Round = parts.into_inner();
        round[Part::Rest as usize] = load.work - round.iter().sum::<f64>();
        round[Part::Prefilter as usize] -= read.work;
        round[Part::Parse as usize] = parse.work;
        round[Part::Read as usize] = read.work;
        round[Part::Load as usize] = load.work;
        work.push(round);
        wall.push(load.wall / parse.wall);
    }
    report(&project, &sources, size, &work, wall);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what a benchmark is for")]
fn report(project: &Project, sources: &[&Source], size: usize, work: &[Round], wall: Vec<f64>) {
    let bytes: usize = sources.iter().map(|source| source.text.len()).sum();
    let (files, all, kept, size) = (sources.len(), project.files.len(), bytes >> 10, size >> 10);
    println!("{} checks, {} pins", project.checks.len(), project.overrides.len());
    // A ratio is small, too, where files are parsed for nothing: both sides of it are printed.
    println!("{files} of {all} code files are parsed, {kept} of {size} KiB; milliseconds of processors:");
    for (part, what) in PARTS {
        let (least, middle) = least_and_middle(work.iter().map(|round| round[part as usize] * 1e3).collect());
        println!("{what:20} least {least:8.1}, median {middle:8.1}");
    }
    // The least of the work over the least of the parse: in a single round something else may have met the parse alone.
    let ratio = |parts: &[Part]| {
        let over = |round: &Round| parts.iter().map(|part| round[*part as usize]).sum::<f64>();
        let parse = |round: &Round| round[Part::Parse as usize];
        let told = |of: &dyn Fn(&Round) -> f64| least_and_middle(work.iter().map(of).collect());
        (told(&over).0 / told(&parse).0, told(&|round| over(round) / parse(round)).1)
    };
    let facts = ratio(&[Part::Scan]);
    let checks = ratio(&[Part::Scan, Part::Resolve]);
    let scan = ratio(&[Part::Scan, Part::Resolve, Part::Definitions, Part::Rest]);
    let unread = [Part::Prefilter, Part::Scan, Part::Resolve, Part::Search, Part::Definitions, Part::Rest];
    for (what, (least, middle)) in [
        ("parse and facts", facts),
        ("finding checks (parse and facts, names)", checks),
        ("work on candidates (parse and facts, names, definitions, rest)", scan),
        ("all but walking and reading", ratio(&unread)),
        ("load by the clock", least_and_middle(wall)),
    ] {
        println!("{what} / bare parse: least {least:.2}, median {middle:.2}");
    }
}

fn least_and_middle(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[0], values[values.len() / 2])
}

/// Seconds.
struct Time {
    wall: f64,
    /// Of all threads together, where the system tells; what else runs on the machine does not count.
    work: f64,
}

fn timed<T>(run: impl FnOnce() -> T) -> (Time, T) {
    let (started, before) = (Instant::now(), now());
    let result = run();
    (Time { wall: started.elapsed().as_secs_f64(), work: now() - before }, result)
}

/// Seconds of work, or by the clock where the system does not tell.
fn now() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    work().unwrap_or_else(|| START.elapsed().as_secs_f64())
}

/// Seconds that the threads of this process have run. Threads of a walk that have ended are counted by none: they read.
fn work() -> Option<f64> {
    let mut nanoseconds = 0u64;
    for task in fs::read_dir("/proc/self/task").ok()? {
        let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        nanoseconds += text.split_ascii_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(nanoseconds as f64 / 1e9)
}

fn parse_all(sources: &[&Source]) {
    sources.par_iter().for_each(|source| {
        std::hint::black_box(source.language.map(|language| language.parse(&source.text)));
    });
}

/// How many bytes there are.
fn read_all(settings: &Settings) -> anyhow::Result<usize> {
    let walked = walk::walk(settings)?;
    let read = walked.files.par_iter().map(|file| {
        let text = read::read(&settings.root.join(&file.path), settings.max_file_size).unwrap_or_default();
        std::hint::black_box(text).len()
    });
    Ok(read.sum())
}

/// Files like those of an application, each with a few checks among code that has nothing to do with flags.
fn write_dense(folder: &Path) -> std::io::Result<()> {
    let parts = setting("FLAG_SWEEP_PARTS", 20);
    for number in 0..setting("FLAG_SWEEP_FILES", 60) {
        let (mut python, mut rust, mut tsx) = (String::new(), String::new(), String::new());
        python.push_str("import logging\n\nimport waffle\n\nfrom shop.models import Order\n\nlog = logging.getLogger(__name__)\nNEW_TAX = \"new-tax\"\n");
        rust.push_str(
            "use std::collections::HashMap;\n\nuse open_feature::Client;\n\nconst NEW_TAX: &str = \"new-tax\";\n",
        );
        tsx.push_str("import React, { useMemo } from \"react\";\nimport { useFlag } from \"@unleash/proxy-client-react\";\nimport { Panel } from \"./Panel\";\n");
        for part in 0..parts {
            let flag = format!("flag-{}", (number * parts + part) % 97);
            write_part(&mut python, PYTHON, &flag, part);
            write_part(&mut rust, RUST, &flag, part);
            write_part(&mut tsx, TSX, &flag, part);
        }
        for (ending, text) in [("py", python), ("rs", rust), ("tsx", tsx)] {
            fs::write(folder.join(format!("part{number}.{ending}")), text)?;
        }
    }
    Ok(())
}

fn write_part(text: &mut String, template: &str, flag: &str, part: usize) {
    let _ = writeln!(text, "{}", template.replace("FLAG", flag).replace("PART", &part.to_string()));
}

const PYTHON: &str = r#"
def total_PART(order: Order, rates: dict[str, float]) -> float:
    """Sum of the order's lines, with tax."""
    total = 0.0
    for line in order.lines.filter(active=True).select_related("product"):
        rate = rates.get(line.product.kind, rates["default"])
        total += line.amount * (1 + rate) if line.taxed else line.amount
    if waffle.switch_is_active("FLAG"):
        log.info("total of %s is %.2f", order.pk, total)
        return round(total, 2)
    return float(sum(int(line.amount * 100) for line in order.lines.all())) / 100
"#;

const RUST: &str = r#"
/// Sum of the order's lines, with tax.
pub async fn total_PART(client: &Client, order: &Order, rates: &HashMap<String, f64>) -> Result<f64, Error> {
    let mut total = 0.0;
    for line in order.lines.iter().filter(|line| line.active) {
        let rate = rates.get(&line.kind).copied().unwrap_or_default();
        total += if line.taxed { line.amount * (1.0 + rate) } else { line.amount };
    }
    if client.get_bool_value("FLAG", None, None).await.unwrap_or(false) {
        tracing::info!("total of {} is {:.2}", order.id, total);
        return Ok((total * 100.0).round() / 100.0);
    }
    match order.currency.as_str() {
        "EUR" | "USD" => Ok(total),
        other => Err(Error::Currency(other.to_owned())),
    }
}
"#;

const TSX: &str = r#"
export function TotalPART({ order, rates }: { order: Order; rates: Record<string, number> }): JSX.Element {
    const isNew = useFlag("FLAG");
    const total = useMemo(() => {
        let sum = 0;
        for (const line of order.lines.filter((at) => at.active)) {
            const rate = rates[line.kind] ?? 0;
            sum += line.taxed ? line.amount * (1 + rate) : line.amount;
        }
        return sum;
    }, [order.lines, rates]);
    if (isNew) {
        return <Panel title={`Total of ${order.id}`} onClose={() => order.close()}>{total.toFixed(2)}</Panel>;
    }
    return (
        <div className="total">
            <span>{order.name}</span>
            <b>{Math.round(total)}</b>
        </div>
    );
}
"#;
