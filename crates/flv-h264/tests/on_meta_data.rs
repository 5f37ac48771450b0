//! onMetaData as encoders send it: advisory, and parsed as far as it goes.

use amf0::Encoder;
use flv_h264::{
    AudioCodec, VideoCodec,
    flv::{OnMetaData, ScriptTag},
};

/// `"onMetaData"` and what the closure adds.
fn message(add: impl FnOnce(&mut Encoder<'_, Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes);
    encoder.string("onMetaData");
    add(&mut encoder);
    encoder.finish().expect("short names");
    bytes
}

fn obs() -> Vec<u8> {
    message(|encoder| {
        encoder.ecma_array(|o| {
            o.number("duration", 0.0)
                .number("fileSize", 0.0)
                .number("width", 1920.0)
                .number("height", 1080.0)
                .number("videocodecid", 7.0)
                .number("videodatarate", 2500.0)
                .number("framerate", 30.0)
                .number("audiocodecid", 10.0)
                .number("audiodatarate", 160.0)
                .number("audiosamplerate", 48000.0)
                .boolean("stereo", true)
                .string("encoder", "obs-output module (libobs version 30.0.2)");
        });
    })
}

#[test]
fn an_ecma_array_is_read() {
    let declared = OnMetaData::parse(&obs()).unwrap();
    let encoder = declared.encoder.as_deref();
    assert_eq!(encoder, Some("obs-output module (libobs version 30.0.2)"));
    assert_eq!((declared.width, declared.height), (Some(1920), Some(1080)));
    assert_eq!(declared.frame_rate, Some(30.0));
    assert_eq!(declared.video_data_rate, Some(2500.0));
    assert_eq!(declared.video_codec, Some(VideoCodec::Avc));
    assert_eq!(declared.audio_codec, Some(AudioCodec::Aac));
    assert_eq!(declared.audio_data_rate, Some(160.0));
    assert_eq!(declared.audio_sample_rate, Some(48000.0));
}

#[test]
fn an_object_is_read() {
    let bytes = message(|encoder| {
        encoder.object(|o| {
            o.number("width", 640.0);
        });
    });
    assert_eq!(OnMetaData::parse(&bytes).unwrap().width, Some(640));
}

#[test]
fn set_data_frame_in_front_is_passed_over() {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes);
    encoder.string("@setDataFrame").finish().unwrap();
    bytes.extend(obs());
    assert_eq!(OnMetaData::parse(&bytes), OnMetaData::parse(&obs()));
}

#[test]
fn the_byte_of_an_amf3_message_is_passed_over() {
    let wrapped = [vec![0], obs()].concat();
    assert_eq!(OnMetaData::parse(&wrapped), OnMetaData::parse(&obs()));
}

#[test]
fn numbers_and_nulls_in_front_are_passed_over() {
    let bytes = message(|encoder| {
        encoder.number(0.0).null().undefined().object(|o| {
            o.number("height", 480.0);
        });
    });
    assert_eq!(OnMetaData::parse(&bytes).unwrap().height, Some(480));
    let mut first = Vec::new();
    Encoder::new(&mut first).number(1.0).finish().unwrap();
    let bytes = [first, bytes].concat();
    assert_eq!(OnMetaData::parse(&bytes).unwrap().height, Some(480));
}

#[test]
fn null_or_nothing_is_an_empty_declaration() {
    let null = message(|encoder| {
        encoder.null();
    });
    assert_eq!(OnMetaData::parse(&null), Some(OnMetaData::default()));
    let nothing = message(|_| {});
    assert_eq!(OnMetaData::parse(&nothing), Some(OnMetaData::default()));
}

#[test]
fn doubled_properties_and_arrays_do_not_hurt() {
    let bytes = message(|encoder| {
        encoder.object(|o| {
            o.number("width", 1.0).number("width", 640.0);
        });
    });
    let doubled = [&bytes[..], &bytes[..]].concat();
    assert_eq!(OnMetaData::parse(&doubled).unwrap().width, Some(640));
}

#[test]
fn a_message_cut_anywhere_gives_what_it_had_until_then() {
    let bytes = obs();
    for end in 0..bytes.len() {
        let declared = OnMetaData::parse(&bytes[..end]);
        let named = b"\x02\x00\x0AonMetaData".len();
        assert_eq!(declared.is_some(), end >= named, "{end}");
    }
    // Without the end marker everything is there.
    let unterminated = &bytes[..bytes.len() - 3];
    assert_eq!(OnMetaData::parse(unterminated), OnMetaData::parse(&bytes));
}

#[test]
fn a_value_that_cannot_be_read_ends_the_declaration() {
    let mut bytes = message(|encoder| {
        encoder.object(|o| {
            o.number("width", 640.0).string("encoder", "x");
        });
    });
    let at = bytes.windows(7).position(|w| w == b"encoder").unwrap() + 7;
    bytes[at] = 0xFF;
    let declared = OnMetaData::parse(&bytes).unwrap();
    assert_eq!(declared.width, Some(640));
    assert_eq!(declared.encoder, None);
}

#[test]
fn codecs_are_told_as_numbers_four_ccs_and_names() {
    let declared = |name: &str, value: f64| {
        let bytes = message(|encoder| {
            encoder.object(|o| {
                o.number(name, value);
            });
        });
        OnMetaData::parse(&bytes).unwrap()
    };
    // "av01" == 0x61763031 == 1635135537.0, as Enhanced RTMP has it.
    let av1 = declared("videocodecid", 1_635_135_537.0).video_codec;
    assert_eq!(av1, Some(VideoCodec::Av1));
    // "Opus" == 0x4F707573 == 1332770163.0
    let opus = declared("audiocodecid", 1_332_770_163.0).audio_codec;
    assert_eq!(opus, Some(AudioCodec::Opus));
    assert_eq!(
        declared("videocodecid", 12.0).video_codec,
        Some(VideoCodec::Hevc)
    );
    let bytes = message(|encoder| {
        encoder.object(|o| {
            o.string("videocodecid", "avc1")
                .string("audiocodecid", "mp4a");
        });
    });
    let named = OnMetaData::parse(&bytes).unwrap();
    assert_eq!(named.video_codec, Some(VideoCodec::Avc));
    assert_eq!(named.audio_codec, Some(AudioCodec::Aac));
}

#[test]
fn numbers_as_text_are_read_and_absurd_ones_are_not() {
    let bytes = message(|encoder| {
        encoder.object(|o| {
            o.string("width", " 640 ")
                .number("height", -1.0)
                .number("framerate", f64::NAN)
                .number("videodatarate", f64::INFINITY);
        });
    });
    let declared = OnMetaData::parse(&bytes).unwrap();
    assert_eq!(declared.width, Some(640));
    assert_eq!(declared.height, None);
    assert_eq!(declared.frame_rate, None);
    assert_eq!(declared.video_data_rate, None);
}

#[test]
fn other_data_messages_are_none() {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes);
    encoder.string("onTextData").object(|o| {
        o.number("width", 640.0);
    });
    encoder.finish().unwrap();
    assert_eq!(OnMetaData::parse(&bytes), None);
    assert_eq!(OnMetaData::parse(&[]), None);
    assert_eq!(OnMetaData::parse(&[0x11, 0x0A, 0x0B]), None);
    assert_eq!(ScriptTag::parse(&bytes).unwrap().name, "onTextData");
    assert!(ScriptTag::parse(&bytes[1..]).is_err());
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        let named = [&b"\x02\x00\x0AonMetaData\x08\0\0\0\0"[..], &bytes].concat();
        proptest::prop_assert!(OnMetaData::parse(&named).is_some());
        let _ = OnMetaData::parse(&bytes);
    }
}

#[test]
fn of_very_many_properties_the_first_are_read() {
    let with = |surplus: usize| {
        let mut body = b"\x02\x00\x0AonMetaData\x03".to_vec();
        body.extend(b"\x00\x01a\x05".repeat(surplus));
        body.extend(b"\x00\x05width\x00\x40\x9E\x00\x00\x00\x00\x00\x00\x00\x00\x09");
        OnMetaData::parse(&body).expect("it is onMetaData").width
    };
    assert_eq!(with(4095), Some(1920));
    assert_eq!(with(4096), None);
}
