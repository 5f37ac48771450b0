//! Tables in Markdown, and whether the bars hold.

use crate::race::Outcome;

/// A column of a table: the same work, done by everybody.
pub struct Column {
    pub title: String,
    /// What the work goes over, for the throughput.
    pub bytes: usize,
    pub outcomes: Vec<Outcome>,
}

impl Column {
    fn outcome(&self, name: &str) -> Option<&Outcome> {
        self.outcomes.iter().find(|outcome| outcome.name == name)
    }

    fn nanos(&self, name: &str) -> Option<f64> {
        self.outcome(name)?.nanos
    }

    fn fastest_peer(&self) -> Option<(&'static str, f64)> {
        self.outcomes
            .iter()
            .filter(|outcome| outcome.is_peer)
            .filter_map(|peer| Some((peer.name, peer.nanos?)))
            .min_by(|(_, one), (_, other)| one.total_cmp(other))
    }

    fn gigabytes_per_second(&self, nanos: f64) -> f64 {
        self.bytes as f64 / nanos
    }
}

/// What is shown of each outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Nanoseconds,
    GigabytesPerSecond,
}

pub fn table(title: &str, unit: Unit, columns: &[Column]) {
    println!("\n## {title}\n");
    let titles: Vec<_> = columns.iter().map(|column| column.title.as_str()).collect();
    println!("| | {} |", titles.join(" | "));
    println!("|---|{}", "---:|".repeat(columns.len()));
    let mut names = Vec::new();
    for outcome in columns.iter().flat_map(|column| &column.outcomes) {
        if !names.contains(&outcome.name) {
            names.push(outcome.name);
        }
    }
    for name in names {
        let cells: Vec<_> = columns
            .iter()
            .map(|column| match column.outcome(name) {
                None => String::new(),
                Some(Outcome { nanos: None, .. }) => "fails".to_owned(),
                Some(Outcome {
                    nanos: Some(nanos), ..
                }) => match unit {
                    Unit::Nanoseconds => format!("{nanos:.0}"),
                    Unit::GigabytesPerSecond => {
                        format!("{:.2}", column.gigabytes_per_second(*nanos))
                    }
                },
            })
            .collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
}

/// A promise: so many times as fast as something.
pub struct Bar<'a> {
    pub column: &'a Column,
    pub ours: &'static str,
    pub times: f64,
    /// `None`: the fastest of the peers.
    pub than: Option<&'static str>,
}

pub fn bars(title: &str, bars: &[Bar<'_>]) {
    println!("\n### {title}: bars\n");
    println!("| | | compared with | ratio | bar | |");
    println!("|---|---|---|---:|---:|---|");
    for bar in bars {
        let other = match bar.than {
            None => bar.column.fastest_peer(),
            Some(name) => bar.column.nanos(name).map(|nanos| (name, nanos)),
        };
        let (Some(ours), Some((name, theirs))) = (bar.column.nanos(bar.ours), other) else {
            continue;
        };
        let ratio = theirs / ours;
        let verdict = if ratio >= bar.times {
            "holds"
        } else {
            "missed"
        };
        println!(
            "| {} | {} | {name} | {ratio:.2} | {:.1} | {verdict} |",
            bar.column.title, bar.ours, bar.times
        );
    }
}
