//! What generated Rust programs call: the stub SDK, calls that log, values that log when they are dropped. Owns no
//! judgement.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static STEPS: Cell<usize> = const { Cell::new(0) };
}

pub fn note(entry: String) {
    LOG.with(|log| log.borrow_mut().push(entry));
    tick();
}

/// Both sides stop at the same step.
const MOST_STEPS: usize = 300;

pub fn tick() {
    let steps = STEPS.get() + 1;
    STEPS.set(steps);
    if steps == MOST_STEPS {
        panic!("too many steps");
    }
}

pub fn log(number: u32, value: bool) -> bool {
    note(format!("{number}"));
    value
}

pub fn number(number: u32, value: i64) -> i64 {
    note(format!("{number}"));
    value
}

pub fn text(number: u32, value: &str) -> String {
    note(format!("{number}"));
    value.to_owned()
}

pub fn some(number: u32, value: Option<i64>) -> Option<i64> {
    note(format!("{number}"));
    value
}

pub fn attempt(number: u32, value: Option<i64>) -> Result<i64, Oops> {
    note(format!("{number}"));
    value.ok_or(Oops)
}

pub fn show<T: Debug + ?Sized>(value: &T) -> bool {
    note(format!("show {value:?}"));
    true
}

/// What an expression calls and yields, for all values of a call and of a name.
pub fn table(expression: &dyn Fn(&dyn Fn() -> bool, bool) -> bool) {
    let mut rows = Vec::new();
    for left in [true, false] {
        for right in [true, false] {
            let calls = Cell::new(0);
            let call = || {
                calls.set(calls.get() + 1);
                left
            };
            let value = expression(&call, right);
            rows.push(format!("{left} {right}: {}{value}", "a() ".repeat(calls.get())));
        }
    }
    LOG.with(|log| log.borrow_mut().push(format!("table {}", rows.join("; "))));
}

#[derive(Debug)]
pub struct Oops;

#[derive(Debug)]
pub struct Guard(u32, bool);

pub fn guard(number: u32, on: bool) -> Guard {
    note(format!("new {number}"));
    Guard(number, on)
}

impl Guard {
    pub fn on(&self) -> bool {
        note(format!("on {}", self.0));
        self.1
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A drop during a panic must not panic again.
        LOG.with(|log| log.borrow_mut().push(format!("drop {}", self.0)));
    }
}

pub enum Served {
    Bool(bool),
    Int(i64),
    Text(&'static str),
}

pub struct Client {
    pub flags: Vec<(&'static str, Served)>,
}

impl Client {
    fn find(&self, key: &str) -> &Served {
        &self.flags.iter().find(|(flag, _)| *flag == key).expect("a known key").1
    }

    pub fn is_enabled(&self, key: &str, _fallback: bool) -> bool {
        matches!(self.find(key), Served::Bool(true))
    }

    pub fn is_disabled(&self, key: &str, fallback: bool) -> bool {
        !self.is_enabled(key, fallback)
    }

    pub fn get_string(&self, key: &str, _fallback: String) -> String {
        match self.find(key) {
            Served::Bool(on) => on.to_string(),
            Served::Int(number) => number.to_string(),
            Served::Text(text) => (*text).to_owned(),
        }
    }

    pub fn get_int(&self, key: &str, _fallback: i64) -> i64 {
        match self.find(key) {
            Served::Bool(on) => i64::from(*on),
            Served::Int(number) => *number,
            Served::Text(_) => panic!("not a number"),
        }
    }

    pub fn try_enabled(&self, key: &str) -> Result<bool, Oops> {
        Ok(self.is_enabled(key, false))
    }

    pub fn try_string(&self, key: &str) -> Result<String, Oops> {
        Ok(self.get_string(key, String::new()))
    }
}

pub fn observe(name: &str, client: Client, program: fn(&Client)) {
    LOG.with(|log| log.borrow_mut().clear());
    STEPS.set(0);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| program(&client)));
    let outcome = match outcome {
        Ok(_) => "ended",
        Err(_) if STEPS.get() >= MOST_STEPS => "too many steps",
        Err(_) => "panicked",
    };
    let entries = LOG.with(|log| log.borrow_mut().drain(..).map(|entry| entry.replace('\n', " ")).collect::<Vec<_>>());
    println!("{name}\t{outcome}\t{}", entries.join("\t"));
}
