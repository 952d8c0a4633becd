//! The binary: hands the arguments to the command line layer and ends with its exit code. Owns nothing else.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    flag_sweep::cli::main()
}
