//! Target `config` of `oracles::TARGETS`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flag_sweep_fuzz::run("config", data));
