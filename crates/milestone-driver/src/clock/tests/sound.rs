//! Sound beside pictures.

use super::*;

/// What becomes of `video` and of `sound` that comes beside it.
fn play_both(video: &[Sent], sound: &[Sent]) -> (Vec<Placed>, Vec<Placed>) {
    play_both_of(video, sound, FRAME)
}

/// The same, with sound whose pieces say that they last so many milliseconds.
fn play_both_of(video: &[Sent], sound: &[Sent], lasts: f64) -> (Vec<Placed>, Vec<Placed>) {
    let lasts = (lasts * Ticks::PER_MILLISECOND as f64) as i64;
    let mut clock = PublisherClock::default();
    let mut track = TrackClock::starting_after(None);
    let mut sound_clock = SoundClock::starting_after(None);
    let (mut pictures, mut sounds) = (Vec::new(), Vec::new());
    let mut sound = sound.iter().peekable();
    for picture in video {
        while let Some(sent) = sound.next_if(|sound| sound.arrival <= picture.arrival) {
            let (stamp, arrival) = stamp_and_arrival(sent, 0);
            let time = sound_clock.place(&clock, stamp, lasts, arrival);
            sounds.push(placed(*sent, time));
        }
        pictures.extend(play_on(&mut clock, &mut track, 0, &[*picture]));
    }
    for pair in sounds.windows(2) {
        assert!(pair[1].time >= pair[0].time + 1.0, "{pair:?}");
    }
    (pictures, sounds)
}

/// Of AAC, in milliseconds.
const FRAME: f64 = 1_024_000.0 / 44_100.0;

fn aac(seconds: f64) -> Frames {
    publisher(1_000.0 / FRAME, seconds)
}

/// By how much the times of sound and of pictures that were captured together differ at most.
fn apart(pictures: &[Placed], sounds: &[Placed]) -> f64 {
    let offset = |placed: &Placed| placed.time - placed.sent.taken;
    let apart = sounds.iter().filter_map(|sound| {
        let next = pictures.partition_point(|picture| picture.sent.taken < sound.sent.taken);
        let picture = pictures.get(next)?;
        // Not across a place where the pictures themselves have a gap.
        (picture.sent.taken - sound.sent.taken < 100.0)
            .then(|| (offset(picture) - offset(sound)).abs())
    });
    apart.fold(0.0, f64::max)
}

type Change = fn(Frames) -> Frames;

/// Networks that treat both alike.
fn networks() -> Vec<(&'static str, Change)> {
    vec![
        ("none", |frames| frames),
        ("jitter", |frames| frames.delayed(&[9.0])),
        ("burst", |frames| frames.starts_with_burst_of(500.0)),
        ("stall", |frames| frames.stalls(10_000.0, 7_000.0)),
        ("slow", |frames| frames.too_slow(5_000.0, 6_000.0, 0.5, 2.0)),
        ("wraps", |frames| {
            frames.stamped(|_, stamp| stamp + f64::from(u32::MAX) - 9_000.0)
        }),
        ("wraps at 24 bits", |frames| {
            frames.stamped(|_, stamp| (stamp + SPAN_OF_24_BITS - 9_000.0) % SPAN_OF_24_BITS)
        }),
        ("fast clock", |frames| frames.at_speed(1.001)),
    ]
}

#[test]
fn what_is_captured_together_has_the_same_time() {
    for (name, network) in networks() {
        let (pictures, sounds) = play_both(&network(publisher(25.0, 40.0)), &network(aac(40.0)));
        let apart = apart(&pictures, &sounds);
        assert!(apart <= 20.0, "{name}: {apart} ms apart");
        let spaced = misplaced(&sounds, 2.0);
        assert!(spaced.len() <= 1, "{name}: {spaced:?}");
    }
}

/// Pictures and sound on one chunk stream, whose deltas have 24 bits where they go back as well: each time all that
/// follows is ahead by a wrap.
#[test]
fn pictures_and_sound_with_wraps_of_their_own_stay_together() {
    let video = publisher(25.0, 40.0);
    let sound = aac(40.0).delayed(&[30.0]);
    let mut both: Vec<(bool, Sent)> = [(true, &video), (false, &sound)]
        .into_iter()
        .flat_map(|(is_picture, frames)| frames.iter().map(move |frame| (is_picture, *frame)))
        .collect();
    both.sort_by(|(_, one), (_, other)| one.arrival.total_cmp(&other.arrival));
    let frames: Frames = both.iter().map(|(_, frame)| *frame).collect();
    let frames = frames.in_deltas_of_24_bits();
    let [video, sound] = [true, false].map(|picture| {
        let both = both.iter().zip(&frames);
        both.filter(|((is_picture, _), _)| *is_picture == picture)
            .map(|(_, frame)| *frame)
            .collect::<Frames>()
    });
    assert!(sound[1_000].stamp > 100.0 * SPAN_OF_24_BITS);
    let (pictures, sounds) = play_both(&video, &sound);
    assert_near_arrival(&pictures);
    assert_steps(&pictures, 39.0, 41.0);
    assert_steps(&sounds, 22.0, 25.0);
    let apart = apart(&pictures, &sounds);
    assert!(apart <= 20.0, "{apart} ms apart");
}

#[test]
fn sound_never_moves_pictures() {
    let late: Change = |frames| frames.delayed(&[700.0]);
    let batched: Change = |mut frames| {
        for frame in &mut frames {
            frame.arrival = (frame.arrival / 400.0).ceil() * 400.0;
        }
        frames
    };
    let jumping: Change = |frames| frames.jumps(9_000.0, 3_600_000.0);
    let standing: Change = |frames| frames.stamped(|_, _| 5.0);
    let other_epoch: fn(Frames) -> Frames =
        |frames| frames.stamped(|_, stamp| stamp + 1_700_000_000.0);
    for (name, network) in networks() {
        let video = network(publisher(25.0, 30.0));
        let alone: Vec<f64> = play(&video).iter().map(|frame| frame.time).collect();
        for fault in [late, batched, jumping, standing, other_epoch] {
            let (pictures, _) = play_both(&video, &fault(network(aac(30.0))));
            let times: Vec<f64> = pictures.iter().map(|frame| frame.time).collect();
            assert_eq!(times, alone, "{name}");
        }
    }
}

#[test]
fn sound_that_comes_later_or_in_batches_stays_in_sync() {
    for later in [100.0, 700.0, 3_000.0] {
        let (pictures, sounds) = play_both(&publisher(25.0, 40.0), &aac(40.0).delayed(&[later]));
        let apart = apart(&pictures, &sounds);
        assert!(apart <= 20.0, "{later} ms later: {apart} ms apart");
    }
    let mut batched = aac(40.0);
    for frame in &mut batched {
        frame.arrival = (frame.arrival / 400.0).ceil() * 400.0;
    }
    let (pictures, sounds) = play_both(&publisher(25.0, 40.0), &batched);
    assert!(apart(&pictures, &sounds) <= 20.0);
}

#[test]
fn sound_whose_clock_has_nothing_to_do_with_the_pictures_goes_by_its_own() {
    let video = publisher(25.0, 30.0);
    let faults: [Change; 3] = [
        |frames| frames.stamped(|_, stamp| stamp + 1_700_000_000.0),
        |frames| frames.stamped(|_, stamp| stamp - 100_000_000.0),
        |frames| frames.jumps(9_000.0, 3_600_000.0),
    ];
    for fault in faults {
        let (_, sounds) = play_both(&video, &fault(aac(30.0)));
        assert_near_arrival(&sounds);
        assert_steps(after(&sounds, 10_000.0), 1.0, 60.0);
    }
}

#[test]
fn pictures_whose_clock_is_none_leave_sound_alone() {
    let standing = publisher(25.0, 60.0).stamped(|_, _| 0.0);
    let hardly = publisher(25.0, 60.0).at_speed(0.05);
    for video in [standing, hardly] {
        let (_, sounds) = play_both(&video, &aac(60.0));
        let (least, most) = lateness(after(&sounds, 20_000.0));
        assert!(least >= -100.0 && most <= 3_000.0, "{least} to {most}");
    }
}

#[test]
fn sound_before_the_first_picture_has_a_time_as_well() {
    let mut video = publisher(25.0, 30.0);
    video.retain(|frame| frame.taken >= 4_000.0);
    let (pictures, sounds) = play_both(&video, &aac(30.0));
    assert_near_arrival(&sounds);
    assert!(misplaced(&sounds, 45.0).is_empty());
    assert!(apart(&pictures, after(&sounds, 4_500.0)) <= 20.0);
}

#[test]
fn pieces_of_sound_with_one_timestamp_lie_one_behind_the_other() {
    // What is taken off an encoder's queue at once is stamped at once, to a millisecond or two.
    let at_once: [Change; 3] = [
        |frames| frames.stamped(|_, stamp| (stamp / (10.0 * FRAME)).floor() * 10.0 * FRAME),
        |frames| frames.stamped(|index, stamp| stamp - (index % 10) as f64 * (FRAME - 1.0)),
        |mut frames| {
            for frame in &mut frames {
                frame.arrival = (frame.arrival / 250.0).ceil() * 250.0;
                frame.stamp = frame.arrival;
            }
            frames
        },
    ];
    for at_once in at_once {
        for (name, network) in networks() {
            let video = network(publisher(25.0, 40.0));
            let (_, sounds) = play_both(&video, &network(at_once(aac(40.0))));
            let steps: Vec<f64> = sounds
                .windows(2)
                .map(|it| it[1].time - it[0].time)
                .collect();
            let odd = steps.iter().filter(|step| !(15.0..=55.0).contains(*step));
            // Where the network has held up pictures, sound may be.
            assert!(odd.count() <= 2, "{name}");
        }
    }
}

#[test]
fn a_clock_of_sound_that_stands_still_or_is_too_slow_is_none() {
    let faults: [Change; 4] = [
        |frames| frames.stamped(|_, _| 0.0),
        |frames| frames.stamped(|_, stamp| (stamp / 5_000.0).floor()),
        |frames| frames.at_speed(0.92),
        |frames| frames.at_speed(0.5),
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        for (name, network) in networks() {
            let video = network(publisher(25.0, 120.0));
            let (_, sounds) = play_both(&video, &network(fault(aac(120.0))));
            let (least, most) = lateness(after(&sounds, 60_000.0));
            assert!(
                least >= -100.0 && most <= 2_000.0,
                "{number} {name}: {least} to {most}"
            );
            assert_steps(after(&sounds, 60_000.0), 15.0, 30.0);
        }
    }
}

/// PCM whose tag cannot say its rate, G.711 of 16 kHz.
#[test]
fn sound_that_is_of_another_rate_than_it_says_stays_in_sync() {
    for (lasts, (name, network)) in [0.5, 0.92, 1.09, 2.0]
        .into_iter()
        .flat_map(|part| networks().into_iter().map(move |it| (part * FRAME, it)))
    {
        let video = network(publisher(25.0, 60.0));
        let (pictures, sounds) = play_both_of(&video, &network(aac(60.0)), lasts);
        let apart = apart(&pictures, &sounds);
        assert!(apart <= 20.0, "{lasts} {name}: {apart} ms apart");
    }
}
