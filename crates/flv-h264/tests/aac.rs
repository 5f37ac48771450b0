//! AudioSpecificConfig and ADTS: vectors of real encoders and of the standard's tables, and decode
//! after encode.

mod support;

use flv_h264::{
    ParseErrorKind,
    aac::{
        AdtsFrames, AdtsHeader, AudioObjectType, AudioSpecificConfig, BandReplication,
        ChannelElements, NotInAdts,
    },
    flv::EncodeError,
};
use proptest::prelude::*;
use support::{BitWriter, fields};

fn config(bytes: &[u8]) -> AudioSpecificConfig {
    AudioSpecificConfig::parse(bytes).expect("a configuration")
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|byte| u8::from_str_radix(&text[2 * byte..][..2], 16).expect("hex"))
        .collect()
}

#[test]
fn what_ffmpeg_writes_means_what_it_was_told() {
    for line in include_str!("fixtures/audio_configs.tsv").lines() {
        let [name, record, rate, channels] = fields(line);
        let config = config(&hex(record));
        assert_eq!(config.sampling_frequency.to_string(), rate, "{name}");
        let found = config.channels().map(|channels| channels.to_string());
        assert_eq!(found.as_deref(), Some(channels), "{name}");
        let object_type = match name {
            "main" => AudioObjectType::AAC_MAIN,
            "ltp" => AudioObjectType::AAC_LTP,
            _ => AudioObjectType::AAC_LC,
        };
        assert_eq!(config.object_type, object_type, "{name}");
        assert_eq!(config.replication, None, "{name}");
        // Those that ffmpeg had no number for, nor has ADTS.
        let header = match name {
            "2.1" | "quad" | "5.0_side" | "5.1_side" | "6.1" => Err(NotInAdts::Channels),
            _ => Ok((Some(rate), Some(channels))),
        };
        let found = config.adts_header().map(|header| {
            let channels = header.channels().map(|channels| channels.to_string());
            (Some(header.sampling_frequency().to_string()), channels)
        });
        let found = found
            .as_ref()
            .map(|(rate, channels)| (rate.as_deref(), channels.as_deref()));
        assert_eq!(found, header.as_ref().map(|header| *header), "{name}");
    }
}

/// Sampling frequency of the output, and parametric stereo.
type Replicated = Option<(u32, bool)>;

fn replicated(sampling_frequency: u32, parametric_stereo: bool) -> Replicated {
    Some((sampling_frequency, parametric_stereo))
}

fn replication(config: &AudioSpecificConfig) -> Replicated {
    let told: Option<BandReplication> = config.replication;
    told.map(|told| (told.sampling_frequency, told.parametric_stereo))
}

#[test]
fn he_aac_is_told_from_its_core_in_every_signalling() {
    let cases: [(&str, &str, u8, Replicated); 8] = [
        // Object types 5 and 29 in front of the core's.
        ("2b118800", "HE-AAC", 2, replicated(48_000, false)),
        ("eb098800", "HE-AAC v2", 1, replicated(48_000, true)),
        // Behind the core's, for decoders that know nothing of it.
        ("131056e598", "HE-AAC", 2, replicated(48_000, false)),
        ("130856e59d4880", "HE-AAC v2", 1, replicated(48_000, true)),
        // The same with parametric stereo denied, and with replication denied.
        ("130856e59d4800", "HE-AAC", 1, replicated(48_000, false)),
        ("131056e500", "AAC LC", 2, None),
        // Broken off in the extension: everything else is known.
        ("131056e5", "AAC LC", 2, None),
        // Not told at all: it is in the frames, if it is.
        ("1310", "AAC LC", 2, None),
    ];
    for (record, name, channels, expected) in cases {
        let config = config(&hex(record));
        assert_eq!(config.to_string(), name, "{record}");
        assert_eq!(config.object_type, AudioObjectType::AAC_LC, "{record}");
        assert_eq!(replication(&config), expected, "{record}");
        let header = config.adts_header().expect("the core goes into ADTS");
        assert_eq!(header.object_type, AudioObjectType::AAC_LC, "{record}");
        assert_eq!(header.sampling_frequency(), 24_000, "{record}");
        assert_eq!(header.channels(), Some(channels), "{record}");
    }
}

/// AAC LC with a sampling frequency that stands in 24 bits.
fn escaped(frequency: u32) -> Vec<u8> {
    let mut bits = BitWriter::default();
    bits.u(5, 2).u(4, 15).u(24, frequency).u(4, 1).u(3, 0);
    bits.into_bytes()
}

#[test]
fn an_escape_frequency_is_told_by_the_standard_one_that_fits() {
    for (frequency, index) in [
        (48_000, 3),
        (47_952, 3),
        (44_144, 4),
        (8_000, 11),
        (7_340, 12),
    ] {
        let config = config(&escaped(frequency));
        assert_eq!(config.sampling_frequency, frequency);
        let header = config.adts_header().expect("it fits");
        assert_eq!(header.sampling_frequency_index, index, "{frequency}");
    }
    for frequency in [1, 11_500, 37_800, 46_000, 48_100, 192_000, 0xFF_FFFF] {
        assert_eq!(
            config(&escaped(frequency)).adts_header(),
            Err(NotInAdts::SamplingFrequency(frequency))
        );
    }
    let nothing = AudioSpecificConfig::parse(&escaped(0)).unwrap_err();
    assert_eq!(nothing.kind, ParseErrorKind::OutOfRange);
}

#[test]
fn the_extension_has_escapes_of_its_own() {
    let mut bits = BitWriter::default();
    bits.u(5, 5).u(4, 15).u(24, 22_050).u(4, 2);
    bits.u(4, 15).u(24, 44_100).u(5, 2).u(3, 0);
    let told = config(&bits.into_bytes());
    assert_eq!(told.sampling_frequency, 22_050);
    assert_eq!(replication(&told), replicated(44_100, false));

    let mut bits = BitWriter::default();
    bits.u(5, 2).u(4, 7).u(4, 2).u(3, 0);
    bits.u(11, 0x2B7).u(5, 5).u(1, 1).u(4, 15).u(24, 44_100);
    assert_eq!(
        replication(&config(&bits.into_bytes())),
        replicated(44_100, false)
    );
}

#[test]
fn reserved_frequencies_are_no_configuration() {
    for index in [13, 14] {
        let mut bits = BitWriter::default();
        bits.u(5, 2).u(4, index).u(4, 2).u(3, 0);
        let error = AudioSpecificConfig::parse(&bits.into_bytes()).unwrap_err();
        assert_eq!(error.kind, ParseErrorKind::OutOfRange);
    }
}

#[test]
fn every_object_type_is_read() {
    for number in (0..31).chain(32..96) {
        let mut bits = BitWriter::default();
        match number {
            0..=30 => bits.u(5, number),
            _ => bits.u(5, 31).u(6, number - 32),
        };
        bits.u(4, 4).u(4, 2).u(32, 0).u(32, 0);
        let config = config(&bits.into_bytes());
        let expected = match number {
            // Replication and stereo of what the zeros say: object type 0.
            5 | 29 => 0,
            _ => number,
        };
        assert_eq!(u32::from(config.object_type.0), expected);
        assert_eq!(config.channels(), Some(2));
        assert_eq!(config.adts_header().is_ok(), (1..=4).contains(&number));
        assert!(!config.to_string().is_empty());
    }
}

#[test]
fn what_follows_a_general_configuration_is_read_past() {
    // ER AAC LC with a core coder delay, resilience flags and epConfig 0, then the extension.
    let mut bits = BitWriter::default();
    bits.u(5, 17).u(4, 6).u(4, 2);
    bits.u(1, 0).u(1, 1).u(14, 99).u(1, 1).u(3, 5).u(1, 0);
    bits.u(2, 0).u(11, 0x2B7).u(5, 5).u(1, 1).u(4, 3);
    let read = config(&bits.into_bytes());
    assert_eq!(replication(&read), replicated(48_000, false));

    // With error protection, which is not looked into.
    let mut bits = BitWriter::default();
    bits.u(5, 17).u(4, 6).u(4, 2).u(3, 0).u(2, 3).u(32, 0x2B7);
    assert_eq!(replication(&config(&bits.into_bytes())), None);

    // AAC Scalable has a layer number, ER BSAC sub-frames and channels of its own.
    let mut bits = BitWriter::default();
    bits.u(5, 6).u(4, 6).u(4, 2).u(3, 0).u(3, 1);
    bits.u(11, 0x2B7).u(5, 5).u(1, 1).u(4, 3);
    assert_eq!(
        replication(&config(&bits.into_bytes())),
        replicated(48_000, false)
    );
    let mut bits = BitWriter::default();
    bits.u(5, 5).u(4, 6).u(4, 2).u(4, 3).u(5, 22).u(4, 2);
    bits.u(1, 0).u(1, 0).u(1, 1).u(5, 1).u(11, 9).u(1, 0);
    let bsac = config(&bits.into_bytes());
    assert_eq!(bsac.object_type, AudioObjectType::ER_BSAC);
    assert_eq!(replication(&bsac), replicated(48_000, false));
}

#[test]
fn frames_of_960_samples_have_no_place_in_adts() {
    let mut bits = BitWriter::default();
    bits.u(5, 2).u(4, 3).u(4, 2).u(3, 0b100);
    let config = config(&bits.into_bytes());
    assert!(config.short_frames);
    assert_eq!(config.adts_header(), Err(NotInAdts::ShortFrames));
}

#[test]
fn reserved_and_large_channel_configurations_have_no_place_in_adts() {
    for (number, channels) in [
        (8, None),
        (11, Some(7)),
        (12, Some(8)),
        (13, Some(24)),
        (14, Some(8)),
        (15, None),
    ] {
        let mut bits = BitWriter::default();
        bits.u(5, 2).u(4, 3).u(4, number).u(3, 0);
        let config = config(&bits.into_bytes());
        assert_eq!(config.channels(), channels);
        assert_eq!(config.adts_header(), Err(NotInAdts::Channels));
    }
}

/// A configuration of AAC LC whose channels stand in a program config element: single elements
/// (`false`) and pairs in front, at the sides and in the back, low frequency and coupling.
fn with_channels(
    [front, side, back]: [&[bool]; 3],
    low_frequency: u32,
    coupling: u32,
    mixdown: bool,
) -> Vec<u8> {
    let mut bits = BitWriter::default();
    bits.u(5, 2).u(4, 3).u(4, 0).u(3, 0);
    bits.u(4, 0).u(2, 1).u(4, 3);
    for elements in [front, side, back] {
        bits.u(4, elements.len() as u32);
    }
    bits.u(2, low_frequency).u(3, 2).u(4, coupling);
    for length in [4, 4, 3] {
        bits.flag(mixdown).u(if mixdown { length } else { 0 }, 1);
    }
    for elements in [front, side, back] {
        for (tag, &pair) in elements.iter().enumerate() {
            bits.flag(pair).u(4, tag as u32);
        }
    }
    bits.u(4 * (low_frequency + 2), 0);
    (0..coupling).for_each(|_| {
        bits.u(5, 0);
    });
    let bytes = bits.into_bytes();
    let comment = [3, b'a', b'b', b'c'];
    // And an extension behind it, which is found if everything was read past.
    [&bytes, &comment[..], &[0x56, 0xE5, 0x80]].concat()
}

const ONE: &[bool] = &[false];
const TWO: &[bool] = &[true];
const THREE: &[bool] = &[false, true];
const FIVE: &[bool] = &[false, true, true];

#[test]
fn channels_in_a_program_config_element_are_told_by_the_number_that_means_the_same() {
    for mixdown in [false, true] {
        for (elements, low_frequency, number, channels) in [
            ([ONE, &[], &[]], 0, 1, 1),
            ([TWO, &[], &[]], 0, 2, 2),
            ([THREE, &[], &[]], 0, 3, 3),
            ([THREE, &[], ONE], 0, 4, 4),
            ([THREE, &[], TWO], 0, 5, 5),
            ([THREE, TWO, &[]], 0, 5, 5),
            ([THREE, &[], TWO], 1, 6, 6),
            ([THREE, TWO, &[]], 1, 6, 6),
            ([FIVE, &[], TWO], 1, 7, 8),
        ] {
            let config = config(&with_channels(elements, low_frequency, 0, mixdown));
            assert_eq!(config.channels(), Some(channels));
            let header = config.adts_header().expect("there is a number");
            assert_eq!(header.channel_configuration, number);
            assert_eq!(header.channels(), Some(channels));
            assert_eq!(replication(&config), replicated(96_000, false));
        }
    }
}

#[test]
fn channels_in_a_program_config_element_that_no_number_means() {
    for (elements, low_frequency, coupling, channels) in [
        ([&[][..], &[], &[]], 0, 0, 0),
        // Two single elements are not a pair, and a pair in front of a single one is not behind.
        ([&[false, false], &[], &[]], 0, 0, 2),
        ([&[true, false], &[], &[]], 0, 0, 3),
        ([TWO, &[], TWO], 0, 0, 4),
        ([TWO, &[], &[]], 1, 0, 3),
        ([THREE, TWO, TWO], 1, 0, 8),
        ([TWO, &[], &[]], 0, 1, 2),
    ] {
        let config = config(&with_channels(elements, low_frequency, coupling, false));
        assert_eq!(config.channels(), Some(channels));
        assert_eq!(config.adts_header(), Err(NotInAdts::Channels));
    }
    let many: &[bool] = &[true; 15];
    let config = config(&with_channels([many, many, many], 3, 15, true));
    assert_eq!(config.channels(), Some(93));
    assert_eq!(
        config.program_config.map(|config| config.front),
        Some(ChannelElements {
            count: 15,
            pairs: 0x7FFF
        })
    );
}

#[test]
fn every_configuration_cut_short_is_an_error_or_one_without_its_end() {
    let whole = with_channels([THREE, TWO, &[]], 1, 2, true);
    for length in 0..whole.len() {
        match AudioSpecificConfig::parse(&whole[..length]) {
            Ok(config) => assert_eq!(config.channels(), Some(6)),
            Err(error) => assert_eq!(error.kind, ParseErrorKind::Truncated),
        }
    }
}

#[test]
fn an_adts_header_is_what_ffmpeg_writes() {
    for (name, stream) in [
        (
            "44100",
            &include_bytes!("fixtures/sounds/aac_44100_stereo.aac")[..],
        ),
        (
            "16000",
            &include_bytes!("fixtures/sounds/aac_16000_mono.aac")[..],
        ),
        (
            "48000",
            &include_bytes!("fixtures/sounds/aac_48000_5.1.aac")[..],
        ),
    ] {
        let mut frames = AdtsFrames::new(stream);
        for frame in frames.by_ref() {
            assert_eq!(frame.header.sampling_frequency().to_string(), name);
            assert_eq!(frame.header.samples(), 1024);
            let again = frame.header.encode().expect("it was read");
            assert_eq!(again, frame.bytes[..7]);
            assert_eq!(frame.payload(), &frame.bytes[7..]);
        }
        assert!(frames.rest().is_empty());
    }
}

#[test]
fn an_adts_header_that_contradicts_itself_is_an_error() {
    let good = [0xFF, 0xF1, 0x50, 0x80, 0x02, 0x1F, 0xFC];
    assert!(AdtsHeader::parse(&good).is_ok());
    let with = |at: usize, byte: u8| {
        let mut bytes = good;
        bytes[at] = byte;
        AdtsHeader::parse(&bytes).map_err(|error| error.kind)
    };
    assert_eq!(with(0, 0xFE), Err(ParseErrorKind::WrongSignature));
    // MP3's layer.
    assert_eq!(with(1, 0xFB), Err(ParseErrorKind::ReservedBits));
    assert_eq!(with(2, 0x74), Err(ParseErrorKind::OutOfRange));
    // A length of 0, and one that has no room for the checksum.
    assert_eq!(with(4, 0), Err(ParseErrorKind::OutOfRange));
    let short = [0xFF, 0xF0, 0x50, 0x80, 0x01, 0x1F, 0xFC];
    let error = AdtsHeader::parse(&short).map_err(|error| error.kind);
    assert_eq!(error, Err(ParseErrorKind::OutOfRange));
    for length in 0..7 {
        let error = AdtsHeader::parse(&good[..length]).map_err(|error| error.kind);
        assert_eq!(error, Err(ParseErrorKind::Truncated));
    }
}

#[test]
fn the_longest_frame_fits_and_a_longer_one_does_not() {
    let header = AdtsHeader::default();
    let longest = header.with_payload(AdtsHeader::MAX_PAYLOAD).expect("fits");
    assert_eq!(longest.frame_length, 8191);
    let bytes = longest.encode().expect("fits");
    assert_eq!(AdtsHeader::parse(&bytes), Ok(longest));
    assert_eq!(header.with_payload(AdtsHeader::MAX_PAYLOAD + 1), None);
    assert_eq!(header.with_payload(usize::MAX), None);
    for wrong in [
        AdtsHeader {
            object_type: AudioObjectType::SBR,
            ..header
        },
        AdtsHeader {
            object_type: AudioObjectType(0),
            ..header
        },
        AdtsHeader {
            sampling_frequency_index: 13,
            ..header
        },
        AdtsHeader {
            channel_configuration: 8,
            ..header
        },
        AdtsHeader {
            frame_length: 8192,
            ..header
        },
        AdtsHeader {
            raw_data_blocks: 0,
            ..header
        },
        AdtsHeader {
            raw_data_blocks: 5,
            ..header
        },
    ] {
        assert_eq!(wrong.encode(), Err(EncodeError::OutOfRange));
    }
}

fn adts_header() -> impl Strategy<Value = AdtsHeader> {
    let fields = (1_u8..=4, 0_u8..=12, 0_u8..=7, any::<bool>(), 1_u8..=4);
    (fields, 15_u16..=8191).prop_map(
        |((object_type, index, channels, checksum, blocks), length)| AdtsHeader {
            object_type: AudioObjectType(object_type),
            sampling_frequency_index: index,
            channel_configuration: channels,
            frame_length: length,
            has_checksum: checksum,
            raw_data_blocks: blocks,
        },
    )
}

proptest! {
    #[test]
    fn an_adts_header_comes_back(header in adts_header()) {
        let bytes = header.encode().expect("in range");
        prop_assert_eq!(AdtsHeader::parse(&bytes), Ok(header));
        match header.audio_specific_config() {
            Some(record) => {
                let config = config(&record);
                prop_assert_eq!(config.object_type, header.object_type);
                prop_assert_eq!(config.sampling_frequency, header.sampling_frequency());
                prop_assert_eq!(config.channel_configuration, header.channel_configuration);
            }
            None => prop_assert_eq!(header.channel_configuration, 0),
        }
    }

    #[test]
    fn whatever_bytes_are_read_there_is_no_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        if let Ok(config) = AudioSpecificConfig::parse(&bytes) {
            prop_assert!(config.sampling_frequency > 0);
            if let Ok(header) = config.adts_header() {
                prop_assert_eq!(header.channels(), config.channels());
                prop_assert!(header.encode().is_ok());
            }
        }
        let mut frames = AdtsFrames::new(&bytes);
        let walked: usize = frames.by_ref().map(|frame| frame.bytes.len()).sum();
        prop_assert_eq!(walked + frames.rest().len(), bytes.len());
    }
}
