//! The figures as Markdown.

use std::fmt::Write;

use super::{CURVES, Curves, Point};

/// A table for each series.
pub(super) fn markdown(all: &[Curves]) -> String {
    let mut text = String::new();
    for (number, curves) in all.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        let _ = writeln!(text, "{}:\n", curves.series.title);
        let names = CURVES.join(" | ");
        let _ = writeln!(
            text,
            "| {} | % of a core: {names} | s/GB: {names} |",
            curves.series.axis
        );
        let _ = writeln!(text, "|---:{}|", "|---:".repeat(2 * CURVES.len()));
        for point in &curves.points {
            let _ = writeln!(text, "{}", row(point));
        }
    }
    text
}

fn row(point: &Point) -> String {
    let percents = point.costs.iter().map(|cost| percent(cost.core_share));
    let seconds = point
        .costs
        .iter()
        .map(|cost| format!("{:.2}", cost.per_gigabyte));
    let cells: Vec<_> = percents.chain(seconds).collect();
    format!("| {} | {} |", point.value, cells.join(" | "))
}

/// Two or three digits.
fn percent(share: f64) -> String {
    match share * 100.0 {
        large if large >= 9.95 => format!("{large:.0}"),
        medium if medium >= 0.995 => format!("{medium:.1}"),
        small => format!("{small:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::Cost;

    #[test]
    fn shares_come_before_seconds() {
        let cost = |per_gigabyte, core_share| Cost {
            per_gigabyte,
            core_share,
        };
        let point = Point {
            value: 16,
            costs: [cost(0.5, 0.006), cost(0.75, 0.0123), cost(1.0, 0.456)],
        };
        assert_eq!(row(&point), "| 16 | 0.60 | 1.2 | 46 | 0.50 | 0.75 | 1.00 |");
    }
}
