//! What each of the crates can read, of what publishers and relays send: yes or no, not how fast.

use std::panic::{self, AssertUnwindSafe};

mod chunk_stream;
mod values;

pub fn run() {
    // Who panics is in the table.
    panic::set_hook(Box::new(|_| ()));
    table("Chunk stream, what can be read", &chunk_stream::rows());
    table("AMF0, what can be read", &values::rows());
    let _ = panic::take_hook();
}

/// Something that is sent, and what becomes of it.
struct Row {
    title: &'static str,
    outcomes: Vec<(&'static str, &'static str)>,
}

/// What becomes of something that is read.
fn outcome(read: impl FnOnce() -> bool) -> &'static str {
    match panic::catch_unwind(AssertUnwindSafe(read)) {
        Ok(true) => "yes",
        Ok(false) => "**no**",
        Err(_) => "**panics**",
    }
}

fn table(title: &str, rows: &[Row]) {
    println!("\n## {title}\n");
    let Some(first) = rows.first() else {
        return;
    };
    let names: Vec<_> = first.outcomes.iter().map(|(name, _)| *name).collect();
    println!("| | {} |", names.join(" | "));
    println!("|---|{}", "---|".repeat(names.len()));
    for row in rows {
        let cells: Vec<_> = row.outcomes.iter().map(|(_, cell)| *cell).collect();
        println!("| {} | {} |", row.title, cells.join(" | "));
    }
}
