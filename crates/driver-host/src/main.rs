//! The RTMP Push Driver without XProtect.
fn main() {}
