//! Audio messages as publishers send them, and the frames that come of them.

mod support;

use flv_h264::{
    AudioCodec, AudioEncoding, AudioEvent, AudioFormat, AudioFrame, AudioFrameBuilder, AudioHabit,
    LeftOut,
    aac::{AdtsFrames, AdtsHeader, AudioObjectType, NotInAdts},
    flv::{FlvItem, FlvReader, FlvTagType, FourCc, OnMetaData},
};
use proptest::prelude::*;
use rtmp_payload::Payload;
use support::{BitWriter, sound_of};

/// AAC LC, 44100 Hz, stereo.
const STEREO: &[u8] = &[0xAF, 0, 0x12, 0x10];
/// AAC LC, 16000 Hz, mono.
const MONO: &[u8] = &[0xAF, 0, 0x14, 0x08];
/// A frame, whatever it sounds like.
const RAW: &[u8] = &[0xAF, 1, 0x21, 0x10, 0x04, 0x60];

const STEREO_FORMAT: AudioFormat = format(AudioEncoding::Aac, 44_100, 2);

const fn format(encoding: AudioEncoding, sample_rate: u32, channels: u8) -> AudioFormat {
    AudioFormat {
        encoding,
        sample_rate,
        channels,
    }
}

fn frames(messages: &[&[u8]]) -> Vec<AudioFrame> {
    let (frames, reasons) = heard(messages);
    assert_eq!(reasons, []);
    frames
}

fn heard(messages: &[&[u8]]) -> (Vec<AudioFrame>, Vec<LeftOut>) {
    let timed: Vec<(u32, &[u8])> = messages.iter().map(|message| (0, *message)).collect();
    sound_of(&mut AudioFrameBuilder::new(), &timed)
}

fn reasons(messages: &[&[u8]]) -> Vec<LeftOut> {
    let (frames, reasons) = heard(messages);
    assert!(frames.is_empty(), "{frames:?}");
    reasons
}

fn one(mut frames: Vec<AudioFrame>) -> AudioFrame {
    assert_eq!(frames.len(), 1, "{frames:?}");
    frames.remove(0)
}

/// A frame behind an ADTS header that says `header`.
fn adts(header: AdtsHeader, payload: &[u8]) -> Vec<u8> {
    let header = header.with_payload(payload.len()).expect("short enough");
    [&header.encode().expect("in range"), payload].concat()
}

fn message(head: &[u8], body: &[u8]) -> Vec<u8> {
    [head, body].concat()
}

#[test]
fn what_ffmpeg_sends_comes_out_as_it_went_in() {
    let fixtures: [(&str, &[u8], &[u8], AudioFormat); 7] = [
        (
            "aac, stereo",
            include_bytes!("fixtures/sounds/aac_44100_stereo.flv"),
            include_bytes!("fixtures/sounds/aac_44100_stereo.aac"),
            STEREO_FORMAT,
        ),
        (
            "aac, mono",
            include_bytes!("fixtures/sounds/aac_16000_mono.flv"),
            include_bytes!("fixtures/sounds/aac_16000_mono.aac"),
            format(AudioEncoding::Aac, 16_000, 1),
        ),
        (
            "aac, 5.1",
            include_bytes!("fixtures/sounds/aac_48000_5.1.flv"),
            include_bytes!("fixtures/sounds/aac_48000_5.1.aac"),
            format(AudioEncoding::Aac, 48_000, 6),
        ),
        (
            "alaw",
            include_bytes!("fixtures/sounds/alaw.flv"),
            include_bytes!("fixtures/sounds/alaw.alaw"),
            format(AudioEncoding::ALaw, 8000, 1),
        ),
        (
            "mulaw",
            include_bytes!("fixtures/sounds/mulaw.flv"),
            include_bytes!("fixtures/sounds/mulaw.mulaw"),
            format(AudioEncoding::MuLaw, 8000, 1),
        ),
        (
            "pcm, stereo",
            include_bytes!("fixtures/sounds/pcm_11025_stereo.flv"),
            include_bytes!("fixtures/sounds/pcm_11025_stereo.s16le"),
            format(AudioEncoding::Pcm, 11_025, 2),
        ),
        // FFmpeg's tags say 5.5 kHz here, its onMetaData says 8.
        (
            "pcm, 8 kHz",
            include_bytes!("fixtures/sounds/pcm_8000_mono.flv"),
            include_bytes!("fixtures/sounds/pcm_8000_mono.s16le"),
            format(AudioEncoding::Pcm, 8000, 1),
        ),
    ];
    for (name, file, expected, format) in fixtures {
        let (frames, reasons) = played(file);
        assert_eq!(reasons, [], "{name}");
        let bytes: Vec<u8> = frames
            .iter()
            .flat_map(|frame| frame.data.to_vec())
            .collect();
        assert!(bytes == expected, "{name}: other bytes than ffmpeg's copy");
        let mut samples = 0_u64;
        for frame in &frames {
            assert_eq!(frame.format, format, "{name}");
            let expected = samples * 1000 / u64::from(format.sample_rate);
            assert!(
                u64::from(frame.timestamp_ms).abs_diff(expected) <= 1,
                "{name}: {} instead of {expected}",
                frame.timestamp_ms
            );
            samples += u64::from(frame.samples);
        }
        let half_a_second = u64::from(format.sample_rate) / 2;
        assert!(samples.abs_diff(half_a_second) <= 2048, "{name}: {samples}");
    }
}

#[test]
fn pcm_whose_byte_order_the_tag_leaves_open_is_left_out_with_the_reason() {
    let (frames, reasons) = played(include_bytes!("fixtures/sounds/pcm_big_endian.flv"));
    assert!(frames.is_empty());
    assert_eq!(reasons, [LeftOut::PcmOfUnknownByteOrder]);
}

/// What comes of a file that a publisher would send.
fn played(file: &[u8]) -> (Vec<AudioFrame>, Vec<LeftOut>) {
    let mut builder = AudioFrameBuilder::new();
    let mut reader = FlvReader::new();
    let (mut frames, mut reasons) = (vec![], vec![]);
    let mut input = file;
    while let Some(item) = reader.read(&mut input).expect("FFmpeg's FLV") {
        let FlvItem::Tag(tag) = item else { continue };
        match tag.header.tag_type {
            FlvTagType::SCRIPT_DATA => {
                builder.declare(&OnMetaData::parse(&tag.body).expect("onMetaData"));
            }
            FlvTagType::AUDIO => {
                let time = tag.header.timestamp_ms;
                let (some, others) = sound_of(&mut builder, &[(time, &tag.body)]);
                frames.extend(some);
                reasons.extend(others);
            }
            other => panic!("{other:?}"),
        }
    }
    (frames, reasons)
}

#[test]
fn the_header_of_adts_goes_over_the_tag_and_into_the_room_in_front() {
    for room in [0, 4, 5, 64] {
        let mut builder = AudioFrameBuilder::new();
        builder.push(0, STEREO.to_vec().into());
        let message = [&vec![0xEE; room][..], RAW].concat();
        let body = message[room..].as_ptr() as usize;
        builder.push(23, Payload::new(message, room));
        let Some(AudioEvent::Format(format)) = builder.poll_event() else {
            panic!("the format comes first");
        };
        let Some(AudioEvent::Frame(frame)) = builder.poll_event() else {
            panic!("a frame");
        };
        assert!(builder.poll_event().is_none());
        assert_eq!(format, STEREO_FORMAT);
        assert_eq!(frame.data[..7], [0xFF, 0xF1, 0x50, 0x80, 0x01, 0x7F, 0xFC]);
        assert_eq!(frame.data[7..], RAW[2..]);
        assert_eq!(frame.samples, 1024);
        // Two bytes of the tag, and at least five in front: then nothing moves.
        let is_moved = frame.data[7..].as_ptr() as usize != body + 2;
        assert_eq!(is_moved, room < 5);
    }
}

#[test]
fn sequence_headers_are_repeated_and_change() {
    let mut builder = AudioFrameBuilder::new();
    let messages = [
        STEREO, RAW, STEREO, RAW, STEREO, MONO, RAW, RAW, STEREO, RAW,
    ];
    let timed = messages.map(|message| (0, message));
    let (frames, reasons) = sound_of(&mut builder, &timed);
    assert_eq!(reasons, []);
    let rates: Vec<u32> = frames
        .iter()
        .map(|frame| frame.format.sample_rate)
        .collect();
    assert_eq!(rates, [44_100, 44_100, 16_000, 16_000, 44_100]);
    let counters = builder.counters();
    assert_eq!(counters.repeated_sequence_headers, 2);
    assert_eq!(counters.sequence_header_changes, 2);
    assert_eq!((counters.messages, counters.frames), (10, 5));
}

#[test]
fn a_format_is_told_when_it_changes() {
    let mut builder = AudioFrameBuilder::new();
    let alaw: &[u8] = &[0x72, 0xD5, 0xD5];
    for message in [STEREO, RAW, RAW, STEREO, RAW, alaw, alaw, RAW] {
        builder.push(0, message.to_vec().into());
    }
    let mut told = vec![];
    while let Some(event) = builder.poll_event() {
        match event {
            AudioEvent::Format(format) => told.push(format.to_string()),
            AudioEvent::Frame(frame) => assert_eq!(
                frame.format.to_string(),
                *told.last().expect("a format before every frame")
            ),
            other => panic!("{other:?}"),
        }
    }
    // The header of AAC still counts after G.711.
    let aac = "AAC, 44100 Hz, stereo";
    assert_eq!(told, [aac, "G.711 A-law, 8000 Hz, mono", aac]);
}

#[test]
fn empty_messages_are_no_sound() {
    let mut builder = AudioFrameBuilder::new();
    let messages: [&[u8]; 8] = [
        &[],
        &[0xAF],
        STEREO,
        &[0xAF, 1],
        &[0x72],
        &[0x82],
        &[0x3F, 1],
        b"\x91mp4a",
    ];
    let timed = messages.map(|message| (0, message));
    let (frames, reasons) = sound_of(&mut builder, &timed);
    assert!(frames.is_empty() && reasons.is_empty());
    assert_eq!(builder.counters().empty_messages, 7);
    assert_eq!(builder.counters().malformed_messages, 0);
    assert_eq!(builder.counters().partial_sample_bytes, 1);
    assert_eq!(sound_of(&mut builder, &[(0, RAW)]).0.len(), 1);
}

#[test]
fn raw_aac_before_its_header_is_told_once_and_counted() {
    let mut builder = AudioFrameBuilder::new();
    let timed = [RAW, RAW, STEREO, RAW].map(|message| (0, message));
    let (frames, reasons) = sound_of(&mut builder, &timed);
    assert_eq!(frames.len(), 1);
    assert_eq!(reasons, [LeftOut::NoSequenceHeader]);
    assert_eq!(builder.counters().left_out, 2);
}

#[test]
fn a_broken_sequence_header_leaves_the_last_good_one() {
    let mut builder = AudioFrameBuilder::new();
    let broken: [&[u8]; 4] = [
        // Nothing, one byte, a reserved frequency, and no channels where they belong.
        &[0xAF, 0],
        &[0xAF, 0, 0x12],
        &[0xAF, 0, 0x17, 0x10],
        &[0xAF, 0, 0x12, 0x00],
    ];
    for header in broken {
        let timed = [STEREO, header, RAW].map(|message| (0, message));
        let (frames, reasons) = sound_of(&mut builder, &timed);
        assert_eq!(reasons, []);
        assert_eq!(one(frames).format, STEREO_FORMAT);
    }
    assert_eq!(builder.counters().broken_sequence_headers, 4);
    assert_eq!(reasons(&[broken[3], RAW]), [LeftOut::NoSequenceHeader]);
}

#[test]
fn the_tag_says_nothing_about_aac() {
    // Rate, size and stereo in every combination: the sequence header counts.
    for bits in 0..16 {
        let header = message(&[0xA0 | bits], &STEREO[1..]);
        let raw = message(&[0xA0 | bits ^ 0x0F], &RAW[1..]);
        assert_eq!(one(frames(&[&header, &raw])).format, STEREO_FORMAT);
    }
}

#[test]
fn g711_is_8_khz_mono_whatever_the_tag_says() {
    for bits in 0..16 {
        let alaw = one(frames(&[&message(&[0x70 | bits], &[0xD5; 160])]));
        assert_eq!(alaw.format, format(AudioEncoding::ALaw, 8000, 1));
        assert_eq!((alaw.samples, &alaw.data[..]), (160, &[0xD5; 160][..]));
        let mulaw = one(frames(&[&message(&[0x80 | bits], &[0xFF; 161])]));
        assert_eq!(mulaw.format, format(AudioEncoding::MuLaw, 8000, 1));
        assert_eq!(mulaw.samples, 161);
    }
}

#[test]
fn pcm_is_what_its_tag_says() {
    for (bits, rate, channels) in [
        (0x32, 5512, 1),
        (0x36, 11_025, 1),
        (0x3B, 22_050, 2),
        (0x3F, 44_100, 2),
    ] {
        let frame = one(frames(&[&message(&[bits], &[1; 400])]));
        assert_eq!(frame.format, format(AudioEncoding::Pcm, rate, channels));
        assert_eq!(frame.samples, 200 / u32::from(channels));
    }
    assert_eq!(
        reasons(&[&[0x3D, 1, 2], &[0x0D, 1]]),
        [LeftOut::EightBitPcm]
    );
}

#[test]
fn a_rate_that_the_tag_cannot_say_is_that_of_on_meta_data() {
    let declared = |rate: f64| {
        let mut declared = OnMetaData::default();
        declared.audio_sample_rate = Some(rate);
        declared
    };
    let rate = |tag: u8, said: f64| {
        let mut builder = AudioFrameBuilder::new();
        builder.declare(&declared(said));
        let sound = message(&[tag], &[0; 64]);
        one(sound_of(&mut builder, &[(0, &sound)]).0)
            .format
            .sample_rate
    };
    assert_eq!(rate(0x32, 8000.0), 8000);
    assert_eq!(rate(0x32, 16_000.0), 16_000);
    assert_eq!(rate(0x3E, 48_000.0), 48_000);
    assert_eq!(rate(0x3E, 32_000.0), 32_000);
    // What it can say, and nonsense, does not count.
    assert_eq!(rate(0x36, 44_100.0), 11_025);
    // What it can say, and nonsense, does not count.
    assert_eq!(rate(0x36, 44_100.0), 11_025);
    assert_eq!(rate(0x36, 8000.0), 11_025);
    for nonsense in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
        assert_eq!(rate(0x3E, nonsense), 44_100);
    }
    // G.711 and AAC have rates of their own.
    assert_eq!(rate(0x72, 16_000.0), 8000);
    // Metadata of something else does not unsay it.
    let mut builder = AudioFrameBuilder::new();
    builder.declare(&declared(48_000.0));
    builder.declare(&OnMetaData::default());
    let sound = message(&[0x3E], &[0; 64]);
    let frame = one(sound_of(&mut builder, &[(0, &sound)]).0);
    assert_eq!(frame.format.sample_rate, 48_000);
}

#[test]
fn a_sample_that_breaks_off_is_dropped() {
    let mut builder = AudioFrameBuilder::new();
    let stereo = message(&[0x3F], &[7; 4 * 10 + 3]);
    let (frames, _) = sound_of(&mut builder, &[(0, &stereo)]);
    assert_eq!(one(frames).data[..], [7; 40]);
    assert_eq!(builder.counters().partial_sample_bytes, 3);
}

#[test]
fn aac_with_headers_of_its_own() {
    let header = AdtsHeader::default();
    let sound = message(&[0xAF, 1], &adts(header, &RAW[2..]));
    // Without a sequence header, with one, and with a contradicting one.
    for before in [&[][..], STEREO, MONO] {
        let mut builder = AudioFrameBuilder::new();
        let (frames, reasons) = sound_of(&mut builder, &[(0, before), (0, &sound)]);
        assert_eq!(reasons, []);
        let frame = one(frames);
        assert_eq!(frame.format, STEREO_FORMAT);
        assert_eq!(frame.data[..], sound[2..]);
        assert_eq!(builder.counters().adts_messages, 1);
    }
    // Where the sequence header should be, with raw frames behind it.
    let instead = message(&[0xAF, 0], &adts(header, &[]));
    assert_eq!(one(frames(&[&instead, RAW])).format, STEREO_FORMAT);
}

#[test]
fn that_aac_has_headers_is_told_once() {
    let sound = message(&[0xAF, 1], &adts(AdtsHeader::default(), &RAW[2..]));
    let mut builder = AudioFrameBuilder::new();
    for _ in 0..3 {
        builder.push(0, sound.clone().into());
    }
    let habits: Vec<AudioHabit> = std::iter::from_fn(|| builder.poll_event())
        .filter_map(|event| match event {
            AudioEvent::Habit(habit) => Some(habit),
            _ => None,
        })
        .collect();
    assert_eq!(habits, [AudioHabit::AdtsHeaders]);
}

#[test]
fn a_checksum_goes() {
    let header = AdtsHeader {
        has_checksum: true,
        frame_length: 7 + 2 + 4,
        ..AdtsHeader::default()
    };
    let encoded = header.encode().expect("in range");
    let sound = [&[0xAF, 1], &encoded[..], &[0xAA, 0xBB], &RAW[2..]].concat();
    let frame = one(frames(&[&sound]));
    assert_eq!(frame.data[..], adts(AdtsHeader::default(), &RAW[2..]));

    // One between blocks cannot be taken out.
    let header = AdtsHeader {
        raw_data_blocks: 2,
        frame_length: 40,
        ..header
    };
    let encoded = header.encode().expect("in range");
    let sound = [&[0xAF, 1], &encoded[..], &[0; 33]].concat();
    assert_eq!(reasons(&[&sound]), [LeftOut::ChecksumsBetweenBlocks]);
}

#[test]
fn several_blocks_behind_one_header_stay_together() {
    let header = AdtsHeader {
        raw_data_blocks: 3,
        ..AdtsHeader::default()
    };
    let sound = message(&[0xAF, 1], &adts(header, &[0x21; 30]));
    let frame = one(frames(&[&sound]));
    assert_eq!(frame.samples, 3072);
    assert_eq!(frame.data[..], sound[2..]);
}

#[test]
fn several_frames_of_a_message_follow_each_other_by_their_samples() {
    let header = AdtsHeader::default();
    let parts: Vec<Vec<u8>> = (1..=4_u8).map(|byte| adts(header, &[byte; 9])).collect();
    let sound = message(&[0xAF, 1], &parts.concat());
    let mut builder = AudioFrameBuilder::new();
    let (frames, _) = sound_of(&mut builder, &[(u32::MAX - 20, &sound)]);
    let times: Vec<(u32, u32)> = frames
        .iter()
        .map(|frame| (frame.timestamp_ms, frame.timestamp_nanos))
        .collect();
    assert_eq!(
        times,
        [
            (u32::MAX - 20, 0),
            (2, 219_954),
            (25, 439_909),
            (48, 659_863)
        ]
    );
    for (frame, part) in frames.iter().zip(&parts) {
        assert_eq!(frame.data, *part);
        assert!(frame.buffer_bytes <= 2 * part.len() + 4096);
    }
    assert_eq!(builder.counters().further_frames, 3);
}

#[test]
fn adts_lengths_that_are_not_so() {
    let header = AdtsHeader::default();
    let good = adts(header, &RAW[2..]);
    let with_length = |length: u16| {
        let header = AdtsHeader {
            frame_length: length,
            ..header
        };
        [&header.encode().expect("in range"), &RAW[2..]].concat()
    };
    // Without the header's own length, too long, and with something behind it.
    let mut builder = AudioFrameBuilder::new();
    for wrong in [with_length(7), with_length(4000)] {
        let sound = message(&[0xAF, 1], &wrong);
        let (frames, _) = sound_of(&mut builder, &[(0, &sound)]);
        assert_eq!(one(frames).data[..], good);
    }
    let sound = [&[0xAF, 1], &good[..], &[0, 0, 0]].concat();
    let (frames, _) = sound_of(&mut builder, &[(0, &sound)]);
    assert_eq!(one(frames).data[7..], [&RAW[2..], &[0, 0, 0]].concat());
    // A second frame that breaks off is left out.
    let sound = [&[0xAF, 1], &good[..], &good[..9]].concat();
    let (frames, _) = sound_of(&mut builder, &[(0, &sound)]);
    assert_eq!(one(frames).data[..], good);
    assert_eq!(builder.counters().wrong_adts_lengths, 4);
}

#[test]
fn adts_without_channels_takes_those_of_the_sequence_header() {
    let header = AdtsHeader {
        channel_configuration: 0,
        ..AdtsHeader::default()
    };
    let sound = message(&[0xAF, 1], &adts(header, &RAW[2..]));
    assert_eq!(
        reasons(&[&sound]),
        [LeftOut::NotInAdts(NotInAdts::Channels)]
    );
    assert_eq!(one(frames(&[STEREO, &sound])).format, STEREO_FORMAT);
}

#[test]
fn far_too_many_frames_of_a_message_are_not_taken_apart() {
    let frame = adts(AdtsHeader::default(), &[]);
    let sound = message(&[0xAF, 1], &frame.repeat(100_000));
    let mut builder = AudioFrameBuilder::new();
    assert!(sound_of(&mut builder, &[(0, &sound)]).0.is_empty());
    let sound = message(
        &[0xAF, 1],
        &adts(AdtsHeader::default(), &[1]).repeat(100_000),
    );
    assert_eq!(sound_of(&mut builder, &[(0, &sound)]).0.len(), 256);
    assert_eq!(builder.counters().surplus_frames, 2);

    let long = message(&[0x72], &vec![0xD5; 16 * 1024 * 1024]);
    let (frames, _) = sound_of(&mut builder, &[(5, &long)]);
    assert_eq!(frames.len(), 256);
    for (second, frame) in frames.iter().enumerate() {
        assert_eq!((frame.samples, frame.data.len()), (8000, 8000));
        assert_eq!(frame.timestamp_ms as usize, 5 + 1000 * second);
    }
}

#[test]
fn a_frame_that_does_not_fit_adts_is_told_once() {
    let long = message(&RAW[..2], &vec![0x21; AdtsHeader::MAX_PAYLOAD + 1]);
    let longest = message(&RAW[..2], &vec![0x21; AdtsHeader::MAX_PAYLOAD]);
    let (frames, reasons) = heard(&[STEREO, &long, RAW, &long, &longest]);
    assert_eq!(reasons, [LeftOut::TooLong]);
    let lengths: Vec<usize> = frames.iter().map(|frame| frame.data.len()).collect();
    assert_eq!(lengths, [11, 8191]);
}

#[test]
fn loas_is_named() {
    // AudioSyncStream: 11 bits 0x2B7, 13 bits of length, so many bytes.
    let loas = |length: u8| message(&[0x56, 0xE0, length], &vec![0x20; length.into()]);
    let single = message(&RAW[..2], &loas(30));
    let double = message(&RAW[..2], &[loas(9), loas(200)].concat());
    assert_eq!(reasons(&[STEREO, &single, &double]), [LeftOut::Loas]);
    // What only begins like it is raw.
    let raw = message(&RAW[..2], &loas(30)[..20]);
    assert_eq!(frames(&[STEREO, &raw]).len(), 1);
}

#[test]
fn every_other_codec_is_named_and_told_again_after_sound() {
    let legacy = |id: u8| message(&[id << 4 | 0x0F], &[1, 2, 3]);
    let enhanced = |four_cc: &[u8]| [b"\x91", four_cc, &[1, 2, 3]].concat();
    let cases = [
        (legacy(1), AudioCodec::Adpcm),
        (legacy(2), AudioCodec::Mp3),
        (legacy(14), AudioCodec::Mp3),
        (legacy(4), AudioCodec::Nellymoser),
        (legacy(11), AudioCodec::Speex),
        (legacy(12), AudioCodec::UnknownId(12)),
        (legacy(15), AudioCodec::UnknownId(15)),
        (enhanced(b"Opus"), AudioCodec::Opus),
        (enhanced(b"fLaC"), AudioCodec::Flac),
        (enhanced(b"ac-3"), AudioCodec::Ac3),
        (enhanced(b"ec-3"), AudioCodec::Eac3),
        (enhanced(b".mp3"), AudioCodec::Mp3),
        (
            enhanced(b"zzzz"),
            AudioCodec::UnknownFourCc(FourCc(*b"zzzz")),
        ),
    ];
    for (sound, codec) in cases {
        let mut builder = AudioFrameBuilder::new();
        let messages: [&[u8]; 6] = [&sound, &sound, STEREO, RAW, &sound, &sound];
        let timed = messages.map(|message| (0, message));
        let (frames, reasons) = sound_of(&mut builder, &timed);
        assert_eq!(frames.len(), 1);
        assert_eq!(reasons, [LeftOut::Codec(codec); 2]);
        assert_eq!(builder.counters().left_out, 4);
        let text = reasons[0].to_string();
        assert!(text.starts_with(&codec.to_string()), "{text}");
    }
}

#[test]
fn aac_of_other_kinds_is_named() {
    let mut eld = BitWriter::default();
    eld.u(5, 31).u(6, 39 - 32).u(4, 4).u(4, 2).u(32, 0);
    let eld = message(&[0xAF, 0], &eld.into_bytes());
    let reason = LeftOut::NotInAdts(NotInAdts::ObjectType(AudioObjectType::ER_AAC_ELD));
    assert_eq!(reasons(&[&eld, RAW, RAW]), [reason]);
    assert_eq!(
        reason.to_string(),
        "AAC ELD has no place in ADTS, AAC LC is needed"
    );
    // It is told with the header already, and again when it comes back.
    let (frames, told) = heard(&[&eld, STEREO, RAW, &eld]);
    assert_eq!((frames.len(), told), (1, vec![reason, reason]));
}

#[test]
fn he_aac_comes_as_its_core() {
    let header = [0xAF, 0, 0xEB, 0x09, 0x88, 0x00];
    let mut builder = AudioFrameBuilder::new();
    let (frames, reasons) = sound_of(&mut builder, &[(0, &header), (0, RAW)]);
    assert_eq!(reasons, []);
    let frame = one(frames);
    assert_eq!(frame.format, format(AudioEncoding::Aac, 24_000, 1));
    assert_eq!(frame.samples, 1024);
    let told = builder.audio_specific_config().expect("it came");
    assert_eq!(told.to_string(), "HE-AAC v2");
}

// Enhanced RTMP.

#[test]
fn enhanced_aac_is_aac() {
    let start = b"\x90mp4a\x12\x10";
    let coded = [b"\x91mp4a", &RAW[2..]].concat();
    let frame = one(frames(&[start, b"\x94mp4a\x00\x02", &coded, b"\x92mp4a"]));
    assert_eq!(frame.format, STEREO_FORMAT);
    assert_eq!(frame.data[7..], RAW[2..]);
    // With nanoseconds in front.
    let fine = [b"\x97\x02\x01\x02\x03\x01mp4a", &RAW[2..]].concat();
    let frame = one(frames(&[start, &fine]));
    assert_eq!(frame.timestamp_nanos, 0x01_02_03);
}

#[test]
fn of_several_tracks_the_default_one_is_heard() {
    let mut builder = AudioFrameBuilder::new();
    // Both tracks in one message, of one codec: track 1 first.
    let start = b"\x95\x10mp4a\x01\0\0\x02\x14\x08\0\0\0\x02\x12\x10";
    let coded = b"\x95\x11mp4a\x01\0\0\x03\x01\x02\x03\0\0\0\x02\x04\x05";
    let (frames, reasons) = sound_of(&mut builder, &[(0, start), (0, coded)]);
    assert_eq!(reasons, []);
    let frame = one(frames);
    assert_eq!(frame.format, STEREO_FORMAT);
    assert_eq!(frame.data[7..], [4, 5]);
    assert_eq!(builder.counters().other_track_messages, 2);
    // A track of its own in messages of its own.
    let (frames, _) = sound_of(&mut builder, &[(0, b"\x95\x01mp4a\x02\x09\x09")]);
    assert!(frames.is_empty());
    assert_eq!(builder.counters().other_track_messages, 3);
    // Of several codecs, the one that can be delivered.
    let mixed = b"\x95\x21Opus\0\0\0\x01\x09mp4a\x01\0\0\x02\x04\x05";
    let mut builder = AudioFrameBuilder::new();
    let (frames, reasons) = sound_of(
        &mut builder,
        &[(0, b"\x95\x00mp4a\x01\x12\x10"), (0, mixed)],
    );
    assert_eq!(reasons, []);
    assert_eq!(one(frames).data[7..], [4, 5]);
}

#[test]
fn a_lower_track_takes_over_with_nothing_known() {
    let mut builder = AudioFrameBuilder::new();
    let higher: [(u32, &[u8]); 2] = [
        (0, b"\x95\x00mp4a\x03\x12\x10"),
        (0, b"\x95\x01mp4a\x03\x01"),
    ];
    assert_eq!(sound_of(&mut builder, &higher).0.len(), 1);
    let (frames, reasons) = sound_of(&mut builder, &[(0, RAW)]);
    assert_eq!(
        (frames.len(), reasons),
        (0, vec![LeftOut::NoSequenceHeader])
    );
    let (frames, _) = sound_of(
        &mut builder,
        &[(0, MONO), (0, RAW), (0, b"\x95\x01mp4a\x03\x01")],
    );
    assert_eq!(one(frames).format.sample_rate, 16_000);
}

#[test]
fn junk_is_counted() {
    let junk: [&[u8]; 6] = [
        // No FourCC, a multitrack in a multitrack, an unknown packet type of AAC, and of FLV.
        &[0x91, 1],
        b"\x95\x05mp4a",
        b"\x99mp4a\x01",
        &[0xAF, 9, 1],
        b"\x91\x00\x01\x02\x03\x04",
        b"\x97\xFF\xFF\xFF",
    ];
    let mut builder = AudioFrameBuilder::new();
    let timed = junk.map(|message| (0, message));
    let (frames, reasons) = sound_of(&mut builder, &timed);
    assert!(frames.is_empty() && reasons.is_empty());
    assert_eq!(builder.counters().malformed_messages, 6);
}

#[test]
fn the_successor_knows_the_sequence_header() {
    let mut builder = AudioFrameBuilder::new();
    sound_of(&mut builder, &[(0, STEREO), (0, RAW), (0, &[0x2F, 1])]);
    let mut successor = builder.into_successor();
    assert_eq!(successor.counters(), Default::default());
    successor.push(0, RAW.to_vec().into());
    let Some(AudioEvent::Format(format)) = successor.poll_event() else {
        panic!("the format is told again");
    };
    assert_eq!(format, STEREO_FORMAT);
    // Of another track nothing is known, and it is heard all the same.
    let mut other = successor.into_successor();
    let coded = b"\x95\x01mp4a\x03\x01";
    let (frames, reasons) = sound_of(&mut other, &[(0, coded)]);
    assert_eq!(
        (frames.len(), reasons),
        (0, vec![LeftOut::NoSequenceHeader])
    );
    let header = b"\x95\x00mp4a\x03\x12\x10";
    let (frames, _) = sound_of(&mut other, &[(0, header), (0, coded)]);
    assert_eq!(one(frames).format, STEREO_FORMAT);
}

/// A message of a kind that means something, with anything in it.
fn any_message() -> impl Strategy<Value = Vec<u8>> {
    let heads = prop::sample::select(vec![
        vec![],
        vec![0xAF, 0],
        vec![0xAF, 1],
        vec![0xAF, 1, 0xFF, 0xF1, 0x50, 0x80],
        vec![0xAF, 1, 0x56, 0xE0],
        STEREO.to_vec(),
        vec![0x72],
        vec![0x3F],
        b"\x90mp4a".to_vec(),
        b"\x91mp4a".to_vec(),
        b"\x95\x11mp4a".to_vec(),
    ]);
    (heads, prop::collection::vec(any::<u8>(), 0..48))
        .prop_map(|(head, tail)| [head, tail].concat())
}

proptest! {
    #[test]
    fn whatever_comes_frames_are_whole_and_nothing_is_lost_in_the_counters(
        messages in prop::collection::vec(any_message(), 0..12),
        room in 0_usize..20,
    ) {
        let mut builder = AudioFrameBuilder::new();
        let mut plain = AudioFrameBuilder::new();
        let mut frames = 0;
        for (time, message) in messages.iter().enumerate() {
            let roomy = [&vec![0xEE; room][..], message].concat();
            builder.push(time as u32, Payload::new(roomy, room));
            let mut told = None;
            let (mut others, _) = sound_of(&mut plain, &[(time as u32, message)]);
            others.reverse();
            while let Some(event) = builder.poll_event() {
                match event {
                    AudioEvent::Format(format) => told = Some(format),
                    AudioEvent::Frame(frame) => {
                        frames += 1;
                        prop_assert!(told.is_none_or(|told| told == frame.format));
                        prop_assert!(frame.samples > 0 && frame.format.channels > 0);
                        prop_assert!(frame.buffer_bytes <= 2 * frame.data.len() + 4096);
                        let other = others.pop().expect("the same without room");
                        prop_assert_eq!(&frame.data, &other.data);
                        check(&frame)?;
                    }
                    _ => {}
                }
            }
        }
        prop_assert_eq!(builder.counters(), plain.counters());
        prop_assert_eq!(builder.counters().frames, frames);
        prop_assert_eq!(builder.counters().messages, messages.len() as u64);
    }
}

fn check(frame: &AudioFrame) -> Result<(), TestCaseError> {
    let channels = usize::from(frame.format.channels);
    match frame.format.encoding {
        AudioEncoding::Aac => {
            let mut frames = AdtsFrames::new(&frame.data);
            let adts = frames.next().expect("a header");
            prop_assert!(frames.rest().is_empty());
            prop_assert_eq!(adts.header.length(), 7);
            prop_assert_eq!(adts.header.samples(), frame.samples);
            prop_assert_eq!(adts.header.sampling_frequency(), frame.format.sample_rate);
            prop_assert_eq!(adts.header.channels(), Some(frame.format.channels));
        }
        AudioEncoding::Pcm => {
            prop_assert_eq!(frame.data.len(), 2 * channels * frame.samples as usize);
        }
        _ => prop_assert_eq!(frame.data.len(), frame.samples as usize),
    }
    Ok(())
}
