//! The DLL's version, as Windows shows it among a file's properties.

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo:rerun-if-changed=build.rs");
    if env::var_os("CARGO_CFG_WINDOWS").is_none() {
        return ExitCode::SUCCESS;
    }
    let mut resource = winresource::WindowsResource::new();
    resource
        .set("ProductName", "RTMP Push Driver")
        .set("FileDescription", "RTMP Push Driver for XProtect")
        .set(
            "LegalCopyright",
            "The RTMP Push Driver authors. MIT OR Apache-2.0",
        )
        .set("OriginalFilename", "milestone_driver.dll");
    match resource.compile() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the version resource does not compile: {error}");
            ExitCode::FAILURE
        }
    }
}
