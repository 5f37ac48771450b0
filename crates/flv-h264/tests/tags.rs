//! Video and audio tags: vectors from the standards' tables, and decode after encode.

use flv_h264::{
    AudioCodec, ParseError, ParseErrorKind, VideoCodec,
    flv::{
        EncodeError, FourCc, ModEx, ModExPackets, ModExType, MultitrackType, Track, Tracks,
        audio::{
            AacPacketType, AudioChannelOrder, AudioPacketType, AudioTag, AudioTagBody,
            EnhancedAudio, LegacyAudio, MultichannelConfig, SoundFormat,
        },
        video::{
            AvcPacketType, AvcVideoPacket, EnhancedVideo, LegacyVideo, VideoCodecId, VideoCommand,
            VideoFrameType, VideoPacket, VideoPacketType, VideoTag, VideoTagBody,
        },
    },
};
use proptest::prelude::*;

fn encoded(tag: &VideoTag<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    tag.encode(&mut bytes).expect("in range");
    bytes
}

/// Checks both ways.
#[track_caller]
fn assert_video(bytes: &[u8], frame_type: VideoFrameType, body: VideoTagBody<'_>) {
    let tag = VideoTag { frame_type, body };
    assert_eq!(VideoTag::parse(bytes), Ok(tag));
    assert_eq!(encoded(&tag), bytes);
}

#[track_caller]
fn assert_audio(bytes: &[u8], body: AudioTagBody<'_>) {
    let tag = AudioTag { body };
    assert_eq!(AudioTag::parse(bytes), Ok(tag));
    let mut encoded = Vec::new();
    tag.encode(&mut encoded).expect("in range");
    assert_eq!(encoded, bytes);
}

// Video File Format Specification 10.1, annex E.4.3.

#[test]
fn legacy_avc() {
    let payload = LegacyVideo::Avc(AvcVideoPacket {
        packet_type: AvcPacketType::NALU,
        composition_time_ms: 80,
        data: &[0xAA, 0xBB],
    });
    let codec_id = VideoCodecId::AVC;
    let body = VideoTagBody::Legacy { codec_id, payload };
    assert_video(
        &[0x27, 1, 0, 0, 80, 0xAA, 0xBB],
        VideoFrameType::INTER,
        body,
    );
}

#[test]
fn a_negative_composition_time_is_sign_extended() {
    let tag = VideoTag::parse(&[0x27, 1, 0xFF, 0xFF, 0xD8]).unwrap();
    let VideoTagBody::Legacy {
        payload: LegacyVideo::Avc(packet),
        ..
    } = tag.body
    else {
        panic!("AVC");
    };
    assert_eq!(packet.composition_time_ms, -40);
}

#[test]
fn other_legacy_codecs_are_not_looked_into() {
    let body = VideoTagBody::Legacy {
        codec_id: VideoCodecId::VP6,
        payload: LegacyVideo::Other(&[1, 2]),
    };
    assert_video(&[0x14, 1, 2], VideoFrameType::KEY, body);
    let tag = VideoTag::parse(&[0x14, 1, 2]).unwrap();
    assert_eq!(tag.codec(), Some(VideoCodec::Vp6));
}

#[test]
fn a_legacy_command_of_any_codec() {
    let body = VideoTagBody::Legacy {
        codec_id: VideoCodecId::AVC,
        payload: LegacyVideo::Command(VideoCommand::END_SEEK),
    };
    assert_video(&[0x57, 1], VideoFrameType::COMMAND, body);
    assert_eq!(VideoTag::parse(&[0x57, 1]).unwrap().codec(), None);
}

#[test]
fn headers_that_end_early_are_truncated_there() {
    let truncated = |offset| {
        Err(ParseError {
            offset,
            kind: ParseErrorKind::Truncated,
        })
    };
    assert_eq!(VideoTag::parse(&[]), truncated(0));
    assert_eq!(VideoTag::parse(&[0x17]), truncated(1));
    assert_eq!(VideoTag::parse(&[0x17, 1, 0, 0]), truncated(2));
    assert_eq!(VideoTag::parse(&[0x57]), truncated(1));
    assert_eq!(VideoTag::parse(b"\x90avc"), truncated(1));
    assert_eq!(VideoTag::parse(b"\x91avc1\0\0"), truncated(5));
    assert_eq!(VideoTag::parse(&[0x97, 5, 1, 2]), truncated(2));
    assert_eq!(VideoTag::parse(&[0x97, 0xFF, 1]), truncated(2));
}

#[test]
fn an_end_of_sequence_without_composition_time_is_taken() {
    let tag = VideoTag::parse(&[0x17, 2]).unwrap();
    assert_eq!(VideoTag::parse(&[0x17, 2, 0, 0, 0]), Ok(tag));
}

// Enhanced RTMP v2, "Enhanced Video".

fn packet(packet_type: VideoPacketType, four_cc: FourCc, data: &[u8]) -> VideoTagBody<'_> {
    VideoTagBody::Enhanced {
        mod_ex: ModExPackets::NONE,
        payload: EnhancedVideo::Packet(VideoPacket {
            packet_type,
            four_cc,
            composition_time_ms: 0,
            data,
        }),
    }
}

#[test]
fn enhanced_sequence_start() {
    let body = packet(VideoPacketType::SEQUENCE_START, FourCc::HVC1, &[1, 2]);
    assert_video(b"\x90hvc1\x01\x02", VideoFrameType::KEY, body);
    let tag = VideoTag::parse(b"\x90hvc1\x01\x02").unwrap();
    assert_eq!(tag.codec(), Some(VideoCodec::Hevc));
}

#[test]
fn coded_frames_have_a_composition_time_in_avc_hevc_and_vvc_alone() {
    for four_cc in [FourCc::AVC1, FourCc::HVC1, FourCc::VVC1] {
        let bytes = [&[0xA1], &four_cc.0[..], &[0, 0, 40, 9]].concat();
        let payload = EnhancedVideo::Packet(VideoPacket {
            packet_type: VideoPacketType::CODED_FRAMES,
            four_cc,
            composition_time_ms: 40,
            data: &[9],
        });
        let mod_ex = ModExPackets::NONE;
        let body = VideoTagBody::Enhanced { mod_ex, payload };
        assert_video(&bytes, VideoFrameType::INTER, body);
    }
    for four_cc in [FourCc::AV01, FourCc::VP09, FourCc::VP08] {
        let bytes = [&[0xA1], &four_cc.0[..], &[0, 0, 40, 9]].concat();
        let body = packet(VideoPacketType::CODED_FRAMES, four_cc, &[0, 0, 40, 9]);
        assert_video(&bytes, VideoFrameType::INTER, body);
    }
}

#[test]
fn coded_frames_x_have_none() {
    let body = packet(VideoPacketType::CODED_FRAMES_X, FourCc::AVC1, &[0, 0, 40]);
    assert_video(b"\xA3avc1\0\0\x28", VideoFrameType::INTER, body);
}

#[test]
fn metadata_is_a_packet_whatever_the_frame_type() {
    let body = packet(VideoPacketType::METADATA, FourCc::HVC1, &[2, 0, 0]);
    assert_video(b"\xD4hvc1\x02\0\0", VideoFrameType::COMMAND, body);
}

#[test]
fn an_enhanced_command_has_no_four_cc() {
    let body = VideoTagBody::Enhanced {
        mod_ex: ModExPackets::NONE,
        payload: EnhancedVideo::Command {
            packet_type: VideoPacketType::CODED_FRAMES,
            command: VideoCommand::START_SEEK,
        },
    };
    assert_video(&[0xD1, 0], VideoFrameType::COMMAND, body);
}

#[test]
fn mod_ex_tells_nanoseconds_in_24_bits() {
    let bytes = b"\xA7\x02\x0F\x42\x3F\x03avc1\x09";
    let list = [ModEx {
        kind: ModExType::TIMESTAMP_OFFSET_NANO,
        data: &[0x0F, 0x42, 0x3F],
    }];
    let payload = EnhancedVideo::Packet(VideoPacket {
        packet_type: VideoPacketType::CODED_FRAMES_X,
        four_cc: FourCc::AVC1,
        composition_time_ms: 0,
        data: &[9],
    });
    let mod_ex = ModExPackets::new(&list);
    assert_eq!(mod_ex.timestamp_offset_nanos(), 999_999);
    assert_video(
        bytes,
        VideoFrameType::INTER,
        VideoTagBody::Enhanced { mod_ex, payload },
    );
}

#[test]
fn mod_ex_data_of_256_bytes_and_more_has_a_size_of_16_bits() {
    for (length, size) in [
        (1, &[0][..]),
        (255, &[254]),
        (256, &[255, 0, 255]),
        (65536, &[255, 255, 255]),
    ] {
        let data = vec![7; length];
        let list = [ModEx {
            kind: ModExType(9),
            data: &data,
        }];
        let body = VideoTagBody::Enhanced {
            mod_ex: ModExPackets::new(&list),
            payload: EnhancedVideo::Command {
                packet_type: VideoPacketType::CODED_FRAMES,
                command: VideoCommand(1),
            },
        };
        let bytes = [&[0xD7], size, &data, &[0x91, 1]].concat();
        assert_video(&bytes, VideoFrameType::COMMAND, body);
    }
}

#[test]
fn nanoseconds_that_are_short_or_too_many_count_as_none() {
    let nanos = |data: &[u8]| {
        let list = [ModEx {
            kind: ModExType::TIMESTAMP_OFFSET_NANO,
            data,
        }];
        ModExPackets::new(&list).timestamp_offset_nanos()
    };
    assert_eq!(nanos(&[1, 2]), 0);
    assert_eq!(nanos(&[0x0F, 0x42, 0x40]), 0);
    assert_eq!(nanos(&[0, 0, 5, 0xFF]), 5);
}

#[test]
fn one_track() {
    let track = Track {
        id: 3,
        four_cc: FourCc::AVC1,
        data: &[0, 0, 40, 9],
    };
    let payload = EnhancedVideo::Multitrack {
        packet_type: VideoPacketType::CODED_FRAMES,
        tracks: Tracks::one(&track),
    };
    let mod_ex = ModExPackets::NONE;
    let body = VideoTagBody::Enhanced { mod_ex, payload };
    assert_video(b"\xA6\x01avc1\x03\0\0\x28\x09", VideoFrameType::INTER, body);
    let packet = VideoPacket::of_track(VideoPacketType::CODED_FRAMES, track).unwrap();
    assert_eq!(packet.composition_time_ms, 40);
    assert_eq!(packet.data, [9]);
}

#[test]
fn many_tracks_of_one_codec() {
    let tracks = [(0, &[1, 2][..]), (1, &[3])].map(|(id, data)| Track {
        id,
        four_cc: FourCc::AV01,
        data,
    });
    let payload = EnhancedVideo::Multitrack {
        packet_type: VideoPacketType::SEQUENCE_START,
        tracks: Tracks::many(FourCc::AV01, &tracks),
    };
    let mod_ex = ModExPackets::NONE;
    let body = VideoTagBody::Enhanced { mod_ex, payload };
    let bytes = b"\x96\x10av01\x00\0\0\x02\x01\x02\x01\0\0\x01\x03";
    assert_video(bytes, VideoFrameType::KEY, body);
    let tag = VideoTag::parse(bytes).unwrap();
    assert_eq!(tag.codec(), Some(VideoCodec::Av1));
}

#[test]
fn many_tracks_of_many_codecs() {
    let tracks = [(FourCc::AVC1, 0), (FourCc::HVC1, 1)].map(|(four_cc, id)| Track {
        id,
        four_cc,
        data: &[9],
    });
    let payload = EnhancedVideo::Multitrack {
        packet_type: VideoPacketType::CODED_FRAMES_X,
        tracks: Tracks::many_codecs(&tracks),
    };
    let mod_ex = ModExPackets::NONE;
    let body = VideoTagBody::Enhanced { mod_ex, payload };
    let bytes = b"\xA6\x23avc1\x00\0\0\x01\x09hvc1\x01\0\0\x01\x09";
    assert_video(bytes, VideoFrameType::INTER, body);
    assert_eq!(VideoTag::parse(bytes).unwrap().codec(), None);
}

#[test]
fn multitrack_in_multitrack_and_reserved_kinds_are_errors() {
    let error = VideoTag::parse(b"\x96\x06avc1").unwrap_err();
    assert_eq!(
        (error.offset, error.kind),
        (1, ParseErrorKind::NestedMultitrack)
    );
    let error = VideoTag::parse(b"\x96\x30avc1").unwrap_err();
    assert_eq!((error.offset, error.kind), (2, ParseErrorKind::OutOfRange));
    let error = VideoTag::parse(b"\x96\x10avc1\x00\0\0\x02\x09").unwrap_err();
    assert_eq!((error.offset, error.kind), (10, ParseErrorKind::Truncated));
}

#[test]
fn what_does_not_fit_is_not_encoded() {
    let encode = |frame_type, body| VideoTag { frame_type, body }.encode(&mut Vec::new());
    let legacy = VideoTagBody::Legacy {
        codec_id: VideoCodecId(16),
        payload: LegacyVideo::Other(&[]),
    };
    assert_eq!(
        encode(VideoFrameType::KEY, legacy),
        Err(EncodeError::OutOfRange)
    );
    let command = packet(VideoPacketType::SEQUENCE_END, FourCc::AVC1, &[]);
    assert_eq!(
        encode(VideoFrameType(8), command),
        Err(EncodeError::OutOfRange)
    );
    let late = VideoTagBody::Legacy {
        codec_id: VideoCodecId::AVC,
        payload: LegacyVideo::Avc(AvcVideoPacket {
            packet_type: AvcPacketType::NALU,
            composition_time_ms: 0x80_0000,
            data: &[],
        }),
    };
    assert_eq!(
        encode(VideoFrameType::KEY, late),
        Err(EncodeError::OutOfRange)
    );
    let empty = [ModEx {
        kind: ModExType(0),
        data: &[],
    }];
    let mod_ex = VideoTagBody::Enhanced {
        mod_ex: ModExPackets::new(&empty),
        payload: EnhancedVideo::Command {
            packet_type: VideoPacketType::CODED_FRAMES,
            command: VideoCommand(0),
        },
    };
    assert_eq!(
        encode(VideoFrameType::COMMAND, mod_ex),
        Err(EncodeError::Empty)
    );
}

// Annex E.4.2 and "Enhanced Audio".

#[test]
fn legacy_aac() {
    let body = AudioTagBody::Legacy(LegacyAudio {
        format: SoundFormat::AAC,
        rate: 3,
        size_16_bit: true,
        stereo: true,
        aac_packet_type: Some(AacPacketType::SEQUENCE_HEADER),
        data: &[0x12, 0x10],
    });
    assert_audio(&[0xAF, 0, 0x12, 0x10], body);
}

#[test]
fn legacy_speex_and_mp3() {
    let body = AudioTagBody::Legacy(LegacyAudio {
        format: SoundFormat::SPEEX,
        rate: 0,
        size_16_bit: true,
        stereo: false,
        aac_packet_type: None,
        data: &[1],
    });
    assert_audio(&[0xB2, 1], body);
    assert_eq!(
        AudioTag::parse(&[0x2F]).unwrap().codec(),
        Some(AudioCodec::Mp3)
    );
}

#[test]
fn enhanced_audio() {
    let body = AudioTagBody::Enhanced {
        mod_ex: ModExPackets::NONE,
        payload: EnhancedAudio::Packet {
            packet_type: AudioPacketType::CODED_FRAMES,
            four_cc: FourCc::OPUS,
            data: &[1, 2],
        },
    };
    assert_audio(b"\x91Opus\x01\x02", body);
}

#[test]
fn enhanced_audio_of_several_tracks() {
    let tracks = [
        Track {
            id: 0,
            four_cc: FourCc::MP4A,
            data: &[1],
        },
        Track {
            id: 1,
            four_cc: FourCc::OPUS,
            data: &[],
        },
    ];
    let body = AudioTagBody::Enhanced {
        mod_ex: ModExPackets::NONE,
        payload: EnhancedAudio::Multitrack {
            packet_type: AudioPacketType::CODED_FRAMES,
            tracks: Tracks::many_codecs(&tracks),
        },
    };
    assert_audio(b"\x95\x21mp4a\x00\0\0\x01\x01Opus\x01\0\0\0", body);
}

#[test]
fn channels_and_their_speakers() {
    let cases: [(&[u8], u8, AudioChannelOrder<'_>); 4] = [
        (&[0, 2], 2, AudioChannelOrder::Unspecified),
        (
            &[1, 2, 0, 0, 0, 3],
            2,
            AudioChannelOrder::Native { flags: 3 },
        ),
        (
            &[2, 3, 0, 1, 0xFE],
            3,
            AudioChannelOrder::Custom(&[0, 1, 0xFE]),
        ),
        (&[9, 2, 7, 7], 2, AudioChannelOrder::Unknown(9, &[7, 7])),
    ];
    for (bytes, channel_count, order) in cases {
        let config = MultichannelConfig {
            channel_count,
            order,
        };
        assert_eq!(MultichannelConfig::parse(bytes), Ok(config));
        let mut written = vec![];
        config.encode(&mut written).unwrap();
        assert_eq!(written, bytes);
    }
    for short in [&[][..], &[0], &[1, 2, 0, 0, 0], &[2, 3, 0, 1]] {
        let error = MultichannelConfig::parse(short).unwrap_err();
        assert_eq!(error.kind, ParseErrorKind::Truncated);
    }
    let unequal = MultichannelConfig {
        channel_count: 2,
        order: AudioChannelOrder::Custom(&[0]),
    };
    assert_eq!(unequal.encode(&mut vec![]), Err(EncodeError::OutOfRange));
}

#[test]
fn every_audio_codec_has_its_name() {
    let legacy = |format: u8| AudioTag::parse(&[format << 4, 0]).unwrap().codec().unwrap();
    let names: Vec<String> = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 14, 15]
        .map(|format| legacy(format).to_string())
        .to_vec();
    let expected = [
        "PCM",
        "ADPCM",
        "MP3",
        "PCM",
        "Nellymoser",
        "Nellymoser",
        "Nellymoser",
        "G.711 A-law",
        "G.711 mu-law",
        "AAC",
        "Speex",
        "MP3",
        "unknown sound format 15",
    ];
    assert_eq!(names, expected);
    let enhanced = |code: &[u8; 4]| {
        let bytes = [&[0x91], &code[..]].concat();
        AudioTag::parse(&bytes)
            .unwrap()
            .codec()
            .unwrap()
            .to_string()
    };
    assert_eq!(enhanced(b"ac-3"), "AC-3");
    assert_eq!(enhanced(b"ec-3"), "E-AC-3");
    assert_eq!(enhanced(b"Opus"), "Opus");
    assert_eq!(enhanced(b".mp3"), "MP3");
    assert_eq!(enhanced(b"fLaC"), "FLAC");
    assert_eq!(enhanced(b"mp4a"), "AAC");
    assert_eq!(enhanced(b"abcd"), "unknown codec \"abcd\"");
}

// Decode after encode.

/// Tags that own their bytes, since strategies cannot borrow.
#[derive(Clone, Debug)]
struct OwnedMultitrack {
    kind: u8,
    four_cc: [u8; 4],
    tracks: Vec<(u8, [u8; 4], Vec<u8>)>,
}

impl OwnedMultitrack {
    fn list(&self) -> Vec<Track<'_>> {
        self.tracks
            .iter()
            .map(|(id, four_cc, data)| Track {
                id: *id,
                four_cc: FourCc(*four_cc),
                data,
            })
            .collect()
    }

    fn tracks<'a>(&self, list: &'a [Track<'a>]) -> Tracks<'a> {
        match self.kind {
            0 => Tracks::one(&list[0]),
            1 => Tracks::many(FourCc(self.four_cc), list),
            _ => Tracks::many_codecs(list),
        }
    }
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..40)
}

fn multitrack() -> impl Strategy<Value = OwnedMultitrack> {
    let track = (any::<u8>(), any::<[u8; 4]>(), data());
    (
        0_u8..=2,
        any::<[u8; 4]>(),
        prop::collection::vec(track, 1..5),
    )
        .prop_map(|(kind, four_cc, tracks)| OwnedMultitrack {
            kind,
            four_cc,
            tracks,
        })
}

fn mod_ex() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
    let data = prop_oneof![
        9 => prop::collection::vec(any::<u8>(), 1..6),
        1 => prop::collection::vec(any::<u8>(), 250..300),
    ];
    prop::collection::vec((0_u8..16, data), 0..4)
}

fn mod_ex_list(owned: &[(u8, Vec<u8>)]) -> Vec<ModEx<'_>> {
    owned
        .iter()
        .map(|(kind, data)| ModEx {
            kind: ModExType(*kind),
            data,
        })
        .collect()
}

fn four_cc() -> impl Strategy<Value = FourCc> {
    prop_oneof![
        Just(FourCc::AVC1),
        Just(FourCc::HVC1),
        Just(FourCc::AV01),
        any::<[u8; 4]>().prop_map(FourCc),
    ]
}

/// Neither multitrack nor ModEx, which say something else.
fn packet_type() -> impl Strategy<Value = u8> {
    (0_u8..16).prop_filter("a plain packet", |t| ![6, 7].contains(t))
}

proptest! {
    #[test]
    fn legacy_avc_comes_back(
        frame_type in (0_u8..8).prop_filter("a picture", |t| *t != 5),
        packet_type: u8,
        composition_time_ms in -0x80_0000..0x80_0000,
        data in data(),
    ) {
        let tag = VideoTag {
            frame_type: VideoFrameType(frame_type),
            body: VideoTagBody::Legacy {
                codec_id: VideoCodecId::AVC,
                payload: LegacyVideo::Avc(AvcVideoPacket {
                    packet_type: AvcPacketType(packet_type),
                    composition_time_ms,
                    data: &data,
                }),
            },
        };
        let bytes = encoded(&tag);
        prop_assert_eq!(VideoTag::parse(&bytes), Ok(tag));
    }

    #[test]
    fn enhanced_packets_come_back(
        frame_type in (0_u8..8).prop_filter("a picture", |t| *t != 5),
        packet_type in packet_type(),
        four_cc in four_cc(),
        composition_time_ms in -0x80_0000..0x80_0000,
        mod_ex in mod_ex(),
        data in data(),
    ) {
        let list = mod_ex_list(&mod_ex);
        let timed = packet_type == 1
            && matches!(VideoCodec::from(four_cc), VideoCodec::Avc | VideoCodec::Hevc);
        let tag = VideoTag {
            frame_type: VideoFrameType(frame_type),
            body: VideoTagBody::Enhanced {
                mod_ex: ModExPackets::new(&list),
                payload: EnhancedVideo::Packet(VideoPacket {
                    packet_type: VideoPacketType(packet_type),
                    four_cc,
                    composition_time_ms: if timed { composition_time_ms } else { 0 },
                    data: &data,
                }),
            },
        };
        let bytes = encoded(&tag);
        prop_assert_eq!(VideoTag::parse(&bytes), Ok(tag));
        prop_assert_eq!(encoded(&VideoTag::parse(&bytes).unwrap()), bytes);
    }

    #[test]
    fn multitrack_video_comes_back(
        packet_type in packet_type(),
        multitrack in multitrack(),
        mod_ex in mod_ex(),
    ) {
        let (list, mod_ex) = (multitrack.list(), mod_ex_list(&mod_ex));
        let tag = VideoTag {
            frame_type: VideoFrameType::KEY,
            body: VideoTagBody::Enhanced {
                mod_ex: ModExPackets::new(&mod_ex),
                payload: EnhancedVideo::Multitrack {
                    packet_type: VideoPacketType(packet_type),
                    tracks: multitrack.tracks(&list),
                },
            },
        };
        let bytes = encoded(&tag);
        let parsed = VideoTag::parse(&bytes).unwrap();
        prop_assert_eq!(parsed, tag);
        prop_assert_eq!(encoded(&parsed), bytes);
    }

    #[test]
    fn audio_comes_back(
        rate in 0_u8..4,
        size_16_bit: bool,
        stereo: bool,
        format in (0_u8..16).prop_filter("legacy", |f| *f != 9),
        aac_packet_type: u8,
        data in data(),
    ) {
        let tag = AudioTag {
            body: AudioTagBody::Legacy(LegacyAudio {
                format: SoundFormat(format),
                rate,
                size_16_bit,
                stereo,
                aac_packet_type: (format == 10).then_some(AacPacketType(aac_packet_type)),
                data: &data,
            }),
        };
        let mut bytes = Vec::new();
        tag.encode(&mut bytes).unwrap();
        prop_assert_eq!(AudioTag::parse(&bytes), Ok(tag));
    }

    #[test]
    fn multitrack_audio_comes_back(multitrack in multitrack(), mod_ex in mod_ex()) {
        let (list, mod_ex) = (multitrack.list(), mod_ex_list(&mod_ex));
        let tag = AudioTag {
            body: AudioTagBody::Enhanced {
                mod_ex: ModExPackets::new(&mod_ex),
                payload: EnhancedAudio::Multitrack {
                    packet_type: AudioPacketType::CODED_FRAMES,
                    tracks: multitrack.tracks(&list),
                },
            },
        };
        let mut bytes = Vec::new();
        tag.encode(&mut bytes).unwrap();
        prop_assert_eq!(AudioTag::parse(&bytes), Ok(tag));
    }

    /// What can be parsed means the same after encoding, and errors lie inside the input.
    #[test]
    fn arbitrary_bytes_parse_or_fail_inside(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        match VideoTag::parse(&bytes) {
            Ok(tag) => {
                let again = encoded(&tag);
                prop_assert_eq!(VideoTag::parse(&again), Ok(tag));
            }
            Err(error) => prop_assert!(error.offset <= bytes.len()),
        }
        match AudioTag::parse(&bytes) {
            Ok(tag) => {
                let mut again = Vec::new();
                tag.encode(&mut again).unwrap();
                prop_assert_eq!(AudioTag::parse(&again), Ok(tag));
            }
            Err(error) => prop_assert!(error.offset <= bytes.len()),
        }
    }

    #[test]
    fn multitrack_kinds_are_told(multitrack in multitrack()) {
        let list = multitrack.list();
        prop_assert_eq!(multitrack.tracks(&list).kind(), MultitrackType(multitrack.kind));
    }
}
