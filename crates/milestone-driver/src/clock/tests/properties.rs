//! What holds whatever comes together.

use proptest::prelude::*;

use super::*;

/// What may befall a publish whose clock is sane.
#[derive(Clone, Debug)]
enum Trouble {
    Stall { from: f64, lasts: f64 },
    Drops { from: f64, lasts: f64 },
    TooSlow { from: f64, part: f64, speed: f64 },
}

fn any_trouble() -> impl Strategy<Value = Trouble> {
    let from = 2_000.0..50_000.0;
    prop_oneof![
        (from.clone(), 10.0..15_000.0).prop_map(|(from, lasts)| Trouble::Stall { from, lasts }),
        (from.clone(), 10.0..5_000.0).prop_map(|(from, lasts)| Trouble::Drops { from, lasts }),
        (from, 0.3..0.7, 1.05..20.0).prop_map(|(from, part, speed)| Trouble::TooSlow {
            from,
            part,
            speed
        }),
    ]
}

/// Trouble in which no frame is left out.
fn any_stop() -> impl Strategy<Value = Trouble> {
    any_trouble().prop_filter("drops", |trouble| !matches!(trouble, Trouble::Drops { .. }))
}

fn suffers(frames: Frames, trouble: &Trouble) -> Frames {
    match *trouble {
        Trouble::Stall { from, lasts } => frames.stalls(from, lasts),
        Trouble::Drops { from, lasts } => frames.drops(from, lasts),
        Trouble::TooSlow { from, part, speed } => frames.too_slow(from, 5_000.0, part, speed),
    }
}

/// What a publisher's clock may do that has none.
#[derive(Clone, Debug)]
enum Fault {
    Jump { from: f64, by: f64 },
    Speed(f64),
    Round(f64),
    Noise(Vec<f64>),
    Wrap(u32),
    Reorder(usize),
    Sleep { from: f64, lasts: f64 },
    Freeze { from: f64 },
}

fn any_fault() -> impl Strategy<Value = Fault> {
    let from = 0.0..60_000.0;
    prop_oneof![
        (from.clone(), -1e9..1e9).prop_map(|(from, by)| Fault::Jump { from, by }),
        (from.clone(), -2e3..2e3).prop_map(|(from, by)| Fault::Jump { from, by }),
        (0.0..3.0).prop_map(Fault::Speed),
        (1e1..1e4).prop_map(Fault::Speed),
        (1.0..500.0).prop_map(Fault::Round),
        prop::collection::vec(-50.0..50.0, 1..20).prop_map(Fault::Noise),
        (20_u32..33).prop_map(Fault::Wrap),
        (0..GROUPS.len()).prop_map(Fault::Reorder),
        (from.clone(), 0.0..100_000.0).prop_map(|(from, lasts)| Fault::Sleep { from, lasts }),
        from.prop_map(|from| Fault::Freeze { from }),
    ]
}

const GROUPS: [&[usize]; 4] = [
    &[1, 0],
    &[2, 0, 1],
    &[3, 1, 0, 2],
    &[7, 3, 1, 0, 2, 5, 4, 6],
];

fn goes_wrong(frames: Frames, fault: &Fault) -> Frames {
    match fault {
        Fault::Jump { from, by } => frames.jumps(*from, *by),
        Fault::Speed(speed) => frames.at_speed(*speed),
        Fault::Round(to) => frames.rounded_to(*to),
        Fault::Noise(noise) => frames.stamped(|number, stamp| stamp + noise[number % noise.len()]),
        Fault::Wrap(bits) => {
            let span = 2_f64.powi(i32::try_from(*bits).unwrap_or(32));
            frames.stamped(|_, stamp| stamp.rem_euclid(span))
        }
        Fault::Reorder(group) => frames.shown_in_order_of(GROUPS[*group]),
        Fault::Sleep { from, lasts } => frames.sleeps(*from, *lasts),
        Fault::Freeze { from } => frames.stamped(|_, stamp| stamp.min(*from)),
    }
}

fn any_rate() -> impl Strategy<Value = f64> {
    prop_oneof![
        prop::sample::select(FRAME_RATES.to_vec()),
        0.5..120.0,
        100.0..300.0
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever the network does to a publisher whose clock is sane, its spacing stays.
    #[test]
    fn the_publishers_spacing_is_the_rule(
        frame_rate in any_rate(),
        epoch in any::<u32>(),
        delays in prop::collection::vec(0.0..60.0, 1..60),
        burst in 0.0..900.0,
        troubles in prop::collection::vec(any_trouble(), 0..4),
    ) {
        let mut frames = publisher(frame_rate, 90.0).starts_with_burst_of(burst);
        for trouble in &troubles {
            frames = suffers(frames, trouble);
        }
        let frames = frames.delayed(&delays);
        let mut clock = PublisherClock::default();
        let placed = play_on(&mut clock, &mut TrackClock::starting_after(None), epoch, &frames);
        let misplaced = misplaced(&placed, 1.0);
        prop_assert!(misplaced.is_empty(), "frame, step, as sent: {:?}", &misplaced[..misplaced.len().min(10)]);
    }

    /// The same where the intervals vary.
    #[test]
    fn a_varying_rate_keeps_its_spacing(
        intervals in prop::collection::vec(prop_oneof![4 => 15.0..70.0, 1 => 70.0..900.0], 10..600),
        delays in prop::collection::vec(0.0..60.0, 1..60),
        burst in 0.0..900.0,
    ) {
        let frames = varying(&intervals).starts_with_burst_of(burst).delayed(&delays);
        let misplaced = misplaced(&play(&frames), 1.0);
        prop_assert!(misplaced.is_empty(), "frame, step, as sent: {:?}", &misplaced[..misplaced.len().min(10)]);
    }

    /// The same where timestamps are times of showing, and the encoder tells its frame rate: frames come evenly in the
    /// order of decoding.
    #[test]
    fn times_of_showing_are_even_whatever_the_network_does(
        frame_rate in 5.0..70.0,
        group in 0..GROUPS.len(),
        delays in prop::collection::vec(0.0..60.0, 1..60),
        burst in 0.0..900.0,
        troubles in prop::collection::vec(any_stop(), 0..4),
    ) {
        let mut frames = publisher(frame_rate, 90.0).shown_in_order_of(GROUPS[group]).starts_with_burst_of(burst);
        for trouble in &troubles {
            frames = suffers(frames, trouble);
        }
        let frames = frames.delayed(&delays);
        let placed = play_told(&frames, Some(frame_rate));
        let interval = 1e3 / frame_rate;
        let odd: Vec<_> = steps(&placed).enumerate().filter(|(_, (step, _))| (step - interval).abs() > 2.0).collect();
        prop_assert!(odd.is_empty(), "frame, step: {:?}", &odd[..odd.len().min(10)]);
    }

    /// Whatever a publisher's clock does, times rise, are never ahead (see `play`), and come back to the present.
    #[test]
    fn no_clock_takes_times_away_from_the_present(
        frame_rate in any_rate(),
        epoch in any::<u32>(),
        delays in prop::collection::vec(0.0..60.0, 1..60),
        faults in prop::collection::vec(any_fault(), 1..4),
        troubles in prop::collection::vec(any_trouble(), 0..2),
    ) {
        let mut frames = publisher(frame_rate, 90.0);
        for fault in &faults {
            frames = goes_wrong(frames, fault);
        }
        for trouble in &troubles {
            frames = suffers(frames, trouble);
        }
        let frames = frames.delayed(&delays);
        let mut clock = PublisherClock::default();
        let placed = play_on(&mut clock, &mut TrackClock::starting_after(None), epoch, &frames);
        let (_, most) = lateness(&placed);
        prop_assert!(most <= 61_000.0, "{most} ms late");
    }

    /// Any numbers at all.
    #[test]
    fn nonsense_is_borne(
        frames in prop::collection::vec(
            (any::<u32>(), any::<u32>(), -1_000_000_i64..200_000_000_000, prop_oneof![any::<u32>(), 0_u32..40]),
            1..300,
        ),
        rate in prop::option::of(any::<f64>()),
    ) {
        let mut clock = PublisherClock::default();
        let mut track = TrackClock::starting_after(None);
        let mut arrival = START;
        let mut order = ShowingOrder::new(CountedIn::Fields, rate);
        for (milliseconds, nanoseconds, waited, lsb) in frames {
            arrival = arrival.plus(waited);
            let timestamp = Timestamp { milliseconds, nanoseconds };
            track.next_is(order.picture(lsb));
            let time = clock.place(&mut track, timestamp, arrival);
            prop_assert!(time.since(arrival) <= 130 * Ticks::PER_SECOND);
        }
    }

    /// Any sound beside pictures: its times rise, and are never ahead.
    #[test]
    fn nonsense_of_sound_is_borne(
        frames in prop::collection::vec(
            (
                any::<bool>(),
                prop_oneof![any::<u32>(), 0_u32..40, Just(7)],
                any::<u32>(),
                -1_000_000_i64..20_000_000,
                0..=Ticks::PER_SECOND,
            ),
            1..300,
        ),
    ) {
        let mut clock = PublisherClock::default();
        let mut track = TrackClock::starting_after(None);
        let mut sound = SoundClock::starting_after(None);
        let (mut arrival, mut before) = (START, None);
        for (is_picture, milliseconds, nanoseconds, waited, lasts) in frames {
            arrival = arrival.plus(waited);
            let timestamp = Timestamp { milliseconds, nanoseconds };
            if is_picture {
                clock.place(&mut track, timestamp, arrival);
                continue;
            }
            let time = sound.place(&clock, timestamp, lasts, arrival);
            prop_assert!(time.since(arrival) <= 130 * Ticks::PER_SECOND);
            prop_assert!(before.is_none_or(|before| time > before));
            before = Some(time);
        }
    }
}
