//! How publishers cut pictures into messages, and what they put between units: the second
//! collection of quirks, row by row, with generated slices.

mod support;

use flv_h264::{AccessUnit, AccessUnitBuilder, Habit, SyncPoint, VideoEvent, nal::LengthSize};
use habits::generated::Stream;
use habits::generated_h265::HevcStream;
use habits::{BitWriter, Codec, Coded, Content, Framing, Message, Publish, RecordForm};
use support::*;

/// What came out of each message, and at the end.
struct Outcome {
    /// The number of the message, and the picture.
    pictures: Vec<(usize, AccessUnit)>,
    habits: Vec<Habit>,
    builder: AccessUnitBuilder,
}

impl Outcome {
    /// What a builder makes of a publish, from one that goes on with another or not.
    fn of(publish: &Publish, mut builder: AccessUnitBuilder) -> Self {
        let mut outcome = (Vec::new(), Vec::new());
        let mut take = |builder: &mut AccessUnitBuilder, index| {
            for event in events_of(builder) {
                match event {
                    VideoEvent::AccessUnit(unit) => outcome.0.push((index, unit)),
                    VideoEvent::Habit(habit) => outcome.1.push(habit),
                    _ => {}
                }
            }
        };
        for (index, (timestamp, body)) in publish.bodies().enumerate() {
            builder.push(timestamp, body.into()).expect("H.264");
            take(&mut builder, index);
        }
        builder.finish();
        take(&mut builder, publish.messages.len());
        let (pictures, habits) = outcome;
        Self {
            pictures,
            habits,
            builder,
        }
    }

    /// The same, from nothing, and every picture of `publish` is there once, in order.
    #[track_caller]
    fn whole(publish: &Publish, original: &Publish) -> Self {
        let outcome = Self::of(publish, AccessUnitBuilder::new());
        let out: Vec<_> = outcome
            .pictures
            .iter()
            .map(|(_, unit)| Publish::content(unit))
            .collect();
        assert_eq!(out, original.pictures());
        outcome
    }

    fn syncs(&self) -> Vec<usize> {
        let syncs = self
            .pictures
            .iter()
            .enumerate()
            .filter(|(_, (_, unit))| unit.sync.is_sync());
        syncs.map(|(index, _)| index).collect()
    }
}

/// Applies the habit of that name.
fn with(mut publish: Publish, name: &str, detail: u32) -> Publish {
    let (_, habit) = habits::ALL
        .iter()
        .find(|(known, _)| *known == name)
        .expect("a habit");
    habit(&mut publish, detail);
    publish
}

/// Pictures of four slices, of either codec.
fn sliced_publishes(pictures: u32) -> [Publish; 2] {
    let hevc = HevcStream {
        slices: 4,
        ..HevcStream::default()
    };
    [sliced().publish(pictures), hevc.publish(pictures)]
}

fn sliced() -> Stream {
    Stream {
        slices: 4,
        ..Stream::default()
    }
}

#[test]
fn ordinary_pictures_come_out_at_once_from_the_second_on() {
    for stream in [
        Stream::default(),
        sliced(),
        Stream {
            fields: true,
            ..sliced()
        },
    ] {
        let publish = stream.publish(30);
        let outcome = Outcome::whole(&publish, &publish);
        let at: Vec<usize> = outcome.pictures.iter().map(|(at, _)| *at).collect();
        // Message 0 is the record. The first picture comes with the second.
        let expected: Vec<usize> = [2].into_iter().chain(2..31).collect();
        assert_eq!(at, expected);
        assert!(outcome.habits.is_empty());
    }
}

#[test]
fn slices_in_messages_of_their_own_are_one_picture() {
    for (apart, original) in (0..4).flat_map(|apart| sliced_publishes(25).map(|it| (apart, it))) {
        let publish = with(original.clone(), "a message for each slice", apart);
        let outcome = Outcome::whole(&publish, &original);
        assert_eq!(outcome.syncs(), [0, 10, 20]);
        assert_eq!(outcome.habits, [Habit::SplitPictures]);
        // Each comes with the first slice of the next one, the last at the end.
        let at: Vec<usize> = outcome.pictures.iter().map(|(at, _)| *at).collect();
        let expected: Vec<usize> = (1..=25).map(|picture| 4 * picture + 1).collect();
        assert_eq!(at, expected);
        assert_eq!(outcome.builder.counters().late_rests, 0);
        let times: Vec<u32> = outcome
            .pictures
            .iter()
            .map(|(_, unit)| unit.timestamp_ms)
            .collect();
        assert_eq!(
            times,
            (0..25).map(|picture| picture * 40).collect::<Vec<_>>()
        );
    }
}

#[test]
fn fields_in_messages_of_their_own_are_one_frame() {
    for slices in [1, 3] {
        let stream = Stream {
            fields: true,
            slices,
            b_pictures: true,
            ..Stream::default()
        };
        let original = stream.publish(25);
        let mut publish = original.clone();
        let messages = std::mem::take(&mut publish.messages);
        for message in messages {
            match &message.content {
                Content::Coded(coded) => {
                    for field in coded.units.chunks(slices as usize) {
                        let mut half = coded.clone();
                        half.units = field.to_vec();
                        publish
                            .messages
                            .push(Message::new(message.timestamp, Content::Coded(half)));
                    }
                }
                _ => publish.messages.push(message),
            }
        }
        let outcome = Outcome::whole(&publish, &original);
        assert_eq!(outcome.syncs(), [0, 10, 20]);
        // Complete with the second field, without waiting for the next frame.
        assert_eq!(outcome.pictures[5].0, 12);
        assert_eq!(outcome.habits, []);
    }
}

/// The second field of an IDR picture is none, and is read with the new parameter sets all the same.
#[test]
fn a_picture_parameter_set_between_the_fields_of_a_frame_does_not_end_it() {
    let stream = Stream {
        fields: true,
        ..sliced()
    };
    // Of the same ID, with another quantiser.
    let other = |number: i32| {
        let mut bits = BitWriter::default();
        bits.ue(0).ue(0).flag(false).flag(false).ue(0).ue(0).ue(0);
        bits.flag(false).u(2, 0).se(number % 20).se(0).se(0);
        bits.flag(false).flag(false).flag(false);
        bits.into_nal_unit(0x68)
    };
    let original = stream.publish(25);
    let mut number = 0;
    let together = with_each(original.clone(), |coded| {
        number += 1;
        coded.units.insert(4, other(number));
    });
    assert_eq!(Outcome::whole(&together, &original).syncs(), [0, 10, 20]);
    let mut apart = together.clone();
    apart.messages = together
        .messages
        .iter()
        .flat_map(|message| match &message.content {
            Content::Coded(coded) => {
                let field = |units: &[Vec<u8>]| {
                    let units = units.to_vec();
                    let coded = Coded {
                        units,
                        ..coded.clone()
                    };
                    Message::new(message.timestamp, Content::Coded(coded))
                };
                let (first, second) = coded.units.split_at(4);
                vec![field(first), field(second)]
            }
            _ => vec![message.clone()],
        })
        .collect();
    assert_eq!(Outcome::whole(&apart, &original).syncs(), [0, 10, 20]);
}

#[test]
fn a_picture_of_two_fields_that_begins_another_sequence_is_whole() {
    for pic_order_cnt_type in [0, 1] {
        let interlaced = Stream {
            fields: true,
            pic_order_cnt_type,
            ..Stream::default()
        };
        let publish =
            Publish::one_after_the_other(vec![Stream::default().publish(9), interlaced.publish(9)]);
        let outcome = Outcome::whole(&publish, &publish);
        assert_eq!(outcome.syncs(), [0, 9]);
    }
}

#[test]
fn a_stream_that_begins_to_cut_pictures_later_delivers_one_in_two_and_no_more() {
    let (whole, original) = (sliced().publish(5), sliced().publish(25));
    let mut publish = with(original.clone(), "a message for each slice", 0);
    let rest = publish.messages.split_off(1 + 5 * 4);
    publish.messages = whole.messages.into_iter().chain(rest).collect();
    let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
    assert_eq!(outcome.pictures.len(), 26);
    assert_eq!(outcome.builder.counters().late_rests, 1);
    let out: Vec<_> = outcome
        .pictures
        .iter()
        .flat_map(|(_, unit)| Publish::content(unit).units)
        .collect();
    let into: Vec<_> = original
        .pictures()
        .into_iter()
        .flat_map(|picture| picture.units)
        .collect();
    assert_eq!(out, into, "nothing is lost");
}

/// How an encoder begins anew: with other parameter sets, or behind an end of the sequence.
fn sliced_anew() -> [(Publish, Stream); 2] {
    let wide = Stream {
        width: 40,
        ..sliced()
    };
    let end = Content::Other(vec![0x17, 2, 0, 0, 0]);
    let end = Publish {
        messages: vec![Message::new(0, end)],
    };
    [(Publish::default(), wide), (end, sliced())]
}

#[test]
fn an_encoder_that_begins_anew_may_cut_pictures_from_then_on() {
    let whole = Stream::default();
    for (between, sliced) in sliced_anew() {
        let original = Publish::one_after_the_other(vec![whole.publish(12), sliced.publish(12)]);
        let cut = with(sliced.publish(12), "a message for each slice", 0);
        let publish = Publish::one_after_the_other(vec![whole.publish(12), between, cut]);
        let outcome = Outcome::whole(&publish, &original);
        assert_eq!(outcome.syncs(), [0, 10, 12, 22]);
    }
    // Or with another publish.
    let before = Outcome::of(&whole.publish(12), AccessUnitBuilder::new());
    let cut = with(sliced().publish(12), "a message for each slice", 0);
    let next = Outcome::of(&cut, before.builder.into_successor());
    assert_eq!(next.pictures.len(), 12);
}

/// All but the key frame in front are cut.
fn cut_behind_the_first(stream: Stream) -> Publish {
    let mut publish = stream.publish(12);
    let cut = with(publish.clone(), "a message for each slice", 0);
    publish.messages.truncate(2);
    publish.messages.extend(cut.messages.into_iter().skip(5));
    publish
}

#[test]
fn an_encoder_that_cuts_may_begin_anew_with_a_picture_in_one_message() {
    let cut = with(sliced().publish(12), "a message for each slice", 0);
    for (between, next) in sliced_anew() {
        let original = Publish::one_after_the_other(vec![sliced().publish(12), next.publish(12)]);
        let begins_anew = cut_behind_the_first(next);
        let publish = Publish::one_after_the_other(vec![cut.clone(), between, begins_anew]);
        Outcome::whole(&publish, &original);
    }
    // Or with another publish.
    let before = Outcome::of(&cut, AccessUnitBuilder::new());
    let begins_anew = cut_behind_the_first(sliced());
    let next = Outcome::of(&begins_anew, before.builder.into_successor());
    let out = next.pictures.iter().map(|(_, it)| Publish::content(it));
    assert!(out.eq(sliced().publish(12).pictures()));
}

#[test]
fn a_publish_may_begin_with_the_end_of_a_picture() {
    let cut = with(sliced().publish(12), "a message for each slice", 0);
    let mut publish = cut.clone();
    let end = cut.messages.last().expect("a slice").clone();
    publish.messages.insert(1, end);
    let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
    // What there is of the picture in front, and all others as a whole.
    let out = outcome.pictures.iter().map(|(_, it)| Publish::content(it));
    assert!(out.skip(1).eq(sliced().publish(12).pictures()));
    assert_eq!(outcome.syncs(), [1, 11]);
}

#[test]
fn an_encoder_that_begins_anew_may_put_start_codes_behind_lengths_from_then_on() {
    let glued = |publish| {
        let two = with(publish, "several pictures in a message", 0);
        with(two, "start codes behind one length", 0)
    };
    let before = Stream::default().publish(40);
    let next = glued(sliced().publish(12));
    let pictures = sliced().publish(12).pictures();
    let another = Outcome::of(&before, AccessUnitBuilder::new()).builder;
    let outcome = Outcome::of(&next, another.into_successor());
    let out: Vec<_> = outcome
        .pictures
        .iter()
        .map(|(_, it)| Publish::content(it))
        .collect();
    assert_eq!(out, pictures);
    // Or with another sequence header.
    let wide = Stream {
        width: 40,
        ..sliced()
    };
    let original = Publish::one_after_the_other(vec![before.clone(), wide.publish(12)]);
    let publish = Publish::one_after_the_other(vec![before, glued(wide.publish(12))]);
    Outcome::whole(&publish, &original);
}

#[test]
fn a_picture_whose_beginning_is_missing_is_no_sync_point() {
    for original in sliced_publishes(12) {
        let mut publish = with(original, "a message for each slice", 0);
        publish.messages.remove(1);
        let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
        assert_eq!(outcome.pictures.len(), 12);
        assert_eq!(outcome.syncs(), [10]);
    }
}

/// Slices are lost on the way from a camera to who pushes what has come of them.
#[test]
fn a_picture_whose_beginning_was_lost_delays_none_of_those_behind_it() {
    for (lost, publish) in (0..25).flat_map(|lost| sliced_publishes(25).map(|it| (lost, it))) {
        let mut index = 0;
        let publish = with_each(publish, |coded| {
            if index == lost {
                coded.units.remove(0);
            }
            index += 1;
        });
        let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
        let at: Vec<usize> = outcome.pictures.iter().map(|(at, _)| *at).collect();
        // The first picture comes with the second, and that, if it cannot tell, or has a rest in front, with the third.
        let first = match lost {
            0 => [2, 3, 3],
            1 => [2, 3, 4],
            _ => [2, 2, 3],
        };
        let expected: Vec<usize> = first.into_iter().chain(4..26).collect();
        assert_eq!(at, expected, "{lost}");
        let syncs = [0, 10, 20].into_iter().filter(|sync| *sync != lost);
        assert_eq!(outcome.syncs(), syncs.collect::<Vec<_>>());
        assert_eq!(outcome.habits, []);
    }
}

#[test]
fn the_first_picture_is_released_if_nothing_more_comes() {
    let publish = Stream::default().publish(3);
    let mut builder = AccessUnitBuilder::new();
    let bodies: Vec<_> = publish.bodies().collect();
    builder.push(0, bodies[0].1.clone().into()).unwrap();
    builder.push(0, bodies[1].1.clone().into()).unwrap();
    assert!(builder.holds_first_picture());
    assert!(pictures_of(&mut builder).is_empty());
    builder.release();
    assert_eq!(pictures_of(&mut builder).len(), 1);
    builder.push(40, bodies[2].1.clone().into()).unwrap();
    assert_eq!(pictures_of(&mut builder).len(), 1, "it knows now");
}

#[test]
fn several_pictures_in_a_message_are_as_many_with_times_that_rise() {
    let details = [(0, 2), (1, 3), (2, 4)];
    for ((detail, each), original) in details
        .into_iter()
        .flat_map(|detail| sliced_publishes(36).map(|it| (detail, it)))
    {
        let publish = with(original.clone(), "several pictures in a message", detail);
        let outcome = Outcome::whole(&publish, &original);
        assert_eq!(outcome.syncs(), [0, 10, 20, 30]);
        assert_eq!(outcome.habits, [Habit::SeveralPictures]);
        let times: Vec<u32> = outcome
            .pictures
            .iter()
            .map(|(_, unit)| unit.timestamp_ms)
            .collect();
        assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
        // From the second message on the pace is known.
        let paced: Vec<u32> = (each..36).map(|picture| picture * 40).collect();
        assert_eq!(times[each as usize..], paced);
    }
}

#[test]
fn pictures_that_all_claim_to_be_the_same_idr_picture_are_told_apart() {
    let stream = Stream {
        same_idr_pic_id: true,
        slices: 2,
        ..Stream::default()
    };
    let original = stream.publish(20);
    for name in ["a message for each slice", "several pictures in a message"] {
        let outcome = Outcome::whole(&with(original.clone(), name, 0), &original);
        assert_eq!(outcome.syncs().len(), 20);
    }
}

#[test]
fn start_codes_behind_one_length_are_told_apart_wherever_they_stand() {
    for original in sliced_publishes(25) {
        let plain = with(original.clone(), "parameter sets in band alone", 0);
        let with_delimiters = with(plain.clone(), "a delimiter in front of each picture", 0);
        for publish in [original.clone(), plain, with_delimiters] {
            for every in 0..4 {
                let publish = with(publish.clone(), "start codes behind one length", every);
                let outcome = Outcome::whole(&publish, &original);
                assert_eq!(outcome.syncs(), [0, 10, 20]);
                assert_eq!(outcome.habits, [Habit::StartCodesBehindLengths]);
            }
        }
    }
}

#[test]
fn sei_that_forgets_its_emulation_prevention_is_still_sei() {
    let mut publish = Stream::default().publish(5);
    let sei = [0x06, 5, 4, 0, 0, 1, 0xFF, 0x80];
    for message in &mut publish.messages {
        if let Content::Coded(coded) = &mut message.content {
            coded.units.insert(0, sei.to_vec());
        }
    }
    let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
    assert_eq!(outcome.pictures.len(), 5);
    assert!(
        outcome.pictures[3]
            .1
            .data
            .starts_with(&[&[0, 0, 0, 1], &sei[..]].concat())
    );
    assert_eq!(outcome.habits, []);
}

#[test]
fn lengths_of_any_other_size_than_declared_are_read_and_told_once() {
    let sizes = (1..=4).flat_map(|declared| (1..=4).map(move |found| (declared, found)));
    for original in sliced_publishes(15) {
        for (declared, found) in sizes.clone() {
            let mut publish = original.clone();
            for message in &mut publish.messages {
                match &mut message.content {
                    Content::Record(record) => record.length_size = declared,
                    Content::Coded(coded) => coded.framing = Framing::Lengths(found),
                    Content::Other(_) => {}
                }
            }
            let outcome = Outcome::whole(&publish, &original);
            let told = outcome.habits.first();
            if let Some(Habit::OtherLengthSize {
                declared: said,
                found: seen,
            }) = told
            {
                assert_eq!(LengthSize::new(declared), Some(*said));
                assert_eq!(LengthSize::new(found as u8), Some(*seen));
            }
            assert!(outcome.habits.len() <= 1);
            // Short pictures in longer lengths look like empty units of shorter ones.
            if found < usize::from(declared) {
                assert!(told.is_some(), "{declared} {found}");
            }
        }
    }
}

#[test]
fn a_length_size_of_zero_in_the_record_is_no_hindrance() {
    let original = sliced().publish(15);
    let mut long = original.clone();
    for message in &mut long.messages {
        if let Content::Coded(coded) = &mut message.content {
            coded
                .units
                .iter_mut()
                .for_each(|unit| unit.extend([0x55; 300]));
        }
    }
    let mut publish = long.clone();
    let body = publish.messages[0].body();
    publish.messages[0].content = Content::Other([&body[..9], &[0], &body[10..]].concat());
    let outcome = Outcome::whole(&publish, &long);
    assert!(matches!(
        outcome.habits[..],
        [Habit::OtherLengthSize { .. }]
    ));
}

/// Pictures of 256 to 511 bytes, whose lengths begin with 00 00 01.
fn middling() -> [Publish; 2] {
    [
        Stream::default().publish(30),
        HevcStream::default().publish(30),
    ]
    .map(of_middling_length)
}

fn of_middling_length(mut publish: Publish) -> Publish {
    for (index, message) in publish.messages.iter_mut().enumerate() {
        if let Content::Coded(coded) = &mut message.content {
            let length = 256 + index * 37 % 256;
            coded.units[0].resize(length, 0x55);
        }
    }
    publish
}

#[test]
fn lengths_that_look_like_start_codes_are_lengths_whatever_stands_around() {
    for original in middling() {
        Outcome::whole(&original, &original);
        for surplus in 0..3 {
            let publish = with(original.clone(), "surplus bytes", surplus);
            let outcome = Outcome::whole(&publish, &original);
            assert_eq!(outcome.habits, []);
            let mut publish = with(publish, "a byte stream for a record", 0);
            let outcome = Outcome::whole(&publish, &original);
            assert_eq!(outcome.habits, []);
            // One message is cut.
            if let Content::Coded(coded) = &publish.messages[7].content {
                let mut body = publish.messages[7].body();
                body.truncate(coded.units[0].len() / 2);
                publish.messages[7].content = Content::Other(body);
            }
            let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
            assert!(outcome.pictures.len() >= 29);
            let last = Publish::content(&outcome.pictures.last().expect("many").1);
            assert_eq!(Some(&last), original.pictures().last());
        }
    }
}

#[test]
fn a_stream_may_go_from_lengths_to_start_codes_and_back() {
    for original in middling() {
        let mut publish = original.clone();
        for (index, message) in publish.messages.iter_mut().enumerate() {
            if let Content::Coded(coded) = &mut message.content
                && index / 5 % 2 == 1
            {
                coded.framing = Framing::StartCodes(2);
            }
        }
        Outcome::whole(&publish, &original);
    }
}

#[test]
fn intra_pictures_that_are_flagged_begin_a_stream_without_idr_pictures() {
    let stream = Stream {
        no_idr: true,
        group: 25,
        slices: 2,
        ..Stream::default()
    };
    let publish = stream.publish(130);
    let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
    // At 2 s, and from there on every second.
    assert_eq!(outcome.syncs(), [50, 75, 100, 125]);
    assert_eq!(outcome.habits, [Habit::IntraPictures]);
    let (_, first) = &outcome.pictures[50];
    assert_eq!(first.sync, SyncPoint::IntraPicture);
    assert!(
        first
            .data
            .starts_with(&[&[0, 0, 0, 1], &stream.sps()[..]].concat())
    );
    // With a clock that stands still, somebody else's decides.
    let frozen = with(publish, "timestamps frozen", 9);
    let outcome = Outcome::of(&frozen, AccessUnitBuilder::new());
    assert_eq!(outcome.syncs(), []);
    let mut told = AccessUnitBuilder::new();
    told.start_at_intra_pictures();
    assert_eq!(Outcome::of(&frozen, told).syncs().len(), 6);
}

#[test]
fn another_encoder_without_idr_pictures_is_waited_for_no_longer_than_the_first() {
    let before = Stream::default().publish(20);
    let stream = Stream {
        no_idr: true,
        group: 25,
        width: 40,
        ..Stream::default()
    };
    let header = stream.publish(130);
    let mut in_band = header.clone();
    in_band.messages.remove(0);
    if let Content::Coded(first) = &mut in_band.messages[0].content {
        first.units.splice(0..0, [stream.sps(), stream.pps()]);
    }
    for next in [header, in_band] {
        let publish = Publish::one_after_the_other(vec![before.clone(), next]);
        let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
        // Two seconds behind its first picture, and from there on every second.
        assert_eq!(outcome.syncs(), [0, 10, 70, 95, 120, 145]);
    }
    // Also one that changes its parameter sets all the time.
    let groups = (0..6).map(|group| {
        let stream = Stream {
            width: 40 + group,
            ..stream
        };
        stream.publish(25)
    });
    let publish = Publish::one_after_the_other([before].into_iter().chain(groups).collect());
    let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
    assert_eq!(outcome.syncs(), [0, 10, 70, 95, 120, 145]);
}

/// NVENC's intra refresh through FFmpeg or GStreamer: only the first picture is IDR and flagged.
#[test]
fn recovery_points_that_are_not_flagged_count_where_there_is_nothing_better() {
    let stream = Stream {
        group: 0,
        slices: 2,
        ..Stream::default()
    };
    for alone in [false, true] {
        let mut publish = with_recovery_points(stream.publish(600), 25);
        if alone {
            publish = with(publish, "a message for each unit", 0);
        }
        let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
        // From 10 s after the IDR picture on, where they begin to be looked for, every second.
        let expected: Vec<usize> = [0].into_iter().chain((275..600).step_by(25)).collect();
        assert_eq!(outcome.syncs(), expected);
        assert!(outcome.habits.contains(&Habit::UnflaggedRecoveryPoints));
        let (_, refresh) = &outcome.pictures[275];
        assert_eq!(refresh.sync, SyncPoint::RecoveryPoint);
        let sets = [&[0, 0, 0, 1], &stream.sps()[..], &[0, 0, 0, 1, 0x68]].concat();
        assert!(refresh.data.starts_with(&sets));
    }
}

#[test]
fn a_stream_may_begin_at_a_recovery_point_that_is_not_flagged() {
    let stream = Stream {
        group: 0,
        ..Stream::default()
    };
    // Somebody publishes what has begun long ago.
    let mut publish = with_recovery_points(stream.publish(130), 25);
    publish.messages.remove(1);
    let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
    assert_eq!(outcome.syncs(), [74, 99, 124]);
    let mut told = AccessUnitBuilder::new();
    told.start_at_intra_pictures();
    assert_eq!(Outcome::of(&publish, told).syncs(), [24, 49, 74, 99, 124]);
}

#[test]
fn recovery_points_that_are_not_flagged_say_nothing_beside_idr_pictures_or_everywhere() {
    let often = Stream {
        group: 50,
        ..Stream::default()
    };
    let publish = with_recovery_points(often.publish(300), 10);
    let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
    assert_eq!(outcome.syncs(), [0, 50, 100, 150, 200, 250]);

    let once = Stream {
        group: 0,
        ..Stream::default()
    };
    let publish = with_recovery_points(once.publish(600), 1);
    let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
    assert_eq!(outcome.syncs(), [0]);
}

/// A recovery point in front of every so many pictures but the first, not flagged.
fn with_recovery_points(publish: Publish, every: usize) -> Publish {
    let recovery_point = [0x06, 0x06, 0x01, 0xC4, 0x80];
    let mut index = 0;
    with_each(publish, |coded| {
        if index > 0 && index % every == 0 {
            coded.units.insert(0, recovery_point.to_vec());
        }
        index += 1;
    })
}

#[test]
fn intra_pictures_are_not_believed_where_idr_pictures_come() {
    let mut publish = Stream {
        group: 100,
        ..Stream::default()
    }
    .publish(230);
    let flagged = Stream {
        no_idr: true,
        group: 25,
        ..Stream::default()
    }
    .publish(230);
    for index in (26..230).step_by(25).filter(|index| index % 100 != 1) {
        publish.messages[index] = flagged.messages[index].clone();
    }
    let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
    assert_eq!(outcome.syncs(), [0, 100, 200]);
}

#[test]
fn every_form_of_record_is_read() {
    let forms = (0..12).flat_map(|detail| {
        [
            RecordForm::Sloppy(detail),
            RecordForm::InFront(detail),
            RecordForm::WrongCounts(detail),
        ]
    });
    let forms = forms.chain([RecordForm::Standard, RecordForm::Glued, RecordForm::AnnexB]);
    for (form, original) in forms.flat_map(|form| sliced_publishes(3).map(|it| (form, it))) {
        let mut publish = original.clone();
        if let Content::Record(record) = &mut publish.messages[0].content {
            record.form = form;
        }
        let outcome = Outcome::whole(&publish, &original);
        assert_eq!(outcome.syncs(), [0], "{form:?}");
    }
}

#[test]
fn another_publish_of_the_same_source_needs_no_sequence_header() {
    let original = sliced().publish(12);
    let split = with(original.clone(), "a message for each slice", 0);
    let first = Outcome::of(&split, AccessUnitBuilder::new());
    let mut again = split.clone();
    again.messages.remove(0);
    let second = Outcome::of(&again, first.builder.into_successor());
    let out: Vec<_> = second
        .pictures
        .iter()
        .map(|(_, unit)| Publish::content(unit))
        .collect();
    assert_eq!(out, original.pictures());
    assert_eq!(second.syncs(), [0, 10]);
    assert_eq!(second.builder.counters().access_units, 12, "counted anew");
    // Others replace them.
    let other = Stream {
        profile: 66,
        pic_order_cnt_type: 2,
        ..sliced()
    };
    let third = Outcome::of(&other.publish(2), second.builder.into_successor());
    assert!(
        third.pictures[0]
            .1
            .data
            .starts_with(&[&[0, 0, 0, 1], &other.sps()[..]].concat())
    );
}

/// As OpenH264 does that gives each sequence another id.
#[test]
fn of_sequence_parameter_sets_one_after_the_other_the_newest_is_told() {
    let sequence = |id, width| {
        let stream = Stream {
            sps_id: id,
            pps_ids: [id; 2],
            width,
            ..Stream::default()
        };
        with(stream.publish(9), "parameter sets in band alone", 0)
    };
    let publish = Publish::one_after_the_other(vec![
        sequence(0, 20),
        sequence(1, 40),
        sequence(2, 30),
        sequence(1, 50),
    ]);
    let mut builder = AccessUnitBuilder::new();
    let mut widths = Vec::new();
    for (timestamp, body) in publish.bodies() {
        builder.push(timestamp, body.into()).expect("H.264");
        let info = builder.parameter_sets().and_then(|it| it.info.as_ref());
        widths.push(info.map(|info| info.width));
    }
    widths.dedup();
    assert_eq!(widths, [320, 640, 480, 800].map(Some));
}

#[test]
fn composition_times_that_are_constant_or_absurd_are_none() {
    let stream = Stream {
        b_pictures: true,
        ..Stream::default()
    };
    for told in [80, 33_000, -33_000] {
        let mut publish = stream.publish(20);
        for message in &mut publish.messages {
            if let Content::Coded(coded) = &mut message.content {
                coded.composition = told;
            }
        }
        let outcome = Outcome::whole(&publish, &publish);
        assert!(
            outcome
                .pictures
                .iter()
                .all(|(_, unit)| unit.composition_offset_ms == 0)
        );
        assert_eq!(outcome.builder.counters().reordered_pictures, 0);
    }
}

#[test]
fn composition_times_of_another_encoder_are_its_own() {
    let of_b_pictures = [66, 166, 33, 33];
    let encoder = |width, offset| {
        let mut index = 0;
        with_each(
            Stream {
                width,
                ..Stream::default()
            }
            .publish(20),
            |coded| {
                coded.composition = offset + of_b_pictures[index % 4];
                index += 1;
            },
        )
    };
    let end = Content::Other(vec![0x17, 2, 0, 0, 0]);
    let end = Publish {
        messages: vec![Message::new(0, end)],
    };
    for (one, other) in [(33_000, 0), (0, 33_000), (0, 0)] {
        // With other parameter sets, or behind the end of a sequence.
        for (between, width) in [(Publish::default(), 40), (end.clone(), 20)] {
            let both = vec![encoder(20, one), between, encoder(width, other)];
            let both = Publish::one_after_the_other(both);
            let outcome = Outcome::whole(&both, &both);
            // What all have in common is left out.
            for (pictures, offset) in outcome.pictures.chunks(20).zip([one, other]) {
                let first = if offset == 0 { 0 } else { of_b_pictures[0] };
                for (index, (_, unit)) in pictures.iter().enumerate() {
                    let expected = of_b_pictures[index % 4] - first;
                    assert_eq!(
                        unit.composition_offset_ms, expected,
                        "{one} {other} {index}"
                    );
                }
            }
        }
    }
}

#[test]
fn what_is_delivered_takes_no_more_memory_than_it_should() {
    const HUGE: usize = 16 << 20;
    let publish = Stream::default().publish(4);
    let mut delimiter = vec![0xFF; HUGE];
    delimiter[0] = 0x09;
    for index in 1..5 {
        let mut with_delimiter = publish.clone();
        if let Content::Coded(coded) = &mut with_delimiter.messages[index].content {
            coded.units.insert(0, delimiter.clone());
        }
        let mut with_track = publish.clone();
        with_track.messages[index].second_track = Some(HUGE - 1000);
        for publish in [with_delimiter, with_track] {
            let mut outcome = None;
            let held = allocation_counter::measure(|| {
                outcome = Some(Outcome::of(&publish, AccessUnitBuilder::new()));
            });
            let pictures = outcome.map_or(0, |outcome| outcome.pictures.len());
            assert_eq!(pictures, 4);
            assert!(held.bytes_current < 200_000, "{held:?}");
        }
    }
}

#[test]
fn the_units_and_sets_of_a_message_are_bounded() {
    let start = || {
        let mut builder = AccessUnitBuilder::new();
        builder
            .push(0, sequence_header(&record(&[SPS], &[PPS])).into())
            .unwrap();
        builder
    };
    // More units than any picture has.
    let mut builder = start();
    let units: Vec<&[u8]> = std::iter::repeat_n(SEI, 100_000).chain([IDR]).collect();
    builder
        .push(0, avc_message(KEY, 0, &lengths(&units)).into())
        .unwrap();
    assert_eq!(builder.counters().malformed_messages, 1);
    // More parameter sets: the first are looked at.
    let mut builder = start();
    let sets: Vec<Vec<u8>> = (0..1000_u32)
        .map(|serial| {
            let mut bits = BitWriter::default();
            bits.ue(serial % 250).ue(0).u(16, serial);
            bits.into_nal_unit(0x68)
        })
        .collect();
    let units: Vec<&[u8]> = sets.iter().map(Vec::as_slice).chain([IDR]).collect();
    builder
        .push(0, avc_message(KEY, 0, &lengths(&units)).into())
        .unwrap();
    assert!(builder.counters().refused_parameter_sets >= 936);
    builder.finish();
    assert_eq!(pictures_of(&mut builder).len(), 1);
    // More pictures.
    let mut builder = start();
    let units = vec![IDR; 1000];
    builder
        .push(0, avc_message(KEY, 0, &lengths(&units)).into())
        .unwrap();
    builder.finish();
    assert!(pictures_of(&mut builder).len() <= 257);
    assert!(builder.counters().surplus_pictures > 700);
}

/// Changes each message of NAL units.
fn with_each(mut publish: Publish, mut change: impl FnMut(&mut Coded)) -> Publish {
    for message in &mut publish.messages {
        if let Content::Coded(coded) = &mut message.content {
            change(coded);
        }
    }
    publish
}

/// Changes the bytes of each message of NAL units, given its units.
fn with_each_body(mut publish: Publish, mut change: impl FnMut(&mut Vec<u8>, &Coded)) -> Publish {
    for message in &mut publish.messages {
        let mut body = message.body();
        if let Content::Coded(coded) = &message.content {
            change(&mut body, coded);
            message.content = Content::Other(body);
        }
    }
    publish
}

#[test]
fn whatever_stands_behind_the_last_unit_is_left_out() {
    let [h264, hevc] = sliced_publishes(25);
    for original in [Stream::default().publish(25), h264, hevc] {
        for surplus in [5, 8, 16, 100, 40_000] {
            for byte in [0, 0xAB, 0xFF] {
                let publish = with_each(original.clone(), |coded| {
                    coded.surplus = vec![byte; surplus];
                });
                let outcome = Outcome::whole(&publish, &original);
                assert_eq!(outcome.habits, []);
            }
        }
    }
}

#[test]
fn a_length_that_is_too_long_by_a_header_costs_nothing() {
    let longer = |publish| {
        with_each(publish, |coded| {
            coded
                .units
                .iter_mut()
                .for_each(|unit| unit.extend([0x55; 80]));
        })
    };
    for (by, long) in [1, 5, 9, 16, 64]
        .into_iter()
        .flat_map(|by| sliced_publishes(25).map(|it| (by, longer(it))))
    {
        for only in [None, Some(0), Some(7)] {
            let mut index = 0;
            let publish = with_each_body(long.clone(), |body, coded| {
                let last = coded.units.last().expect("slices").len();
                if only.is_none_or(|only| only == index) {
                    let at = body.len() - last - 1;
                    body[at] = (last + by) as u8;
                }
                index += 1;
            });
            Outcome::whole(&publish, &long);
        }
    }
}

#[test]
fn start_codes_may_come_after_a_first_length() {
    let original = with(
        sliced().publish(25),
        "a delimiter in front of each picture",
        0,
    );
    let publish = with_each_body(original.clone(), |body, coded| {
        let mut at = 5;
        for (index, unit) in coded.units.iter().enumerate() {
            if index > 0 {
                body[at..at + 4].copy_from_slice(&[0, 0, 0, 1]);
            }
            at += 4 + unit.len();
        }
    });
    let outcome = Outcome::whole(&publish, &original);
    assert_eq!(outcome.habits, [Habit::StartCodesBehindLengths]);
}

#[test]
fn parts_of_a_picture_that_are_no_slices_go_with_it_in_messages_of_their_own() {
    for unit_type in [3, 4, 19, 20, 21] {
        let original = with_each(Stream::default().publish(25), |coded| {
            let mut part = coded.units[0].clone();
            part[0] = 0x40 | unit_type;
            coded.units.push(part);
        });
        Outcome::whole(&original, &original);
        let publish = with(original.clone(), "a message for each unit", 0);
        let outcome = Outcome::whole(&publish, &original);
        assert_eq!(outcome.habits, [Habit::SplitPictures]);
    }
}

#[test]
fn units_that_nobody_has_specified_stay_behind_their_picture() {
    let original = with_each(sliced().publish(25), |coded| {
        coded.units.push(vec![0x1E, 1, 2, 3, 4, 5]);
    });
    Outcome::whole(&original, &original);
    let publish = with(original.clone(), "several pictures in a message", 1);
    Outcome::whole(&publish, &original);
}

#[test]
fn a_recovery_point_in_a_message_of_its_own_is_flagged_by_that() {
    let recovery_point = [0x06, 0x06, 0x01, 0xC4, 0x80];
    for key in [true, false] {
        let stream = Stream {
            group: 0,
            ..Stream::default()
        };
        let mut publish = stream.publish(20);
        let alone = Coded {
            codec: Codec::H264,
            key,
            composition: 0,
            units: vec![recovery_point.to_vec()],
            framing: Framing::Lengths(4),
            surplus: Vec::new(),
        };
        let alone = Message::new(320, Content::Coded(alone));
        publish.messages.insert(9, alone);
        let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
        let expected = if key { &[0, 8][..] } else { &[0] };
        assert_eq!(outcome.syncs(), expected);
    }
}

#[test]
fn without_idr_pictures_new_sets_are_in_front_of_the_next_start() {
    let before = Stream {
        no_idr: true,
        group: 25,
        ..Stream::default()
    };
    let after = Stream {
        profile: 88,
        ..before
    };
    let mut publish = before.publish(100);
    publish.messages.extend(after.publish(50).messages);
    for (index, message) in publish.messages.iter_mut().enumerate() {
        message.timestamp = index as u32 * 40;
    }
    let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
    assert_eq!(outcome.syncs(), [50, 75, 100, 125]);
    for (index, stream) in [(75, before), (100, after), (125, after)] {
        let sets = [&[0, 0, 0, 1], &stream.sps()[..], &[0, 0, 0, 1, 0x68]].concat();
        let (_, unit) = &outcome.pictures[index];
        assert!(unit.data.starts_with(&sets), "picture {index}");
    }
}

#[test]
fn sei_whose_text_looks_like_a_slice_from_the_midst_of_a_picture_is_sei() {
    // By chance "ab" is a slice.
    let sei = [&[0x06, 5, 32][..], &[0, 0, 1].repeat(10), b"ab", &[0x80]].concat();
    let original = Stream::default().publish(25);
    let publish = with_each(original.clone(), |coded| coded.units.insert(0, sei.clone()));
    let outcome = Outcome::of(&publish, AccessUnitBuilder::new());
    assert_eq!(outcome.pictures.len(), 25);
    assert_eq!(outcome.syncs(), [0, 10, 20]);
    assert_eq!(outcome.habits, []);
}

#[test]
fn another_picture_parameter_set_between_the_slices_of_a_picture_does_not_end_it() {
    let stream = Stream {
        slices: 2,
        ..Stream::default()
    };
    // ID 1, and what the second slice says instead of 0: ue(1) is 010 and ue(0) is 1.
    let other = {
        let mut bits = BitWriter::default();
        bits.ue(1).ue(0).flag(false).flag(false).ue(0).ue(0).ue(0);
        bits.flag(false).u(2, 0).se(0).se(0).se(0);
        bits.flag(false).flag(false).flag(false);
        bits.into_nal_unit(0x68)
    };
    let original = with_each(stream.publish(25), |coded| {
        let second = coded.units.last_mut().expect("two slices");
        let mut bits = BitWriter::default();
        bits.ue(150).ue(if coded.key { 7 } else { 5 }).ue(1);
        let header = second[0];
        let behind = &second[1..];
        // Behind first_mb_in_slice 150 (15 bits), slice_type (7 or 5) and the id.
        let skipped = 15 + if coded.key { 7 } else { 5 } + 1;
        for bit in skipped..behind.len() * 8 {
            bits.flag(behind[bit / 8] >> (7 - bit % 8) & 1 == 1);
        }
        *second = bits.into_nal_unit(header);
    });
    let mut publish = original.clone();
    publish.messages = original
        .messages
        .iter()
        .flat_map(|message| match &message.content {
            Content::Coded(coded) => {
                let part = |units: Vec<Vec<u8>>| {
                    let coded = Coded {
                        units,
                        ..coded.clone()
                    };
                    Message::new(message.timestamp, Content::Coded(coded))
                };
                vec![
                    part(vec![coded.units[0].clone()]),
                    part(vec![other.clone(), coded.units[1].clone()]),
                ]
            }
            _ => vec![message.clone()],
        })
        .collect();
    let outcome = Outcome::whole(&publish, &original);
    assert_eq!(outcome.syncs(), [0, 10, 20]);
    let position = |unit: &AccessUnit, bytes: &[u8]| {
        let mut windows = unit.data.windows(bytes.len());
        windows.position(|window| window == bytes)
    };
    for (index, slice) in [(0, 1), (10, 0), (20, 0)] {
        let (_, unit) = &outcome.pictures[index];
        let slice = &original.pictures()[index].units[slice];
        assert!(position(unit, &other).expect("the set") < position(unit, slice).expect("it"));
    }
}

#[test]
fn a_sequence_header_labelled_as_a_picture_is_one() {
    for original in sliced_publishes(25) {
        let mut publish = original.clone();
        let mut header = publish.messages[0].body();
        header[1] = 1;
        publish.messages[0].content = Content::Other(header);
        let outcome = Outcome::whole(&publish, &original);
        assert_eq!(outcome.syncs(), [0, 10, 20]);
        assert_eq!(outcome.builder.counters().malformed_messages, 0);
    }
}
