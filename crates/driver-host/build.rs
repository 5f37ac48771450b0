//! The program's icon and version, as Windows shows them.

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=icon.ico");
    if env::var_os("CARGO_CFG_WINDOWS").is_none() {
        return ExitCode::SUCCESS;
    }
    let mut resource = winresource::WindowsResource::new();
    resource
        .set_icon("icon.ico")
        .set("ProductName", "RTMP Push Driver")
        .set("FileDescription", "RTMP Push Driver without XProtect")
        .set(
            "LegalCopyright",
            "The RTMP Push Driver authors. MIT OR Apache-2.0",
        )
        .set("OriginalFilename", "driver-host.exe");
    match resource.compile() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the icon and version resource does not compile: {error}");
            ExitCode::FAILURE
        }
    }
}
