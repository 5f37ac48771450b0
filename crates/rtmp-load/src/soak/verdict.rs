//! What a soak has to show.

use std::time::Duration;

use super::report::{Publisher, Report};

/// Memory is flat when the last quarter of the time needs no more than this over the second.
const GROWTH: f64 = 1.1;
const GROWTH_KIB: f64 = 2048.0;
/// A shorter soak still sees the heap grow to the most that was held at once, publishers and attacks together: an
/// allocator keeps that. Then this much is allowed instead.
const WARM: Duration = Duration::from_secs(9 * 60);
const WARMING_KIB: f64 = 8.0 * 1024.0;
/// What may be under way when a publisher vanishes, in frames.
const UNDER_WAY: u64 = 1;

/// What is wrong, in words.
pub(super) fn failures(report: &Report) -> Vec<String> {
    let mut failures = Vec::new();
    for publisher in &report.publishers {
        for wrong in of_every_publisher(publisher) {
            failures.push(format!("camera {}: {wrong}", publisher.camera));
        }
    }
    for publisher in report.steady() {
        for wrong in of_a_steady_publisher(publisher) {
            failures.push(format!("camera {}: {wrong}", publisher.camera));
        }
    }
    for publisher in report.vanishing() {
        let lost = publisher.most_lost_in_a_publish();
        if lost > UNDER_WAY {
            failures.push(format!(
                "camera {}: {lost} frames lost in one publish",
                publisher.camera
            ));
        }
    }
    failures.extend(of_the_hostile(report));
    failures.extend(of_the_process(report));
    failures
}

fn of_every_publisher(publisher: &Publisher) -> Vec<String> {
    let Publisher {
        outcome, ledger, ..
    } = publisher;
    let mut wrong = Vec::new();
    if ledger.out_of_turn > 0 || ledger.is_publishing {
        wrong.push("starts and stops do not alternate".into());
    }
    if outcome.publishes == 0 || ledger.publishes != outcome.publishes {
        wrong.push(format!(
            "{} publishes were accepted, {} were told",
            outcome.publishes, ledger.publishes
        ));
    }
    if ledger.delivered != ledger.received {
        wrong.push(format!(
            "{} frames were received, {} delivered",
            ledger.received, ledger.delivered
        ));
    }
    if ledger.delivered > outcome.frames {
        wrong.push(format!(
            "{} frames were written, {} delivered",
            outcome.frames, ledger.delivered
        ));
    }
    wrong
}

fn of_a_steady_publisher(publisher: &Publisher) -> Vec<String> {
    let mut wrong = Vec::new();
    for reason in publisher.outcome.failures.keys() {
        wrong.push(format!("the publisher failed: {reason}"));
    }
    if publisher.ledger.hostile_publishes > 0 {
        wrong.push("somebody else could publish".into());
    }
    if publisher.lost() > 0 {
        wrong.push(format!(
            "{} frames were written, {} delivered",
            publisher.outcome.frames, publisher.ledger.delivered
        ));
    }
    if publisher.dropped != Some(0.0) {
        wrong.push(format!("the driver dropped {:?} frames", publisher.dropped));
    }
    wrong
}

fn of_the_hostile(report: &Report) -> Vec<String> {
    let total = report.hostile.total();
    let mut wrong = Vec::new();
    if total.overstayed() > 0 || total.unreachable() > 0 {
        wrong.push(format!(
            "{} hostile peers were not ended in time, {} could not connect",
            total.overstayed(),
            total.unreachable()
        ));
    }
    let untried: Vec<_> = report
        .hostile
        .untried()
        .map(|kind| kind.to_string())
        .collect();
    if !untried.is_empty() {
        wrong.push(format!("never tried: {}", untried.join(", ")));
    }
    if report
        .contested()
        .iter()
        .all(|one| one.ledger.hostile_publishes == 0)
    {
        wrong.push("no hostile peer could publish: what follows on a publish was not tried".into());
    }
    wrong
}

fn of_the_process(report: &Report) -> Vec<String> {
    let mut wrong = report.after.left_over(&report.before);
    let (second, last) = report
        .series(|sample| sample.resident_kib)
        .second_and_last_quarter();
    let allowed = if report.took < WARM {
        WARMING_KIB
    } else {
        GROWTH_KIB
    };
    if last as f64 > second as f64 * GROWTH + allowed {
        wrong.push(format!(
            "memory grows: {second} KiB in the second quarter of the time, {last} KiB in the last"
        ));
    }
    let (before, most) = (
        report.before.threads,
        report.series(|sample| sample.threads).max(),
    );
    if most > before {
        wrong.push(format!("{most} threads, {before} were there before"));
    }
    if report.health.publishes != 1 || report.health.frames == 0 {
        wrong.push(format!("afterwards nobody can publish: {}", report.health));
    }
    if report.unreadable_lines > 0 {
        wrong.push(format!("{} lines are not JSON", report.unreadable_lines));
    }
    wrong.extend(report.ending.clone().err());
    wrong
}
