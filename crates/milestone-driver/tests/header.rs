//! The C header is what the sources say.

use std::path::Path;
use std::{env, fs};

/// Sources of the ABI: what the header needs to know.
const SOURCES: [&str; 6] = [
    "src/ffi/types.rs",
    "src/ffi/exports/library.rs",
    "src/ffi/exports/core.rs",
    "src/ffi/exports/cameras.rs",
    "src/ffi/exports/collecting.rs",
    "src/ffi/exports/sessions.rs",
];
const HEADER: &str = "include/rtmp_push_driver.h";

#[test]
fn the_header_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml");
    let builder = SOURCES.iter().fold(
        cbindgen::Builder::new().with_config(config),
        |builder, source| builder.with_src(root.join(source)),
    );
    let mut generated = Vec::new();
    builder.generate().expect("bindings").write(&mut generated);
    let generated = String::from_utf8(generated).expect("UTF-8");

    let header = root.join(HEADER);
    if env::var_os("UPDATE_HEADER").is_some() {
        fs::write(&header, &generated).expect("the header is written");
    }
    let present = fs::read_to_string(&header)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        present == generated,
        "{HEADER} is not what src/ffi says; UPDATE_HEADER=1 cargo test -p milestone-driver --test header writes it"
    );
}
