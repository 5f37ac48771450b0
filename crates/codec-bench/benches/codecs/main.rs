//! The codec crates next to the published ones, on the same recorded bytes in one run:
//! `cargo bench`, or `cargo bench -- chunk` for one of `amf0`, `chunk`, `flv`, and `readable`, what
//! each can read at all.

mod amf0;
mod chunk;
mod flv;
mod readable;

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let subjects: [(&str, fn()); 4] = [
        ("amf0", amf0::run),
        ("chunk", chunk::run),
        ("flv", flv::run),
        ("readable", readable::run),
    ];
    for (name, run) in subjects {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            run();
        }
    }
}
